"""Reads MATLAB 5 files: numbers, text, and structs of these.

Done here and not by scipy's ``loadmat``, which ends the whole process on some damaged files; one bad file of thousands
must only be named. Layout: https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf ("MAT-File Level 5").
"""

import math
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Value = NDArray[np.float64] | str | Mapping[str, "Value"] | None
"""Numbers as they were shaped, text, the fields of a struct; None for what is none of these."""

_HEADER_BYTES = 128
_NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_TEXT = {1: "latin-1", 2: "latin-1", 4: "utf-16", 16: "utf-8", 17: "utf-16", 18: "utf-32"}
_MATRIX, _COMPRESSED = 14, 15
_STRUCT, _CHARACTERS = 2, 4
_NUMERIC_CLASSES = range(6, 16)
_DEEPEST = 8
_LARGEST_BYTES = 1 << 28
"""Of one compressed variable; a sequence's annotation has a hundredth of it."""


def read_mat(path: Path) -> dict[str, Value]:
    """The variables of a file by name; raises ValueError that says what is wrong with it."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(error.strerror or "cannot be opened") from None
    order = {b"IM": "<", b"MI": ">"}.get(content[126:128])
    if len(content) < _HEADER_BYTES or order is None:
        raise ValueError("is no MATLAB 5 file")
    if struct.unpack(f"{order}H", content[124:126])[0] == 0x0200:
        raise ValueError("is of MATLAB 7.3, which is not read; save it with -v7")
    variables: dict[str, Value] = {}
    for kind, data in _elements(content[_HEADER_BYTES:], order):
        for inner, matrix in _elements(_inflated(data), order) if kind == _COMPRESSED else [(kind, data)]:
            if inner != _MATRIX:
                raise ValueError(f"is damaged: there is no variable of type {inner}")
            name, value = _variable(matrix, order, 0)
            variables[name] = value
    return variables


def _elements(content: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """Data type and data of everything in a row."""
    at = 0
    while at < len(content):
        if at + 8 > len(content):
            raise ValueError("is cut off")
        kind, size = struct.unpack(f"{order}II", content[at : at + 8])
        if kind >> 16:
            # Up to four bytes stand in the tag itself.
            if kind >> 16 > 4:
                raise ValueError(f"is damaged: a short element of {kind >> 16} bytes")
            yield kind & 0xFFFF, content[at + 4 : at + 4 + (kind >> 16)]
            at += 8
            continue
        if at + 8 + size > len(content):
            raise ValueError("is cut off")
        yield kind, content[at + 8 : at + 8 + size]
        # All but compressed variables are filled up to eight bytes.
        at += 8 + size + (0 if kind == _COMPRESSED else -size % 8)


def _variable(matrix: bytes, order: str, depth: int) -> tuple[str, Value]:
    """Name and value of a variable."""
    parts = list(_elements(matrix, order))
    if not parts:
        return "", None
    if len(parts) < 3 or len(parts[0][1]) < 4 or depth > _DEEPEST:
        raise ValueError("is damaged: a variable does not say what it is")
    kind = struct.unpack(f"{order}I", parts[0][1][:4])[0] & 0xFF
    shape = [int(side) for side in _numbers(*parts[1], order)]
    name = parts[2][1].decode("latin-1")
    if kind in _NUMERIC_CLASSES and len(parts) > 3:
        values = _numbers(*parts[3], order)
        if min(shape, default=0) < 0 or math.prod(shape) != values.size:
            raise ValueError(f"is damaged: {name!r} has {values.size} values for a shape of {shape}")
        return name, values.reshape(shape, order="F")
    if kind == _CHARACTERS and len(parts) > 3:
        encoding = _TEXT.get(parts[3][0], "latin-1")
        ending = "" if encoding in ("latin-1", "utf-8") else "-le" if order == "<" else "-be"
        return name, parts[3][1].decode(encoding + ending, "replace").strip("\x00 ")
    if kind == _STRUCT and len(parts) > 4 and math.prod(shape) == 1:
        return name, _fields(parts[3:], order, depth)
    return name, None


def _fields(parts: list[tuple[int, bytes]], order: str, depth: int) -> dict[str, Value]:
    """The fields of a struct: the length of a name, all names, and a variable each."""
    longest = [int(length) for length in _numbers(*parts[0], order)]
    if len(longest) != 1 or longest[0] < 1:
        raise ValueError("is damaged: a struct does not say how long its names are")
    names = parts[1][1]
    starts = range(0, len(names), longest[0])
    found: dict[str, Value] = {}
    for start, (kind, data) in zip(starts, parts[2:], strict=False):
        if kind != _MATRIX:
            raise ValueError(f"is damaged: there is no field of type {kind}")
        name = names[start : start + longest[0]].split(b"\x00")[0].decode("latin-1")
        found[name] = _variable(data, order, depth + 1)[1]
    return found


def _numbers(kind: int, data: bytes, order: str) -> NDArray[np.float64]:
    if kind not in _NUMBERS:
        raise ValueError(f"is damaged: there are no numbers of type {kind}")
    form = np.dtype(_NUMBERS[kind]).newbyteorder("<" if order == "<" else ">")
    if len(data) % form.itemsize:
        raise ValueError("is damaged: half a number")
    return np.frombuffer(data, form).astype(np.float64)


def _inflated(data: bytes) -> bytes:
    stream = zlib.decompressobj()
    try:
        inflated = stream.decompress(data, _LARGEST_BYTES)
    except zlib.error as error:
        raise ValueError("is damaged: a compressed variable cannot be read") from error
    if not stream.eof:
        raise ValueError("is damaged: a compressed variable is cut off, or far too large")
    return inflated

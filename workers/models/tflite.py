"""Reads the parts of a TFLite flatbuffer that the converter needs; knows nothing of ONNX and runs nothing.

The numbers of the fields ("slots") are those of TensorFlow's ``tensorflow/compiler/mlir/lite/schema/schema.fbs``.
Every offset in the file is checked before it is followed, so a damaged file is a ModelError and never a crash.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError

Array = NDArray[np.generic]
_T = TypeVar("_T")

FILE_IDENTIFIER = b"TFL3"
DENSE_LIMIT = 1 << 26
"""Most values of one expanded constant, ten times the largest of BlazePose: a damaged shape must not fill memory."""


class Op(IntEnum):
    """The operators that the converter knows, by their number in ``BuiltinOperator``."""

    ADD = 0
    CONCATENATION = 2
    CONV_2D = 3
    DEPTHWISE_CONV_2D = 4
    DEPTH_TO_SPACE = 5
    DEQUANTIZE = 6
    LOGISTIC = 14
    MAX_POOL_2D = 17
    RELU = 19
    RELU6 = 21
    RESHAPE = 22
    RESIZE_BILINEAR = 23
    PAD = 34
    DENSIFY = 124


class Activation(IntEnum):
    """The activation fused into an operator."""

    NONE = 0
    RELU = 1
    RELU_N1_TO_1 = 2
    RELU6 = 3
    TANH = 4
    SIGN_BIT = 5


class Padding(IntEnum):
    """How an operator pads the borders by itself."""

    SAME = 0
    VALID = 1


_DTYPES: dict[int, np.dtype[np.generic]] = {
    0: np.dtype("<f4"),
    1: np.dtype("<f2"),
    2: np.dtype("<i4"),
    3: np.dtype("u1"),
    4: np.dtype("<i8"),
    9: np.dtype("i1"),
}

# Per operator: name of the option -> (slot, struct format, default).
_OPTIONS: dict[Op, dict[str, tuple[int, str, int]]] = {
    Op.ADD: {"activation": (0, "b", 0)},
    Op.CONCATENATION: {"axis": (0, "i", 0), "activation": (1, "b", 0)},
    Op.CONV_2D: {
        "padding": (0, "b", 0),
        "stride_w": (1, "i", 0),
        "stride_h": (2, "i", 0),
        "activation": (3, "b", 0),
        "dilation_w": (4, "i", 1),
        "dilation_h": (5, "i", 1),
    },
    Op.DEPTHWISE_CONV_2D: {
        "padding": (0, "b", 0),
        "stride_w": (1, "i", 0),
        "stride_h": (2, "i", 0),
        "activation": (4, "b", 0),
        "dilation_w": (5, "i", 1),
        "dilation_h": (6, "i", 1),
    },
    Op.DEPTH_TO_SPACE: {"block": (0, "i", 0)},
    Op.MAX_POOL_2D: {
        "padding": (0, "b", 0),
        "stride_w": (1, "i", 0),
        "stride_h": (2, "i", 0),
        "filter_w": (3, "i", 0),
        "filter_h": (4, "i", 0),
        "activation": (5, "b", 0),
    },
    Op.RESIZE_BILINEAR: {"align_corners": (2, "?", 0), "half_pixel": (3, "?", 0)},
}


@dataclass(frozen=True, slots=True)
class TfliteTensor:
    """One tensor: a constant when ``data`` is set, else a value computed by the graph."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    data: Array | None
    """In the tensor's shape, already dense; None for computed tensors."""


@dataclass(frozen=True, slots=True)
class TfliteOperator:
    """One operator with the numbers of its tensors; -1 stands for an optional input that is absent."""

    op: Op
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TfliteGraph:
    """The main graph of a TFLite file."""

    tensors: tuple[TfliteTensor, ...]
    operators: tuple[TfliteOperator, ...]
    """In an order in which they can be computed."""
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


class Table:
    """One table of a flatbuffer; every accessor checks that it stays inside the file."""

    def __init__(self, buffer: bytes, position: int) -> None:
        self._buffer = buffer
        self.position = position
        (to_vtable,) = unpack(buffer, "<i", position)
        self._vtable = position - to_vtable
        (self._vtable_size,) = unpack(buffer, "<H", self._vtable)

    def position_or_none(self, slot: int) -> int | None:
        """Absolute position of a field's inline data, or None when the field has its default."""
        entry = 4 + 2 * slot
        if entry + 2 > self._vtable_size:
            return None
        (offset,) = unpack(self._buffer, "<H", self._vtable + entry)
        return self.position + offset if offset else None

    def scalar(self, slot: int, code: str, default: int = 0) -> int:
        """Read a number; ``code`` is its ``struct`` letter."""
        position = self.position_or_none(slot)
        return default if position is None else int(unpack(self._buffer, "<" + code, position)[0])

    def target_or_none(self, slot: int) -> int | None:
        """Absolute position of what an offset field points to."""
        position = self.position_or_none(slot)
        return None if position is None else position + unpack(self._buffer, "<I", position)[0]

    def table_or_none(self, slot: int) -> "Table | None":
        """Read a sub-table."""
        target = self.target_or_none(slot)
        return None if target is None else Table(self._buffer, target)

    def tables(self, slot: int) -> list["Table"]:
        """Read a vector of tables."""
        start, count = self._vector(slot)
        offsets = unpack(self._buffer, f"<{count}I", start) if count else ()
        return [Table(self._buffer, start + 4 * i + offset) for i, offset in enumerate(offsets)]

    def array(self, slot: int, dtype: str) -> Array:
        """Read a vector of numbers as a read-only view of the file."""
        start, count = self._vector(slot)
        return _view(self._buffer, start, count, np.dtype(dtype))

    def text(self, slot: int) -> str:
        """Read a string."""
        return self.array(slot, "u1").tobytes().decode("utf-8", "replace")

    def _vector(self, slot: int) -> tuple[int, int]:
        start = self.target_or_none(slot)
        if start is None:
            return 0, 0
        return start + 4, unpack(self._buffer, "<I", start)[0]


def unpack(buffer: bytes, code: str, position: int) -> tuple[int, ...]:
    """``struct.unpack_from`` that refuses to leave the buffer; raises ModelError."""
    if position < 0 or position + struct.calcsize(code) > len(buffer):
        raise ModelError("the TFLite file is damaged: an offset points outside of it; pull or copy it again")
    return struct.unpack_from(code, buffer, position)


def root_table(buffer: bytes) -> Table:
    """Return the Model table of a TFLite file; raises ModelError when it is none."""
    if len(buffer) < 8 or buffer[4:8] != FILE_IDENTIFIER:
        raise ModelError("not a TFLite file: the mark TFL3 is missing; give a TFLite pose model of BlazePose")
    return Table(buffer, unpack(buffer, "<I", 0)[0])


def read_tflite(buffer: bytes) -> TfliteGraph:
    """Decode the main graph of a TFLite file with all constants dense; raises ModelError on anything not understood."""
    model = root_table(buffer)
    version = model.scalar(0, "I")
    if version != 3:
        raise ModelError(f"the TFLite file has schema version {version}, only 3 is understood; give another file")
    graphs = model.tables(2)
    if len(graphs) != 1:
        raise ModelError(f"the TFLite file holds {len(graphs)} graphs, only one is understood; give another file")
    graph = graphs[0]
    codes = [max(code.scalar(0, "b"), code.scalar(3, "i")) for code in model.tables(1)]
    buffers = model.tables(4)
    tensors = tuple(_tensor(table, buffers, buffer) for table in graph.tables(0))
    return TfliteGraph(
        tensors=tensors,
        operators=tuple(_operator(table, codes, len(tensors)) for table in graph.tables(3)),
        inputs=_numbers(graph.array(1, "<i4"), len(tensors)),
        outputs=_numbers(graph.array(2, "<i4"), len(tensors)),
    )


def _view(buffer: bytes, start: int, count: int, dtype: np.dtype[np.generic]) -> Array:
    if start < 0 or start + count * dtype.itemsize > len(buffer):
        raise ModelError("the TFLite file is damaged or cut short: data lies outside of it; pull or copy it again")
    return np.frombuffer(buffer, dtype, count, start)


def _at(items: list[_T], index: int, what: str) -> _T:
    if not 0 <= index < len(items):
        raise ModelError(f"the TFLite file is damaged: it names {what} {index} of {len(items)}; pull or copy it again")
    return items[index]


def _numbers(values: Array, tensor_count: int) -> tuple[int, ...]:
    numbers = tuple(int(value) for value in values)
    for number in numbers:
        if not -1 <= number < tensor_count:
            raise ModelError(f"the TFLite file is damaged: tensor {number} of {tensor_count}; pull or copy it again")
    return numbers


def _operator(table: Table, codes: list[int], tensor_count: int) -> TfliteOperator:
    code = _at(codes, table.scalar(0, "I"), "operator code")
    try:
        op = Op(code)
    except ValueError:
        raise ModelError(
            f"the TFLite file uses operator number {code}, which the converter does not know; give a BlazePose model"
        ) from None
    options = table.table_or_none(4)
    read: Callable[[int, str, int], int] = options.scalar if options else lambda _slot, _code, default: default
    return TfliteOperator(
        op=op,
        inputs=_numbers(table.array(1, "<i4"), tensor_count),
        outputs=_numbers(table.array(2, "<i4"), tensor_count),
        options={name: read(*spec) for name, spec in _OPTIONS.get(op, {}).items()},
    )


def _tensor(table: Table, buffers: list[Table], file: bytes) -> TfliteTensor:
    name = table.text(3)
    shape = tuple(int(size) for size in table.array(0, "<i4"))
    if any(size < 1 for size in shape):
        raise ModelError(f"tensor {name} of the TFLite file has the shape {shape}; pull or copy the file again")
    number = table.scalar(1, "b")
    if number not in _DTYPES:
        raise ModelError(f"tensor {name} of the TFLite file has type number {number}, which is not understood")
    dtype = _DTYPES[number]
    raw = _buffer_bytes(_at(buffers, table.scalar(2, "I"), "buffer"), file)
    sparsity = table.table_or_none(6)
    data: Array | None = None
    if raw.size:
        if raw.size % dtype.itemsize:
            raise ModelError(f"tensor {name} of the TFLite file is cut short; pull or copy the file again")
        values = raw.view(dtype)
        data = _densified(values, shape, sparsity, name) if sparsity else _shaped(values, shape, name)
    return TfliteTensor(name, shape, dtype, data)


def _buffer_bytes(table: Table, file: bytes) -> NDArray[np.uint8]:
    """Bytes of one buffer; files over 2 GB keep them behind the flatbuffer and give offset and size instead."""
    offset, size = table.scalar(1, "Q"), table.scalar(2, "Q")
    raw = _view(file, offset, size, np.dtype("u1")) if offset > 1 else table.array(0, "u1")
    return raw.astype(np.uint8, copy=False)


def _shaped(values: Array, shape: tuple[int, ...], name: str) -> Array:
    if values.size != int(np.prod(shape, dtype=np.int64)):
        raise ModelError(
            f"tensor {name} of the TFLite file holds {values.size} values for shape {shape}; pull it again"
        )
    return values.reshape(shape)


def _densified(values: Array, shape: tuple[int, ...], sparsity: Table, name: str) -> Array:
    """Expand a constant whose last dimension alone is stored as compressed sparse rows.

    This is what TensorFlow's ``random sparsity`` writes (``lite/kernels/internal/utils/sparsity_format_converter.cc``);
    block-sparse and other orders do not occur in BlazePose and are refused.
    """
    order = [int(axis) for axis in sparsity.array(0, "<i4")]
    dimensions = sparsity.tables(2)
    formats = [dimension.scalar(0, "b") for dimension in dimensions]
    if sparsity.array(1, "<i4").size or order != list(range(len(shape))) or formats != [0] * (len(shape) - 1) + [1]:
        raise ModelError(f"tensor {name} of the TFLite file is sparse in a way that the converter does not know")
    segments = _sparse_index(dimensions[-1], 2)
    columns = _sparse_index(dimensions[-1], 4)
    rows = int(np.prod(shape[:-1], dtype=np.int64))
    lengths = np.diff(segments)
    if (
        rows * shape[-1] > DENSE_LIMIT
        or segments.size != rows + 1
        or segments[0] != 0
        or (lengths < 0).any()
        or segments[-1] != columns.size
        or columns.size > values.size
        or (columns.size and int(columns.max()) >= shape[-1])
    ):
        raise ModelError(f"the sparse tensor {name} of the TFLite file is damaged; pull or copy the file again")
    dense = np.zeros((rows, shape[-1]), values.dtype)
    dense[np.repeat(np.arange(rows), lengths), columns] = values[: columns.size]
    return dense.reshape(shape)


def _sparse_index(dimension: Table, slot: int) -> NDArray[np.int64]:
    """Read an index vector, a union of three widths: its kind lies in ``slot``, the table behind it."""
    kind = dimension.scalar(slot, "B")
    dtype = {1: "<i4", 2: "<u2", 3: "u1"}.get(kind)
    table = dimension.table_or_none(slot + 1)
    if dtype is None or table is None:
        raise ModelError("the TFLite file stores a sparse index in a way that the converter does not know")
    return table.array(0, dtype).astype(np.int64)

"""Takes pose weights out of files on disk: a wheel of mediapipe, a ``.task`` bundle, or a bare ``.tflite`` file.

Nothing is unpacked to disk and nothing is believed: sizes are bounded, and only files whose SHA-256 is in the
catalogue are given back, unless the caller says that it trusts the file.
"""

import hashlib
import io
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from core.errors import ModelError
from workers.models.catalogue import (
    DETECTOR,
    LANDMARKS,
    Variant,
    Weights,
    bundle_variant_or_none,
    weights_or_none,
)
from workers.models.tflite import FILE_IDENTIFIER

CONTAINER_LIMIT_BYTES = 256 << 20
"""A wheel of mediapipe has 36-50 MB, the heavy bundle 31 MB; far larger is another file given by mistake."""
MEMBER_LIMIT_BYTES = 64 << 20
"""The largest network (heavy) has 28 MB; a member that unpacks to more is damaged or hostile."""


@dataclass(frozen=True, slots=True)
class FoundWeights:
    """One network found in a file."""

    weights: Weights
    tflite: bytes
    source: str
    """Where it was found, in words."""
    pinned: bool
    """Whether the catalogue knows the file or the bundle that it came in."""


def read_weights(path: Path, trusted_as: Variant | None = None) -> list[FoundWeights]:
    """Networks of BlazePose in a file on disk.

    ``trusted_as`` takes networks that the catalogue does not know for those of that variant. Raises ModelError when
    the file cannot be read, is damaged, or holds no pose weights.
    """
    try:
        size = path.stat().st_size
        if path.is_dir() or size > CONTAINER_LIMIT_BYTES:
            what = "is a folder" if path.is_dir() else f"has {size >> 20} MB, too much for pose weights"
            raise ModelError(f"{path} {what}; give a wheel of mediapipe, a .task bundle or a .tflite file")
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"cannot read {path} ({error.strerror}); check its name and rights") from error
    return weights_in(content, str(path), trusted_as)


def weights_in(content: bytes, name: str, trusted_as: Variant | None = None) -> list[FoundWeights]:
    """Like read_weights, for the content of a file; ``name`` says in errors which file it was."""
    digest = hashlib.sha256(content).hexdigest()
    if content[4:8] == FILE_IDENTIFIER:
        members = {"": content}
    elif zipfile.is_zipfile(io.BytesIO(content)):
        members = _members(content, name)
    else:
        raise ModelError(f"{name} is no wheel, .task bundle or .tflite file, or was cut short; copy or fetch it again")
    published = bundle_variant_or_none(digest)
    found = [_identify(member, data, name, published, trusted_as) for member, data in members.items()]
    if not found:
        raise ModelError(
            f"{name} holds no pose weights; give a wheel of mediapipe 0.10.21, a pose_landmarker .task bundle, "
            "or a pose .tflite file"
        )
    return found


def _members(content: bytes, name: str) -> dict[str, bytes]:
    """The members of a zip archive that are named like pose weights."""
    wanted = {member for weights in (DETECTOR, *LANDMARKS.values()) for member in weights.members}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {info.filename: _member(archive, info) for info in archive.infolist() if info.filename in wanted}
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError, OSError) as error:
        raise ModelError(f"{name} is a damaged archive ({error}); copy or fetch it again") from error


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """One member, read no further than the limit whatever its header says."""
    with archive.open(info) as member:
        data = member.read(MEMBER_LIMIT_BYTES + 1)
    if len(data) > MEMBER_LIMIT_BYTES:
        raise zipfile.BadZipFile(f"{info.filename} unpacks to more than {MEMBER_LIMIT_BYTES >> 20} MB")
    return data


def _identify(
    member: str, data: bytes, name: str, published: Variant | None, trusted_as: Variant | None
) -> FoundWeights:
    """Tell by SHA-256 which network this is, or by its name where the bundle or the caller vouches for it."""
    where = f"{member} of {name}" if member else name
    digest = hashlib.sha256(data).hexdigest()
    known = weights_or_none(digest)
    source = Path(name).name
    if known is not None:
        return FoundWeights(known, data, source, pinned=True)
    vouched = published or trusted_as
    if vouched is None:
        raise ModelError(
            f"{where} is none of the known pose weights (SHA-256 {digest[:16]}...): it is damaged or another version; "
            "fetch it again, or say that you trust it with --trust-unpinned and its variant"
        )
    is_detector = member in DETECTOR.members or (not member and "detection" in source)
    return FoundWeights(DETECTOR if is_detector else LANDMARKS[vouched], data, source, pinned=published is not None)

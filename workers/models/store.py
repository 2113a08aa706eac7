"""The cache of weights on this machine: where it is, what lies in it, and how files get into it whole.

Every file has a record beside it (``NAME.json``: SHA-256, size, where it came from); a file without a matching record
does not count. Files appear by rename, under a lock, so a reader never sees half a file and two pulls do not mix.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from core.errors import ModelError
from workers.models.catalogue import DETECTOR, LANDMARKS, LICENCE, VARIANTS, Variant, Weights

CACHE_VARIABLE = "SPOTTER_CACHE"
LOCK_TIMEOUT_S = 120.0
"""How long a pull waits for another: shorter would give up while the other downloads on a slow line."""


@dataclass(frozen=True, slots=True)
class PoseModelPaths:
    """The ONNX files of one variant of BlazePose."""

    detector: Path
    """``image`` (N, 224, 224, 3) float32 RGB -1..1 -> ``boxes`` (N, 2254, 12), ``scores`` (N, 2254, 1)."""
    landmarks: Path
    """``image`` (N, 256, 256, 3) float32 RGB 0..1 -> ``landmarks`` (N, 195), ``presence`` (N, 1),
    ``heatmap`` (N, 64, 64, 39), ``world`` (N, 117)."""
    landmarks_without_heatmap: Path
    """The same network without ``heatmap``: about 7 % faster, for those who do not refine by it."""


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of one file of the cache."""

    file: str
    sha256: str
    size_bytes: int
    kind: str
    variant: str
    source: str
    """Where the weights came from, in words."""
    source_sha256: str
    """Of the file that this one was converted from; its own for one that was not converted."""
    licence: str
    converter: int = 0
    """CONVERTER_VERSION of a converted file, 0 for one that was not converted."""
    pinned: bool = True
    """Whether the catalogue knows the file that this one came from; False when the user vouched for it."""


def cache_dir() -> Path:
    """Folder of all weights: ``$SPOTTER_CACHE``, else the user's cache folder of Spotter."""
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("spotter"))


def models_dir() -> Path:
    """Folder of the weights in use."""
    return cache_dir() / "models"


def weights_of(variant: str) -> tuple[Weights, Weights]:
    """Detector and landmark weights of a variant; raises ModelError for an unknown name."""
    if variant not in LANDMARKS:
        raise ModelError(f"there is no pose model {variant!r}; choose one of {', '.join(VARIANTS)}")
    return DETECTOR, LANDMARKS[variant]


def pose_models(variant: str = "full") -> PoseModelPaths:
    """Paths of the converted files of a variant; raises ModelError when they are absent, outdated or damaged."""
    detector, landmarks = weights_of(variant)
    return PoseModelPaths(
        detector=_usable_onnx(onnx_path(detector), variant),
        landmarks=_usable_onnx(onnx_path(landmarks), variant),
        landmarks_without_heatmap=_usable_onnx(onnx_path(landmarks, heatmap=False), variant),
    )


def has_pose_models(variant: Variant) -> bool:
    """Whether pose_models() would succeed."""
    try:
        pose_models(variant)
    except ModelError:
        return False
    return True


def onnx_path(weights: Weights, heatmap: bool = True) -> Path:
    """Where the converted file of a network lies, or will lie."""
    return models_dir() / f"{weights.name}{'' if heatmap else '_noheatmap'}.onnx"


def tflite_path(weights: Weights) -> Path:
    """Where the file that a network was converted from lies, or will lie."""
    return models_dir() / f"{weights.name}.tflite"


def is_usable(weights: Weights) -> bool:
    """Whether every converted file of a network is in the cache, whole and of this version of the converter."""
    try:
        for path in onnx_paths(weights):
            _usable_onnx(path, "")
    except ModelError:
        return False
    return True


def onnx_paths(weights: Weights) -> list[Path]:
    """All converted files of a network."""
    return [onnx_path(weights)] + ([onnx_path(weights, heatmap=False)] if weights.kind == "landmarks" else [])


def _usable_onnx(path: Path, variant: str) -> Path:
    from workers.models.convert import CONVERTER_VERSION

    record = read_record_or_none(path)
    if record is None or not path.is_file():
        raise ModelError(f"the pose model {variant} is not on this machine; get it with: spotter models pull {variant}")
    if record.converter != CONVERTER_VERSION:
        raise ModelError(
            f"{path} was converted by another version of Spotter; convert it anew with: spotter models pull {variant}"
        )
    if file_sha256(path) != record.sha256:
        raise ModelError(f"{path} is damaged; get it again with: spotter models pull {variant}")
    return path


def file_sha256(path: Path) -> str:
    """SHA-256 of a file in hexadecimal; raises ModelError when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"cannot read {path} ({error.strerror}); check the file and its rights") from error


def record_path(path: Path) -> Path:
    """Where the record of a file of the cache lies."""
    return path.with_name(path.name + ".json")


def read_record_or_none(path: Path) -> Record | None:
    """Record of a file of the cache; None when there is none or it makes no sense."""
    try:
        fields = json.loads(record_path(path).read_bytes())
        return Record(**fields)
    except (OSError, ValueError, TypeError):
        return None


def read_or_none(path: Path) -> bytes | None:
    """Content of a file; None when there is none or it cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def install_pose_weights(weights: Weights, tflite: bytes, source: str, pinned: bool = True) -> None:
    """Convert one network and put source and results into the cache.

    The caller has checked the SHA-256 and holds the lock. Raises ModelError.
    """
    from workers.models.convert import CONVERTER_VERSION, OUTPUT_SHAPES, convert, input_words

    digest = hashlib.sha256(tflite).hexdigest()
    variant = weights.variant or "all"
    metadata = {
        "source_sha256": digest,
        "converter_version": str(CONVERTER_VERSION),
        "kind": weights.kind,
        "variant": variant,
        "input": input_words(weights.kind),
        "licence": LICENCE,
    }
    outputs = tuple(OUTPUT_SHAPES[weights.kind])
    files = {tflite_path(weights): tflite, onnx_path(weights): convert(tflite, weights.kind, metadata)}
    if "heatmap" in outputs:
        plain = tuple(name for name in outputs if name != "heatmap")
        files[onnx_path(weights, heatmap=False)] = convert(tflite, weights.kind, metadata, plain)
    for path, data in files.items():
        record = Record(
            file=path.name,
            sha256=hashlib.sha256(data).hexdigest(),
            size_bytes=len(data),
            kind=weights.kind,
            variant=variant,
            source=source,
            source_sha256=digest,
            licence=LICENCE,
            converter=CONVERTER_VERSION if path.suffix == ".onnx" else 0,
            pinned=pinned,
        )
        install(path, data, record)


def install(path: Path, data: bytes, record: Record) -> None:
    """Write a file and then its record; the caller holds the lock. Raises ModelError."""
    write_atomically(path, data)
    write_atomically(record_path(path), json.dumps(asdict(record), indent=1).encode())


def write_atomically(path: Path, data: bytes) -> None:
    """Let a file appear whole or not at all, also when the power fails; raises ModelError."""
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def unwritable(path: Path, error: OSError) -> ModelError:
    """Error for a folder of the cache that cannot be written."""
    return ModelError(
        f"cannot write {path} ({error.strerror or error}); free or unlock that folder, "
        f"or name another with the environment variable {CACHE_VARIABLE}"
    )


@contextlib.contextmanager
def cache_lock(timeout_s: float = LOCK_TIMEOUT_S) -> Iterator[None]:
    """Hold the cache for writing; raises ModelError when another process holds it for longer than the timeout."""
    path = cache_dir() / "lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise ModelError(
                        f"another process has held {path} for {timeout_s:.0f} s; wait for it or end it, then try again"
                    ) from None
                time.sleep(0.05)
        yield
    finally:
        os.close(descriptor)

"""Gets pose weights into the cache: chooses the source, checks, converts, and says what it does.

The order of sources: files named by the caller; what the cache still holds unconverted; Google's published bundle;
for ``full`` the wheel of mediapipe through pip's index. The first that works wins.
"""

import hashlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from core.errors import ModelError, OutOfReachError, SpotterError
from workers.models import store
from workers.models.catalogue import BUNDLE_URL, WHEEL_VARIANT, WHEEL_VERSION, Variant, Weights
from workers.models.container import FoundWeights, read_weights, weights_in
from workers.models.fetch import Progress, download, no_progress, wheel_from_index

Report = Callable[[str], None]
Source = Callable[[Variant, Path, Progress], list[FoundWeights]]
"""Gets the networks of a variant, with a folder for what is half done; raises SpotterError when it cannot."""


def from_google(variant: Variant, folder: Path, progress: Progress, url: str = BUNDLE_URL) -> list[FoundWeights]:
    """Google's published bundle; a half-fetched one that turns out damaged is fetched once more in full."""
    address = url.format(variant=variant)
    part = folder / f"pose_landmarker_{variant}.task.part"
    resumed = part.exists()
    try:
        return weights_in(download(address, part, progress), address)
    except ModelError:
        if not resumed:
            raise
        return weights_in(download(address, part, progress), address)


def from_index(variant: Variant, folder: Path, progress: Progress) -> list[FoundWeights]:
    """The wheel of mediapipe, for the one variant that it carries."""
    if variant != WHEEL_VARIANT:
        raise OutOfReachError(f"pip's index has no {variant} weights, only {WHEEL_VARIANT}")
    with wheel_from_index(folder, show=progress is not no_progress) as wheel:
        found = read_weights(wheel)
    source = f"mediapipe {WHEEL_VERSION} wheel"
    return [FoundWeights(item.weights, item.tflite, source, item.pinned) for item in found]


SOURCES: tuple[Source, ...] = (from_google, from_index)


def pull(
    variant: Variant,
    report: Report,
    progress: Progress = no_progress,
    sources: Sequence[Source] = SOURCES,
) -> None:
    """Make a variant usable, from the network where it must be; does nothing when it is usable already.

    Raises OutOfReachError when no source can be reached, ModelError when one gave something unusable.
    """
    # Asked before the lock, so that a cache that cannot be written but is complete will do.
    if store.has_pose_models(variant):
        report(f"{variant}: already here, in {store.models_dir()}")
        return
    with store.cache_lock():
        missing = [weights for weights in store.weights_of(variant) if not _reconverted(weights, report)]
        if not missing:
            report(f"{variant}: usable, in {store.models_dir()}")
            return
        found = _first_found(variant, missing, progress, sources)
        for item in found:
            if item.weights in missing:
                _install(item, report)


def pull_from_files(paths: Sequence[Path], variant: Variant | None, trust_unpinned: bool, report: Report) -> None:
    """Put the networks found in files on disk into the cache.

    With ``variant`` only that one is taken and must then be complete. ``trust_unpinned`` takes networks that the
    catalogue does not know for those of ``variant``. Raises ModelError.
    """
    found = [item for path in paths for item in read_weights(path, variant if trust_unpinned else None)]
    chosen = [item for item in found if variant is None or item.weights.variant in (None, variant)]
    if variant is not None and not any(item.weights.variant == variant for item in chosen):
        names = ", ".join(sorted({item.weights.name for item in found}))
        raise ModelError(f"no {variant} weights in {', '.join(map(str, paths))}, only {names}; give another file")
    with store.cache_lock():
        for item in chosen:
            if _is_superfluous(item):
                report(f"{item.weights.name}: already here, in {store.models_dir()}")
            else:
                _install(item, report)


def _is_superfluous(item: FoundWeights) -> bool:
    """Whether the cache holds the network already; one of unknown origin replaces only such, never a known one."""
    record = store.read_record_or_none(store.tflite_path(item.weights))
    if record is None or not store.is_usable(item.weights):
        return False
    return record.pinned or record.source_sha256 == hashlib.sha256(item.tflite).hexdigest()


def ensure_pose_models(variant: Variant = "full") -> store.PoseModelPaths:
    """Paths of a variant's files; pulls them once when they are absent, with a notice on stderr.

    Raises OutOfReachError or ModelError as pull() does.
    """
    try:
        return store.pose_models(variant)
    except ModelError:
        _to_stderr(f"fetching the pose weights ({variant}) once, into {store.models_dir()}")
    pull(variant, _to_stderr)
    return store.pose_models(variant)


def _to_stderr(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def _first_found(
    variant: Variant, missing: list[Weights], progress: Progress, sources: Sequence[Source]
) -> list[FoundWeights]:
    """What the first working source gives."""
    failures: list[SpotterError] = []
    for source in sources:
        try:
            found = source(variant, store.cache_dir() / "downloads", progress)
        except SpotterError as error:
            failures.append(error)
            continue
        given = {item.weights for item in found}
        lacking = [weights.name for weights in missing if weights not in given]
        if not lacking:
            return found
        failures.append(ModelError(f"{found[0].source} lacks {' and '.join(lacking)}"))
    reasons = "; ".join(str(failure).split("; ")[0] for failure in failures)
    kind = OutOfReachError if all(isinstance(failure, OutOfReachError) for failure in failures) else ModelError
    raise kind(
        f"cannot get the {variant} pose weights: {reasons}; connect this machine, or copy "
        f"pose_landmarker_{variant}.task to it and give that with: spotter models pull --file"
    )


def _reconverted(weights: Weights, report: Report) -> bool:
    """Whether a network is usable, after converting it anew from the TFLite file in the cache where there is one."""
    if store.is_usable(weights):
        return True
    path = store.tflite_path(weights)
    record = store.read_record_or_none(path)
    content = store.read_or_none(path)
    if record is None or content is None or hashlib.sha256(content).hexdigest() != record.sha256:
        return False
    _install(FoundWeights(weights, content, record.source, record.pinned), report)
    return True


def _install(item: FoundWeights, report: Report) -> None:
    store.install_pose_weights(item.weights, item.tflite, item.source, item.pinned)
    note = "" if item.pinned else ", not pinned"
    report(f"{item.weights.name}: converted, from {item.source}{note}")

"""What lies in the cache and in what state; reads only."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.errors import ModelError
from workers.models import store
from workers.models.catalogue import DETECTOR, LANDMARKS, LICENCE, Weights
from workers.models.detectors import added_dir, added_names

State = Literal["ready", "absent", "damaged", "outdated"]


@dataclass(frozen=True, slots=True)
class Item:
    """One model as ``spotter models list`` shows it."""

    name: str
    kind: str
    variant: str
    size_bytes: int
    """Of all its files in the cache."""
    state: State
    pinned: bool
    """Whether the catalogue knows its source by SHA-256."""
    source: str
    licence: str
    damaged: tuple[Path, ...] = ()
    """Its files that are missing or do not match their record."""
    added: bool = False
    """Whether the user registered it."""


def inventory() -> list[Item]:
    """All models of the catalogue and all added ones, each checked against its recorded SHA-256."""
    return [_pose_item(weights) for weights in (DETECTOR, *LANDMARKS.values())] + [
        _added_item(name) for name in added_names()
    ]


def require_whole(items: list[Item]) -> None:
    """Raise ModelError when a model is damaged or there is none at all."""
    broken = [item for item in items if item.state == "damaged"]
    if broken:
        files = ", ".join(str(path) for item in broken for path in item.damaged)
        cure = "spotter models add FILE --replace"
        if any(not item.added for item in broken):
            cure = f"spotter models pull {next((i.variant for i in broken if i.variant in LANDMARKS), 'full')}"
        raise ModelError(f"damaged: {files}; get {'it' if len(broken) == 1 else 'them'} again with: {cure}")
    if all(item.state == "absent" for item in items):
        raise ModelError(f"there are no weights in {store.models_dir()}; get them with: spotter models pull")


def _pose_item(weights: Weights) -> Item:
    from workers.models.convert import CONVERTER_VERSION

    files = [store.tflite_path(weights), *store.onnx_paths(weights)]
    records = {path: store.read_record_or_none(path) for path in files}
    main = records[store.onnx_path(weights)]
    present = [path for path in files if path.is_file()]
    damaged = tuple(path for path in files if _is_damaged(path, records[path])) if present else ()
    state: State = "ready"
    if not present:
        state = "absent"
    elif damaged:
        state = "damaged"
    elif any(record is not None and record.converter not in (0, CONVERTER_VERSION) for record in records.values()):
        state = "outdated"
    return Item(
        name=weights.name,
        kind=weights.kind,
        variant=weights.variant or "all",
        size_bytes=sum(path.stat().st_size for path in present),
        state=state,
        pinned=main.pinned if main else True,
        source=main.source if main else "",
        licence=LICENCE,
        damaged=damaged,
    )


def _added_item(name: str) -> Item:
    path = added_dir() / f"{name}.onnx"
    record = store.read_record_or_none(path)
    whole = not _is_damaged(path, record)
    return Item(
        name=name,
        kind="detector",
        variant=record.variant if record else "unknown",
        size_bytes=path.stat().st_size if path.is_file() else 0,
        state="ready" if whole else "damaged",
        pinned=False,
        source=record.source if record else "",
        licence=record.licence if record else "",
        damaged=() if whole else (path,),
        added=True,
    )


def _is_damaged(path: Path, record: store.Record | None) -> bool:
    return record is None or not path.is_file() or store.file_sha256(path) != record.sha256

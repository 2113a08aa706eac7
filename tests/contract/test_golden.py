"""What earlier versions wrote decodes for ever, to what it meant."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from core.messages import (
    AnyDurable,
    AnyHeartbeat,
    AnyLive,
    Checkpoint,
    DeadLetter,
    FrameHeader,
    Gap,
    Lease,
    Message,
    Observation,
    Preview,
)
from core.wire import decode

HERE = Path(__file__).parent
ANYTHING = (
    AnyDurable | AnyHeartbeat | AnyLive | Checkpoint | DeadLetter | FrameHeader | Gap | Lease | Observation | Preview
)


def make_golden() -> ModuleType:
    """The script beside this file, which is not in a package."""
    spec = importlib.util.spec_from_file_location("make_golden", HERE / "make_golden.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MAKER = make_golden()
FILES = sorted((HERE / "golden").glob("*.bin"))


@pytest.mark.parametrize("kind", list(MAKER.kinds()), ids=MAKER.tag)
def test_every_message_has_golden_bytes(kind: type[Message]) -> None:
    assert MAKER.golden_file(kind).is_file(), "write them with: python tests/contract/make_golden.py"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_golden_bytes_mean_what_they_meant(file: Path) -> None:
    message = decode(file.read_bytes(), ANYTHING)
    meant = msgspec.json.decode(file.with_suffix(".json").read_bytes())
    missing = differences(meant, msgspec.json.decode(msgspec.json.encode(message)))
    assert not missing, f"{file.name}: a field was renamed, removed or changed, which old readers and files cannot know"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_golden_bytes_of_a_later_version_are_understood(file: Path) -> None:
    fields = msgspec.msgpack.decode(file.read_bytes(), strict=False)
    later = msgspec.msgpack.encode(fields | {"a_later_field": [1, {"deep": None}]})
    assert decode(later, ANYTHING) == decode(file.read_bytes(), ANYTHING)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_golden_bytes_are_read_by_the_kind_they_name(file: Path) -> None:
    tag = file.stem.rpartition("-v")[0].replace("-", " ")
    [kind] = [each for each in MAKER.kinds() if MAKER.tag(each) == tag]
    assert isinstance(decode(file.read_bytes(), kind), kind)


def differences(meant: Any, found: Any, path: str = "$") -> list[str]:
    """Where what was meant is not found; what is found beyond it came later."""
    if isinstance(meant, dict) and isinstance(found, dict):
        return [each for key in meant for each in differences(meant[key], found.get(key), f"{path}.{key}")]
    if isinstance(meant, list) and isinstance(found, list) and len(meant) == len(found):
        pairs = enumerate(zip(meant, found, strict=True))
        return [each for index, (one, other) in pairs for each in differences(one, other, f"{path}[{index}]")]
    return [] if meant == found else [f"{path}: {meant!r} is now {found!r}"]

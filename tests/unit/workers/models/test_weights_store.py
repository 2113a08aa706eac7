"""The cache: records, atomic writes, the lock, and clear words when it cannot be written."""

import threading
import time
from pathlib import Path

import pytest

from core.errors import ModelError
from workers.models import store
from workers.models.catalogue import DETECTOR, LANDMARKS


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SPOTTER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def record(path, data, **changes):
    fields = {
        "file": path.name,
        "sha256": store.hashlib.sha256(data).hexdigest(),
        "size_bytes": len(data),
        "kind": "detector",
        "variant": "all",
        "source": "a test",
        "source_sha256": "0" * 64,
        "licence": "Apache-2.0",
    }
    return store.Record(**(fields | changes))


def test_the_cache_is_where_the_variable_says(cache, monkeypatch):
    assert store.cache_dir() == cache
    monkeypatch.setenv("SPOTTER_CACHE", "~/weights")
    assert store.cache_dir() == Path.home() / "weights"
    monkeypatch.delenv("SPOTTER_CACHE")
    assert store.cache_dir().name == "spotter"


def test_absent_models_say_how_to_get_them():
    with pytest.raises(ModelError, match=r"get it with: spotter models pull lite"):
        store.pose_models("lite")
    assert not store.has_pose_models("full")


def test_an_unknown_variant_is_refused_with_the_known_ones():
    with pytest.raises(ModelError, match="'huge'; choose one of lite, full, heavy"):
        store.pose_models("huge")


def test_files_and_records_come_back():
    path = store.onnx_path(DETECTOR)
    store.install(path, b"abc", record(path, b"abc", converter=1))
    assert path.read_bytes() == b"abc"
    assert store.read_record_or_none(path) == record(path, b"abc", converter=1)
    assert [name.name for name in sorted(path.parent.iterdir())] == ["pose_detector.onnx", "pose_detector.onnx.json"]


@pytest.mark.parametrize("content", [b"", b"{", b"[1, 2]", b'{"file": "x"}', b'{"unknown": 1}', b"\xff\xfe"])
def test_a_senseless_record_counts_as_none(content):
    path = store.onnx_path(DETECTOR)
    path.parent.mkdir(parents=True)
    store.record_path(path).write_bytes(content)
    assert store.read_record_or_none(path) is None


def put_all(variant, converter):
    for weights in store.weights_of(variant):
        for path in store.onnx_paths(weights):
            store.install(path, b"model", record(path, b"model", converter=converter))


def test_models_are_usable_when_whole_and_of_this_converter():
    from workers.models.convert import CONVERTER_VERSION

    put_all("full", CONVERTER_VERSION)
    paths = store.pose_models("full")
    assert paths.landmarks.name == "pose_landmarks_full.onnx"
    assert paths.landmarks_without_heatmap.name == "pose_landmarks_full_noheatmap.onnx"
    assert store.is_usable(DETECTOR)
    paths.detector.write_bytes(b"mOdel")
    with pytest.raises(ModelError, match=r"pose_detector.onnx is damaged; get it again with: spotter models pull full"):
        store.pose_models("full")
    assert not store.is_usable(DETECTOR)
    assert store.is_usable(LANDMARKS["full"])


def test_models_of_another_converter_are_not_used():
    put_all("full", 99)
    with pytest.raises(ModelError, match="converted by another version"):
        store.pose_models("full")


def test_a_failed_write_leaves_the_old_file_and_nothing_else(monkeypatch):
    path = store.models_dir() / "x.onnx"
    store.write_atomically(path, b"old")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.os, "fsync", full)
    with pytest.raises(ModelError, match=r"cannot write .*x.onnx \(No space left on device\).*SPOTTER_CACHE"):
        store.write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


def test_a_cache_that_is_no_folder_is_said_clearly(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("SPOTTER_CACHE", str(tmp_path / "file"))
    with (
        pytest.raises(ModelError, match=r"cannot write .*Not a directory|cannot write .*File exists"),
        store.cache_lock(),
    ):
        pass
    with pytest.raises(ModelError, match="cannot write"):
        store.write_atomically(store.models_dir() / "x", b"")


def test_the_lock_keeps_a_second_one_out_until_it_is_free():
    order = []

    def second():
        with store.cache_lock(timeout_s=10):
            order.append("second")

    with store.cache_lock():
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.2)
        order.append("first")
    thread.join(timeout=10)
    assert order == ["first", "second"]


def test_waiting_for_the_lock_ends():
    with store.cache_lock():
        started = time.monotonic()
        with pytest.raises(ModelError, match=r"another process has held .*lock"), store.cache_lock(timeout_s=0.2):
            pass
        assert 0.2 <= time.monotonic() - started < 5

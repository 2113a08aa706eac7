import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from core.errors import OutputError
from core.frame import Frame
from spotter.keypoints import KeypointsFile

PIXELS = np.zeros((120, 160, 3), np.uint8)


def fill(file, seen, count=10):
    people = [seen(1), seen(7)]
    for index in range(count):
        file.add(Frame(PIXELS, index * 40_000_000, index), index * 0.04, people[: index % 3])
    return people


def test_the_archive_holds_every_frame_and_person(tmp_path, seen, make_analysis):
    file = KeypointsFile(tmp_path / "out.npz")
    people = fill(file, seen)
    assert not (tmp_path / "out.npz").exists()
    file.finish(make_analysis())
    file.discard()
    assert list(tmp_path.iterdir()) == [tmp_path / "out.npz"]
    with np.load(tmp_path / "out.npz", allow_pickle=False) as data:
        assert data["frame"].tolist() == [1, 2, 2, 4, 5, 5, 7, 8, 8]
        assert data["person"].tolist() == [1, 1, 7, 1, 1, 7, 1, 1, 7]
        assert data["time_s"] == pytest.approx(data["frame"] * 0.04)
        assert data["landmarks"].shape == (9, 33, 4)
        assert data["world"].shape == (9, 33, 3)
        assert data["landmarks"].dtype == data["world"].dtype == np.float32
        assert np.array_equal(data["landmarks"][2], people[1].person.landmarks)
        assert data["frame_time_s"] == pytest.approx(np.arange(10) * 0.04)
        assert data["size_px"].tolist() == [640, 360]


def test_nobody_at_all_gives_empty_arrays(tmp_path, make_analysis):
    file = KeypointsFile(tmp_path / "out.npz")
    file.finish(make_analysis())
    with np.load(tmp_path / "out.npz") as data:
        assert data["landmarks"].shape == (0, 33, 4)
        assert data["frame_time_s"].shape == (0,)


def test_memory_stays_flat(tmp_path, seen, make_analysis):
    file = KeypointsFile(tmp_path / "out.npz")
    tracemalloc.start()
    fill(file, seen, 6000)
    file.finish(make_analysis())
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (tmp_path / "out.npz").stat().st_size > 5_000_000
    assert peak < 4_000_000


def test_discard_leaves_nothing(tmp_path, seen):
    file = KeypointsFile(tmp_path / "out.npz")
    fill(file, seen)
    file.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_while_spilling_is_an_output_error(tmp_path, seen):
    file = KeypointsFile(tmp_path / "out.npz")
    column = file._columns["landmarks"]
    column._file.close()
    column._file = Path("/dev/full").open("wb")  # noqa: SIM115  # closed by discard
    with pytest.raises(OutputError, match=r"out\.npz: cannot be written \(No space left on device\)"):
        fill(file, seen, 100)
    file.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_at_the_end_is_an_output_error(tmp_path, seen, make_analysis):
    file = KeypointsFile(tmp_path / "out.npz")
    fill(file, seen)
    file._replacing.path.unlink()
    file._replacing.path.symlink_to("/dev/full")
    with pytest.raises(OutputError, match="No space left on device"):
        file.finish(make_analysis())
    file.discard()
    assert list(tmp_path.iterdir()) == []

import sys
import types

import numpy as np
import pytest

from core.errors import ModelError
from workers.models.task_bundle import task_bundle
from workers.pose.mediapipe_backend import MediapipePoseBackend, region_around
from workers.pose.onnx_backend import OnnxPoseBackend
from workers.pose.pose import Region


@pytest.fixture(scope="module")
def backend():
    backend = MediapipePoseBackend(task_bundle("full"))
    yield backend
    backend.close()


def test_finds_both_people_without_regions(backend, two_people):
    poses = backend.poses(two_people.pixels, 1_000_000_000, [])
    assert backend.finds_people
    assert len(poses) == 2
    for pose in poses:
        distances = np.linalg.norm(two_people.landmarks - pose.landmarks[:, :2], axis=2).mean(axis=1)
        assert distances.min() < 6
        assert 0.5 <= pose.presence <= 1
        assert pose.world.shape == (33, 3)


def test_takes_times_that_do_not_increase(backend, two_people):
    for captured_ns in (2_000_000_000, 2_000_000_000, 1_500_000_000, 2_000_400_000):
        assert len(backend.poses(two_people.pixels, captured_ns, [])) == 2


def test_an_empty_picture_holds_nobody(two_people):
    backend = MediapipePoseBackend(task_bundle("full"), num_poses=1)
    assert backend.poses(np.full_like(two_people.pixels, 90), 0, []) == []
    backend.close()


def test_the_rebuilt_region_is_near_the_one_of_the_auxiliary_landmarks(blazepose_paths, two_people):
    backend = OnnxPoseBackend(blazepose_paths.landmarks)
    for region in (Region(215, 240, 300, 0.0), Region(432, 240, 300, 0.3)):
        first = backend.poses(two_people.pixels, 0, [region])[0]
        pose = backend.poses(two_people.pixels, 0, [first.next_region])[0]
        rebuilt = region_around(pose.landmarks)
        true = pose.next_region
        assert np.hypot(rebuilt.x - true.x, rebuilt.y - true.y) < 0.02 * true.size
        assert rebuilt.size == pytest.approx(true.size, rel=0.15)
        assert rebuilt.rotation == pytest.approx(true.rotation, abs=0.1)


def test_a_body_without_extent_gets_an_upright_region():
    assert region_around(np.full((33, 4), 7, np.float32)).size == 0


class TestUnusable:
    def test_no_such_bundle(self, tmp_path):
        with pytest.raises(ModelError, match="there is no bundle"):
            MediapipePoseBackend(tmp_path / "none.task")

    def test_a_file_that_is_no_bundle(self, tmp_path):
        path = tmp_path / "broken.task"
        path.write_bytes(b"no bundle")
        with pytest.raises(ModelError, match=r"cannot use the bundle .*broken\.task"):
            MediapipePoseBackend(path)

    def test_mediapipe_is_not_installed(self, monkeypatch, tmp_path):
        monkeypatch.setitem(sys.modules, "mediapipe", None)
        with pytest.raises(ModelError, match="needs the package mediapipe"):
            MediapipePoseBackend(tmp_path / "any.task")

    def test_mediapipe_is_too_old(self, monkeypatch, tmp_path):
        monkeypatch.setitem(sys.modules, "mediapipe", types.ModuleType("mediapipe"))
        with pytest.raises(ModelError, match="has no PoseLandmarker"):
            MediapipePoseBackend(tmp_path / "any.task")

import numpy as np
import pytest

from core.errors import ModelError
from workers.pose.onnx_backend import OnnxPoseBackend
from workers.pose.pose import Region

LEFT, RIGHT = Region(215, 240, 300, 0.0), Region(432, 240, 300, 0.0)


@pytest.fixture(scope="module")
def backend(blazepose_paths):
    backend = OnnxPoseBackend(blazepose_paths.landmarks)
    yield backend
    backend.close()


def test_poses_come_in_the_order_of_the_regions_and_lie_on_the_people(backend, two_people):
    poses = backend.poses(two_people.pixels, 0, [RIGHT, LEFT, RIGHT])
    for pose, person in zip(poses, (1, 0, 1), strict=True):
        distance = np.linalg.norm(pose.landmarks[:, :2] - two_people.landmarks[person], axis=1)
        assert distance.mean() < 6  # of a body 240 px tall
        assert pose.presence > 0.9
        assert pose.region in (LEFT, RIGHT)


def test_world_landmarks_are_metres_around_the_hips(backend, two_people):
    world = backend.poses(two_people.pixels, 0, [LEFT])[0].world
    assert np.abs(world[23:25].mean(axis=0)).max() < 0.05
    shoulders_up_m = -world[11:13, 1].mean()
    assert 0.3 < shoulders_up_m < 0.7


def test_the_next_region_holds_the_person_upright(backend, two_people):
    pose = backend.poses(two_people.pixels, 0, [LEFT])[0]
    hips = two_people.landmarks[0, 23:25].mean(axis=0)
    assert np.hypot(pose.next_region.x - hips[0], pose.next_region.y - hips[1]) < 12
    assert abs(pose.next_region.rotation) < 0.2
    assert 240 < pose.next_region.size < 400


def test_a_turned_region_gives_the_same_person(backend, two_people):
    upright, turned = backend.poses(two_people.pixels, 0, [LEFT, Region(215, 240, 300, 0.4)])
    distance = np.linalg.norm(upright.landmarks[:, :2] - turned.landmarks[:, :2], axis=1)
    assert distance.mean() < 5
    # The depths of the feet are guesses; left and right, up and down are seen.
    assert np.abs(upright.world[11:25, :2] - turned.world[11:25, :2]).mean() < 0.05


def test_nobody_in_the_region_is_told_by_presence(backend, two_people):
    assert backend.poses(two_people.pixels, 0, [Region(320, 60, 110, 0.0)])[0].presence < 0.5


def test_no_regions_no_poses(backend, two_people):
    assert backend.poses(two_people.pixels, 0, []) == []


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_poses_do_not_depend_on_the_batch(backend, blazepose_paths, two_people, batch):
    other = OnnxPoseBackend(blazepose_paths.landmarks, batch=batch)
    regions = [LEFT, RIGHT, LEFT]
    for ours, theirs in zip(
        backend.poses(two_people.pixels, 0, regions), other.poses(two_people.pixels, 0, regions), strict=True
    ):
        np.testing.assert_allclose(ours.landmarks, theirs.landmarks, atol=0.01)
        np.testing.assert_allclose(ours.world, theirs.world, atol=1e-4)


def test_earlier_poses_stay_as_they_were(backend, two_people):
    first = backend.poses(two_people.pixels, 0, [LEFT])[0]
    before = first.landmarks.copy(), first.world.copy()
    backend.poses(two_people.pixels, 1, [RIGHT])
    np.testing.assert_array_equal(first.landmarks, before[0])
    np.testing.assert_array_equal(first.world, before[1])


def test_without_refinement_landmarks_differ_a_little_and_either_file_serves(blazepose_paths, two_people, backend):
    plain = [
        OnnxPoseBackend(path, refine_heatmap=False).poses(two_people.pixels, 0, [LEFT])[0].landmarks
        for path in (blazepose_paths.landmarks, blazepose_paths.landmarks_without_heatmap)
    ]
    np.testing.assert_allclose(*plain, atol=0.01)
    refined = backend.poses(two_people.pixels, 0, [LEFT])[0].landmarks
    assert 0.1 < np.linalg.norm((refined - plain[0])[:, :2], axis=1).mean() < 6


class TestUnusableModels:
    def test_refinement_needs_the_heat_map(self, blazepose_paths):
        with pytest.raises(ModelError, match="no output heatmap"):
            OnnxPoseBackend(blazepose_paths.landmarks_without_heatmap)

    def test_another_network(self, blazepose_paths):
        with pytest.raises(ModelError, match=r"takes .*224"):
            OnnxPoseBackend(blazepose_paths.detector)

    def test_no_such_file(self, tmp_path):
        with pytest.raises(ModelError, match="there is no model file"):
            OnnxPoseBackend(tmp_path / "none.onnx")

    @pytest.mark.parametrize("content", [b"", b"no model at all", bytes(1000)])
    def test_a_file_that_is_no_model(self, tmp_path, content):
        path = tmp_path / "broken.onnx"
        path.write_bytes(content)
        with pytest.raises(ModelError, match="cannot be opened"):
            OnnxPoseBackend(path)

    def test_half_a_model(self, tmp_path, blazepose_paths):
        path = tmp_path / "half.onnx"
        path.write_bytes(blazepose_paths.landmarks.read_bytes()[:5_000_000])
        with pytest.raises(ModelError, match=r"half\.onnx"):
            OnnxPoseBackend(path)

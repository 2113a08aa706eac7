import json

import numpy as np
import pytest
from scenes_in_text import TINY

from core.errors import ClipError, OutputError
from ingest.rehearsal.gym import Gym
from ingest.rehearsal.recording import record_scene
from ingest.rehearsal.scene_file import read_scene_text
from ingest.rehearsal.truth import read_scene
from ingest.video import Recording

SCENE = read_scene_text(TINY, "tiny", "tiny.toml")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    told = []
    folder = tmp_path_factory.mktemp("recorded") / "a new folder"
    record_scene(
        Gym(SCENE, duration_s=1.0),
        folder,
        SCENE.cameras,
        jobs=2,
        progress=lambda done, total: told.append((done, total)),
    )
    return folder, told


def test_everything_is_there_and_nothing_else(recorded):
    folder, told = recorded
    names = {"truth.json", "floor.npz", "east.mp4", "east.npz", "west.mp4", "west.npz"}
    assert {path.name for path in folder.iterdir()} == names
    assert told[-1] == (15, 15)


def test_what_is_read_back_is_what_was_true(recorded):
    folder, _ = recorded
    scene = read_scene(folder)
    assert scene.truth == Gym(SCENE, duration_s=1.0).truth(SCENE.cameras)
    east, west = scene.truth.cameras
    frames = scene.frames(east)
    assert frames.landmarks.shape == (10, 2, 33, 2)
    assert scene.frames(west).scene_s[-1] == pytest.approx(0.8)
    assert scene.floor().position_m.shape == (10, 2, 2)
    with Recording(scene.video(east)) as recording:
        assert [frame.captured_ns / 1e9 for frame in recording] == pytest.approx(frames.clock_s.tolist(), abs=1e-3)


def test_one_process_draws_what_two_draw(recorded, tmp_path):
    folder, _ = recorded
    record_scene(Gym(SCENE, duration_s=1.0), tmp_path, SCENE.cameras[:1])
    one, two = read_scene(tmp_path), read_scene(folder)
    assert len(one.truth.cameras) == 1
    np.testing.assert_array_equal(
        one.frames(one.truth.cameras[0]).landmarks, two.frames(two.truth.cameras[0]).landmarks
    )
    assert one.video(one.truth.cameras[0]).read_bytes() == two.video(two.truth.cameras[0]).read_bytes()


def test_a_recording_that_is_stopped_leaves_what_was_there(recorded, tmp_path):
    def stop(done, total):
        raise KeyboardInterrupt

    (tmp_path / "mine.txt").write_text("keep")
    for jobs in (1, 2):
        with pytest.raises(KeyboardInterrupt):
            record_scene(Gym(SCENE), tmp_path, SCENE.cameras, jobs=jobs, progress=stop)
        assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(OutputError, match="taken"):
        record_scene(Gym(SCENE), tmp_path / "taken", SCENE.cameras)


def test_a_folder_without_truth_is_named(tmp_path):
    with pytest.raises(ClipError, match=r"no truth\.json; name a folder that"):
        read_scene(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 99}', '{"format": 1}'])
def test_damaged_truth_is_named(tmp_path, text):
    (tmp_path / "truth.json").write_text(text)
    with pytest.raises(ClipError, match="record the scene again"):
        read_scene(tmp_path)


def test_damaged_arrays_are_named(recorded, tmp_path):
    folder, _ = recorded
    (tmp_path / "truth.json").write_text((folder / "truth.json").read_text())
    (tmp_path / "floor.npz").write_bytes(b"PK no zip")
    scene = read_scene(tmp_path)
    with pytest.raises(ClipError, match=r"east\.npz: there is no such file"):
        scene.frames(scene.truth.cameras[0])
    with pytest.raises(ClipError, match=r"floor\.npz: it is damaged"):
        scene.floor()


def test_truth_is_plain_json(recorded):
    told = json.loads((recorded[0] / "truth.json").read_text())
    assert told["cameras"][0]["clock_offset_s"] == -0.2
    assert told["people"][0]["sets"][0]["exercise"] == "squat"

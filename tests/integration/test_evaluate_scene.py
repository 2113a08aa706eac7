"""A few seconds of a scene, drawn, recorded, analyzed with the real models and scored by one command."""

import pytest
from click.testing import CliRunner

from core.errors import ClipError
from spotter.cli import main
from spotter.scene_evaluation import Recorder, evaluate_scene


def test_the_people_of_a_scene_are_found_where_they_are(tmp_path):
    Recorder("small", seconds=5.0).record(tmp_path)
    score = evaluate_scene(tmp_path)
    (camera,) = score.cameras
    assert (score.scene, score.duration_s, camera.frames) == ("small", 5.0, 75)
    # Nobody hides anybody in the first seconds; the first frames are spent on being sure.
    assert camera.people.by_pose.mean() > 0.9
    assert camera.people.by_pose[camera.people.is_clear].mean() > 0.9
    assert camera.tracks == 2


def test_the_command_writes_the_page(tmp_path):
    out = tmp_path / "results.md"
    result = CliRunner().invoke(main, ["evaluate", "--scene", "small", "--seconds", "3", "--out", str(out)])
    assert result.exit_code == 0
    assert "Scene small (synthetic; drawn with seed" in result.stdout
    text = out.read_text(encoding="utf-8")
    assert text.startswith("# Results on synthetic scenes")
    assert "| recall, all | " in text


def test_cameras_are_analyzed_in_processes_of_their_own(tmp_path):
    Recorder("small", seconds=1.0).record(tmp_path)
    alone, together = evaluate_scene(tmp_path, jobs=1), evaluate_scene(tmp_path, ["cam-1"], jobs=2)
    assert (alone.cameras[0].people.by_pose == together.cameras[0].people.by_pose).all()


def test_a_recording_that_is_missing_is_told(tmp_path):
    Recorder("small", seconds=1.0).record(tmp_path)
    (tmp_path / "cam-1.mp4").unlink()
    with pytest.raises(ClipError, match=r"cam-1\.mp4: there is no such file"):
        evaluate_scene(tmp_path)


@pytest.mark.parametrize("seed", [0, 5])
def test_the_seed_decides_what_is_drawn(tmp_path, seed):
    Recorder("small", seconds=1.0, seed=seed).record(tmp_path)
    assert evaluate_scene(tmp_path).scene_seed == seed

"""The options of ``spotter evaluate``."""

import pytest
from click.testing import CliRunner

from spotter.cli import main


def run(*arguments):
    return CliRunner().invoke(main, ["evaluate", *map(str, arguments)])


@pytest.mark.parametrize(
    "arguments",
    [(), ("--clips", ".", "--scene", "small"), ("a.onnx", "--scene", "small")],
    ids=["none", "two", "two others"],
)
def test_exactly_one_source_of_truth_is_needed(arguments):
    result = run(*arguments)
    assert result.exit_code == 2
    assert "one of: --clips FOLDER, --scene SCENE, MODEL --data FILE" in result.stderr


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--clips", ".", "--camera", "a"), "--camera: only with --scene"),
        (("--clips", ".", "--seconds", "3"), "--seconds: only with --scene"),
        (("--clips", ".", "--seed", "0"), "--seed: only with --scene"),
        (("--clips", ".", "--out", "a.md"), "--out: only with --scene or MODEL"),
        (("--scene", "small", "--only", "b", "--verbose"), "--only, --verbose: only with --clips"),
        (("--scene", "small", "--split", "a"), "--split: only with --clips or MODEL"),
        (("--scene", "small", "--data", "a", "--part", "test"), "--data, --part: only with MODEL"),
        (("--clips", ".", "--false-share", "0"), "--false-share: only with MODEL"),
        (("a.onnx",), "--data FILE"),
        (("a.onnx", "--data", "a", "--part", "test"), "--part: only with --split"),
        (("a.onnx", "--data", "a", "--split", "a", "--split", "b"), "name one split file"),
    ],
)
def test_options_that_would_be_ignored_are_refused(given, told):
    result = run(*given)
    assert result.exit_code == 2
    assert told in result.stderr


def test_clips_without_truth_are_told(tmp_path):
    result = run("--clips", tmp_path)
    assert result.exit_code == 2
    assert "the folder needs a truth.csv" in result.stderr


def test_a_split_that_does_not_exist_is_told(tmp_path):
    header = "clip,split,label,reps,rep_end_s,hold_s,seconds,real,cuts,confidence,source"
    row = "a,test,squat,2,1 2,,4.0,True,False,high,x"
    (tmp_path / "truth.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    result = run("--clips", tmp_path, "--split", "train")
    assert result.exit_code == 2
    assert "no clip is left to evaluate" in result.stderr


def test_a_folder_without_a_scene_is_told(tmp_path):
    result = run("--scene", tmp_path)
    assert result.exit_code == 4
    assert "spotter rehearse" in result.stderr


def test_a_recorded_scene_has_its_length(tmp_path):
    result = run("--scene", tmp_path, "--seconds", "5")
    assert result.exit_code == 2
    assert "is recorded already" in result.stderr


def test_an_unknown_scene_is_told():
    result = run("--scene", "smal")
    assert result.exit_code == 2
    assert "did you mean 'small'?" in result.stderr


def test_an_unknown_camera_is_told_before_anything_is_drawn():
    result = run("--scene", "small", "--camera", "nowhere")
    assert result.exit_code == 2
    assert "--camera nowhere: the scene has no such camera" in result.stderr


@pytest.mark.parametrize("out", ["missing/page.md", "."], ids=["no folder", "a folder"])
def test_a_page_that_cannot_be_written_is_told_at_once(tmp_path, out):
    result = run("--scene", "small", "--out", tmp_path / out)
    assert result.exit_code in {2, 4}
    assert "recall" not in result.stdout

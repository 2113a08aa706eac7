"""The subcommands of ``spotter dataset`` that read other formats, divide, report and label."""

import csv
import json

import numpy as np
import pytest
from click.testing import CliRunner
from drawn_people import frames, performance
from scipy.io import savemat

from ingest.rehearsal.script import Train
from spotter.cli import main
from training.dataset.landmark_columns import NAMES
from training.dataset.landmarks import Track, read_tracks, write_tracks


def run(*arguments):
    return CliRunner().invoke(main, ["dataset", *map(str, arguments)])


def track(source, group, label="squat", seed=0):
    random = np.random.default_rng(seed)
    return Track(
        source=source, group=group, person=1, frames=np.arange(20, dtype=np.int32), times=np.arange(20) / 10,
        labels=(label,) * 20, landmarks=random.random((20, 33, 4)).astype(np.float32),
        world=random.random((20, 33, 3)).astype(np.float32), width=640, height=480,
    )  # fmt: skip


@pytest.fixture
def landmarks(tmp_path):
    path = tmp_path / "landmarks.parquet"
    labels = ("squat", "push_up", "plank")
    write_tracks(path, (track(f"r{n}", f"g{n}", labels[n % 3], seed=n) for n in range(18)))
    return path


def test_a_split_is_written_and_shown(landmarks, tmp_path):
    result = run("split", landmarks, "--seed", 4, "--out", tmp_path / "split.json")
    assert result.exit_code == 0, result.stderr
    content = json.loads((tmp_path / "split.json").read_text())
    assert content["hash"] in result.stdout
    assert content["seed"] == 4
    assert sum(len(groups) for groups in content["groups"].values()) == 18
    assert result.stderr == ""


def test_a_lone_group_is_named_on_standard_error(tmp_path):
    path = tmp_path / "landmarks.parquet"
    write_tracks(path, [track("a", "g1", seed=1), track("b", "g2", "plank", seed=2)])
    result = run("split", path, "--out", tmp_path / "split.json")
    assert result.exit_code == 0
    assert "spotter: plank: a single group has it" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (("split", "{file}", "--ratios", "8,1", "--out", "a.json"), 2, "three numbers"),
        (("split", "{file}", "--ratios", "0,1,1", "--out", "a.json"), 2, "three numbers"),
        (("split", "none.parquet", "--out", "a.json"), 2, "no such file"),
        (("split", "{file}", "--out", "{file}"), 2, "would overwrite"),
        (("split", "{file}", "--out", "none/a.json"), 4, "cannot be written"),
        (("report", "none.parquet"), 2, "no such file"),
        (("landmarks", "none.csv", "--out", "a.parquet"), 2, "there is no such file"),
        (("landmarks", "none.csv", "--size", "3", "--out", "a.parquet"), 2, "WIDTHxHEIGHT"),
        (("landmarks", "none.csv", "--size", "0x3", "--out", "a.parquet"), 2, "WIDTHxHEIGHT"),
        (("landmarks", "none.csv", "--column", "x=y", "--out", "a.parquet"), 2, "ROLE=NAME"),
        (("penn-action", "none", "--out", "a.parquet"), 2, "no such folder"),
        (("label-form", "none.mp4", "--exercise", "sqat", "--out", "a"), 2, "did you mean squat"),
        (("label-form", "none.mp4", "--exercise", "jump_rope", "--out", "a"), 2, "no form rule"),
    ],
)
def test_wrong_arguments_are_told_in_a_sentence(landmarks, tmp_path, monkeypatch, arguments, code, complaint):
    monkeypatch.chdir(tmp_path)
    result = run(*(argument.format(file=landmarks) for argument in arguments))
    assert result.exit_code == code
    assert complaint in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "a.parquet").exists()


def test_a_report_is_complete_in_spite_of_problems(tmp_path):
    path = tmp_path / "landmarks.parquet"
    write_tracks(path, [track("a", "g1", seed=1), track("b", "g2", "Squat", seed=1)])
    result = run("report", path, "--out", tmp_path / "report")
    assert result.exit_code == 4
    assert result.stderr.count("spotter: ") == 2
    assert "2 tracks of 2 groups in 2 recordings" in result.stdout
    assert sorted(file.name for file in (tmp_path / "report").iterdir()) == [
        "classes.png", "report.json", "tracks.png", "views.png",
    ]  # fmt: skip
    assert json.loads((tmp_path / "report" / "report.json").read_text())["tracks"] == 2


def test_a_good_file_needs_no_folder_for_its_report(landmarks):
    result = run("report", landmarks)
    assert (result.exit_code, result.stderr) == (0, "")


def test_csv_files_are_read_and_a_bad_one_is_named(tmp_path):
    header = ["vid_id", "frame_order", *(f"{axis}_{name}" for name in NAMES for axis in ("x", "y", "z", "visibility"))]
    with (tmp_path / "good.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows([7, frame, *np.random.default_rng(frame).random(132)] for frame in range(5))
    (tmp_path / "labels.csv").write_text("vid_id,class\n7,JUMPING JACKS\n")
    out = tmp_path / "out.parquet"
    labels = ("--labels", tmp_path / "labels.csv")
    result = run("landmarks", tmp_path / "good.csv", *labels, "--size", "640x480", "--out", out)
    assert (result.exit_code, result.stdout) == (0, "jumping_jack: 1 tracks, 5 frames\n")
    assert "'JUMPING JACKS'" in result.stderr
    result = run("landmarks", tmp_path / "good.csv", tmp_path / "labels.csv", *labels, "--out", out)
    assert result.exit_code == 4
    assert "labels.csv: holds no landmark columns" in result.stderr
    assert [found.source for found in read_tracks(out)] == ["good/7"]


def test_penn_action_is_read_and_a_bad_sequence_is_named(tmp_path):
    (tmp_path / "labels").mkdir()
    points = np.random.default_rng(0).uniform(10, 200, (6, 13))
    shown = {"visibility": np.ones((6, 13)), "dimensions": [240, 320, 6], "nframes": 6, "train": 1, "pose": "left"}
    savemat(tmp_path / "labels" / "0001.mat", {"action": "pullup", "x": points, "y": points[::-1], **shown})
    out = tmp_path / "out.parquet"
    assert run("penn-action", tmp_path, "--out", out).exit_code == 0
    (tmp_path / "labels" / "0002.mat").write_bytes(b"")
    result = run("penn-action", tmp_path, "--out", out)
    assert (result.exit_code, result.stdout) == (4, "pull_up: 1 tracks, 6 frames\n")
    assert "0002.mat" in result.stderr


@pytest.fixture(scope="module")
def squats(tmp_path_factory):
    """Landmarks of two people, of whom one squats and the other rests."""
    seen = list(frames(performance(Train("squat", 2)), fps=10.0))
    times, image, world = (np.array(column) for column in zip(*seen, strict=True))
    path = tmp_path_factory.mktemp("squats") / "squats.parquet"
    tracks = [
        Track(
            source=f"day/{label}", group="g", person=1, frames=np.arange(len(times), dtype=np.int32), times=times,
            labels=(label,) * len(times), landmarks=image, world=world, width=640, height=480,
        )
        for label in ("squat", "idle")
    ]  # fmt: skip
    write_tracks(path, tracks)
    return path


@pytest.mark.parametrize(("option", "suffix"), [((), ".jpg"), (("--clips",), ".mp4"), (("--plain",), ".jpg")])
def test_form_is_labelled_on_landmarks(squats, tmp_path, option, suffix):
    out = tmp_path / "form"
    result = run("label-form", squats, "--exercise", "squat", "--out", out, *option)
    assert result.exit_code == 0, result.stderr
    with (out / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["source"] for row in rows} == {"day/squat"}
    assert {row["label"] for row in rows} == {"correct"}
    assert all((out / row["file"]).suffix == suffix and (out / row["file"]).stat().st_size > 500 for row in rows)
    assert result.stdout.startswith(f"{len(rows)} {'clips' if option == ('--clips',) else 'frames'} correct, 0 ")
    again = run("label-form", squats, "--exercise", "squat", "--out", out)
    assert again.exit_code == 2
    assert "exists already" in again.stderr


def test_an_exercise_that_nobody_does_is_told(squats, tmp_path):
    result = run("label-form", squats, "--exercise", "lunge", "--out", tmp_path / "form")
    assert result.exit_code == 0
    assert result.stdout == "0 frames correct, 0 frames incorrect\n"

"""Landmarks of many clips in one file: whom a label belongs to, what is kept of earlier runs, what is told."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from core.errors import ClipError, ConfigError, OutputError
from training.dataset import extract
from training.dataset.boxes import main_person, visible_boxes
from training.dataset.clip import Clip, ClipList, Part
from training.dataset.extract import extract_landmarks, labelled, require_local
from training.dataset.landmarks import Track, TrackFile, read_tracks, write_tracks
from training.dataset.pose_path import PoseOptions, Reading

pytest.importorskip("pyarrow", reason="the file format")


def person(number=1, top=10.0, bottom=110.0, start_s=0.0, frames=20, fps=10.0) -> Track:
    landmarks = np.ones((frames, 33, 4), np.float32)
    landmarks[..., 0] = 50.0
    landmarks[..., 1] = np.linspace(top, bottom, 33)
    numbers = np.arange(frames, dtype=np.int32)
    return Track(
        "", "", number, numbers, start_s + numbers / fps, ("",) * frames, landmarks,
        np.zeros((frames, 33, 3), np.float32), width=160, height=120,
    )  # fmt: skip


def clip(name="squat/a", label="squat", *parts: Part, group="anna") -> Clip:
    return Clip(name, f"/clips/{name}.mp4", group, parts or (Part(label),), "side", 10, sha256=f"of {name}")


@pytest.fixture
def poses(monkeypatch):
    """Read poses without models and processes; a clip gives two people, or what the test says instead."""

    class Poses:
        def __init__(self):
            self.read = []
            self.instead = {}

        def __call__(self, location, options):
            self.read.append(location.removeprefix("/clips/").removesuffix(".mp4"))
            given = self.instead.get(self.read[-1], Reading((person(1, 40, 80), person(2)), 20, 2.0, None, ()))
            if isinstance(given, BaseException):
                raise given
            return given

        def in_turn(self, work, tasks, jobs):
            # Processes are done in any order.
            for task in reversed(tasks):
                try:
                    outcome = work(task)
                except Exception as error:  # noqa: BLE001  # as of a process
                    outcome = error
                yield task, outcome

    made = Poses()
    monkeypatch.setattr(extract, "read_poses", made)
    monkeypatch.setattr(extract, "in_processes", made.in_turn)
    monkeypatch.setattr(extract, "_weights", lambda options: "weights")
    return made


@pytest.fixture
def run(tmp_path):
    out = tmp_path / "landmarks.parquet"

    def extracted(*clips, options=None, **others):
        return extract_landmarks(ClipList(list(clips)), out, options or PoseOptions(), **others)

    extracted.out = out
    return extracted


def labels(out):
    return {(track.source, track.person): set(track.labels) for track in read_tracks(out)}


def test_boxes_are_around_what_is_visible_and_inside_the_picture():
    track = person(top=-20, bottom=200)
    track.landmarks[1, :, 3] = 0  # nothing is visible: around all
    track.landmarks[2, 1:, 3] = 0  # one landmark
    track.landmarks[3] = np.nan
    boxes = visible_boxes(track)
    assert boxes[0].tolist() == [50, 0, 50, 120]
    assert boxes[1].tolist() == [50, 0, 50, 120]
    assert boxes[2].tolist() == [50, 0, 50, 0]
    assert np.isnan(boxes[3]).all()


def test_the_main_person_is_largest_for_longest_in_the_part_that_is_asked_for():
    small, large, late = person(1, 40, 80), person(2, frames=5), person(3, 0, 120, start_s=1.5)
    assert main_person([small, large], 0, np.inf) == 1
    assert main_person([small, large], 0, 0.5) == 2
    assert main_person([small, large, late], 1.5, 9) == 3
    assert main_person([small, large, late], 50, 60) is None
    assert main_person([], 0, 1) is None


def test_a_label_belongs_to_the_main_person_of_its_part():
    people = [person(1, 40, 80), person(2, frames=10)]
    one, two = labelled(people, clip("a", "", Part("squat", 0, 1), Part("lunge", 1.5)))
    assert one.labels == ("",) * 15 + ("lunge",) * 5
    assert two.labels == ("squat",) * 10
    assert (one.source, one.group, one.view) == ("a", "anna", "side")
    one, two = labelled(people, clip(), everybody=True)
    assert {*one.labels, *two.labels} == {"squat"}


def test_the_file_is_in_the_order_of_the_list(poses, run):
    result = run(clip("b", "lunge"), clip("a"), clip("c"))
    assert [track.source for track in read_tracks(run.out)] == ["b", "b", "a", "a", "c", "c"]
    assert labels(run.out)[("b", 2)] == {"lunge"}
    assert labels(run.out)[("b", 1)] == {""}
    assert (result.new, result.people, result.rows, result.left_out) == (3, 6, 120, [])
    assert sorted(file.name for file in run.out.parent.iterdir()) == ["landmarks.parquet"]


def test_what_the_file_holds_is_not_extracted_again(poses, run):
    run(clip("a"), clip("b"))
    first = run.out.read_bytes()
    assert run(clip("a"), clip("b")).new == 0
    assert run.out.read_bytes() == first
    result = run(replace(clip("renamed", "idle", group="ben"), sha256="of a"), clip("new"), clip("b"))
    assert result.new == 1
    assert sorted(poses.read) == ["a", "b", "new"]
    assert labels(run.out) == {
        ("renamed", 1): {""}, ("renamed", 2): {"idle"}, ("new", 1): {""}, ("new", 2): {"squat"}, ("b", 1): {""},
        ("b", 2): {"squat"},
    }  # fmt: skip


def test_other_options_are_other_landmarks(poses, run):
    run(clip("a"))
    assert run(clip("a"), options=PoseOptions(fps=5)).new == 1
    assert run(clip("a"), options=PoseOptions(fps=5, box=(320, 240))).new == 1
    assert run(clip("a"), options=PoseOptions(fps=5, box=(320, 240))).new == 0


def test_clips_are_not_lost_by_another_list(poses, run):
    run(clip("a"), clip("b"))
    with pytest.raises(ConfigError, match=r"holds 1 clips that are not in this list .b, ....*--drop"):
        run(clip("a"))
    assert run(clip("a"), drop=True).new == 0
    assert {source for source, _ in labels(run.out)} == {"a"}


def test_another_kind_of_file_is_not_overwritten(poses, run):
    write_tracks(run.out, [replace(person(), source="x")])
    with pytest.raises(ConfigError, match="was not made by `spotter dataset extract`; name another file"):
        run(clip("a"))
    run.out.write_bytes(b"text")
    with pytest.raises(ConfigError, match="is no readable Parquet file"):
        run(clip("a"))
    assert run.out.read_bytes() == b"text"


def test_bad_clips_are_named_and_the_others_written(poses, run):
    poses.instead = {
        "bad": ClipError("/clips/bad.mp4: it is empty"),
        "bug": ValueError("oops"),
        "cut": Reading((person(),), 20, 2.0, "only 20 of 50 frames could be read", ("a note",)),
        "empty": Reading((), 20, 2.0, None, ()),
    }
    late = clip("late", "", Part("squat", 0, 1), Part("lunge", 5), Part("row", 3, 4))
    clips = [clip("bad"), clip("good"), clip("bug"), clip("cut"), clip("empty"), late]
    result = run(*clips)
    assert result.left_out == [
        "/clips/bad.mp4: it is empty",
        "bug: could not be worked on, by a bug in Spotter (ValueError: oops)",
        "/clips/cut.mp4: only 20 of 50 frames could be read",
    ]
    assert result.remarks == [
        "cut: a note",
        "empty: nobody was seen in it",
        "late: its part from 5 s on lies behind its end",
        "late: its part from 3 s on lies behind its end",
    ]
    assert {source for source, _ in labels(run.out)} == {"good", "cut", "late"}
    # What was kept of a damaged clip is known; that it is damaged is told again. What failed is tried again.
    poses.read.clear()
    assert run(*clips).left_out == result.left_out
    assert sorted(poses.read) == ["bad", "bug"]


def test_nothing_extracted_leaves_no_file(poses, run):
    poses.instead = {"a": ClipError("/clips/a.mp4: it is empty")}
    with pytest.raises(ClipError, match=r"not written, since no clip could be extracted\n/clips/a\.mp4: it is empty"):
        run(clip("a"))
    assert not run.out.exists()


def test_an_interrupted_run_goes_on_where_it_was(poses, run):
    poses.instead = {"b": KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        run(clip("a"), clip("b"), clip("c"))
    assert poses.read == ["c", "b"]
    assert not run.out.exists()
    poses.instead = {}
    assert run(clip("a"), clip("b"), clip("c")).new == 2
    assert poses.read == ["c", "b", "b", "a"]
    assert len(TrackFile(run.out).tracks("c")) == 2


def test_a_full_disk_ends_the_run(poses, run):
    poses.instead = {"b": OutputError("no room")}
    with pytest.raises(OutputError, match="no room"):
        run(clip("a"), clip("b"))


def test_a_folder_that_is_not_there_is_told_before_the_work(poses, tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        extract_landmarks(ClipList([clip()]), tmp_path / "no" / "x.parquet", PoseOptions())
    assert poses.read == []


def test_a_missing_package_is_told_before_the_work(poses, run, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ConfigError, match=r"files of landmarks need pyarrow: pip install 'spotter\[train\]'"):
        run(clip())
    assert poses.read == []


def test_clips_in_a_bucket_have_to_be_fetched_first():
    require_local("clips/a.mp4")
    require_local("file:///clips/a.mp4")
    with pytest.raises(ConfigError, match=r"s3://gym/a\.mp4: lies in a bucket; fetch the clips first"):
        require_local("s3://gym/a.mp4")

"""From labelled clips to landmarks and crops by the real commands: drawn people, the real models, processes."""

from itertools import islice

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from ingest.opencv import set_up_opencv
from ingest.rehearsal.camera import Camera
from ingest.rehearsal.clip import Scene, draw_clip
from ingest.rehearsal.script import Performer, Rest, Train
from spotter.cli import main
from training.dataset.crops import crop_side, read_crops
from training.dataset.landmarks import read_tracks

pytest.importorskip("pyarrow", reason="the file format")

SECONDS, FPS = 3, 10


def write_video(path, scene):
    set_up_opencv()
    path.parent.mkdir(parents=True, exist_ok=True)
    size = (scene.camera.width, scene.camera.height)
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"mp4v"), FPS, size)
    for frame, _ in islice(draw_clip(scene), SECONDS * FPS):
        writer.write(frame.pixels)
    writer.release()


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Somebody squats with a bystander far behind; somebody stands; a cut copy of the first; a file that is no clip."""
    folder = tmp_path_factory.mktemp("gym")
    camera = Camera(fps=FPS, width=480, height=360)
    squatter = Performer((-0.6, 0.0), 180.0, (Train("squat", 2, 1.5),))
    bystander = Performer((1.5, 3.0), 180.0, (Rest(4.0),))
    write_video(folder / "squat" / "anna" / "a.avi", Scene((squatter, bystander), camera, seed=1))
    write_video(folder / "idle" / "ben" / "b.mp4", Scene((Performer((0.0, 0.0), 90.0, (Rest(4.0),)),), camera, seed=2))
    data = (folder / "squat" / "anna" / "a.avi").read_bytes()
    (folder / "squat" / "anna" / "cut.avi").write_bytes(data[: len(data) * 2 // 3])
    (folder / "idle" / "ben" / "text.mp4").write_text("no video")
    return folder


def spotter(*args):
    return CliRunner().invoke(main, [str(arg) for arg in args])


@pytest.fixture(scope="module")
def extracted(clips, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "landmarks.parquet"
    return spotter("dataset", "extract", clips, "--out", out, "--jobs", 2), out


def test_people_are_found_and_the_main_one_has_the_label(extracted):
    done, out = extracted
    tracks = list(read_tracks(out))
    assert {track.source: track.group for track in tracks} == {
        "idle/ben/b": "ben", "squat/anna/a": "anna", "squat/anna/cut": "anna",
    }  # fmt: skip
    squatting = [track for track in tracks if track.source == "squat/anna/a"]
    (main_one,) = [track for track in squatting if set(track.labels) == {"squat"}]
    others = [track for track in squatting if track is not main_one]
    assert all(set(track.labels) == {""} for track in others)
    assert len(main_one) > 0.7 * SECONDS * FPS
    assert (np.diff(main_one.times) > 0).all()
    # Left of the middle of the picture, where she was drawn, and hips going down and up.
    hips = main_one.landmarks[:, 23:25, :2].mean(axis=1)
    assert hips[:, 0].mean() < 240
    assert np.ptp(hips[:, 1]) > 20
    assert "squat" in done.output


def test_damaged_clips_are_named_and_the_exit_code_says_so(extracted):
    done, out = extracted
    assert done.exit_code == 4
    assert "idle/ben/text.mp4: it is a text file, not a recording" in done.stderr
    assert "squat/anna/cut.avi: " in done.stderr
    assert f"{out}: 3 clips" in done.stdout


def test_the_file_does_not_depend_on_the_number_of_processes_and_is_a_cache(extracted, clips, tmp_path):
    _, out = extracted
    again = spotter("dataset", "extract", clips, "--out", tmp_path / "one.parquet", "--jobs", 1)
    assert again.exit_code == 4
    assert (tmp_path / "one.parquet").read_bytes() == out.read_bytes()
    third = spotter("dataset", "extract", clips, "--out", out, "--jobs", 1)
    assert "0 extracted now" in third.stdout
    assert (tmp_path / "one.parquet").read_bytes() == out.read_bytes()


def test_people_are_cut_out_where_they_are(extracted, clips, tmp_path):
    _, landmarks = extracted
    out = tmp_path / "crops.parquet"
    done = spotter("dataset", "crops", landmarks, clips, "--out", out, "--side", 64, "--fps", 5, "--jobs", 2)
    assert done.exit_code == 0
    crops = list(read_crops(out))
    assert crop_side(out) == 64
    squats = [crop for crop in crops if crop.source == "squat/anna/a"]
    assert {(crop.label, crop.group) for crop in squats} == {("squat", "anna")}
    assert np.diff([crop.time_s for crop in squats]) == pytest.approx(0.2, abs=0.11)
    assert all(crop.pixels().shape == (64, 64, 3) for crop in crops)
    track = next(t for t in read_tracks(landmarks) if t.source == "squat/anna/a" and t.labels[0] == "squat")
    capture = cv2.VideoCapture(str(clips / "squat" / "anna" / "a.avi"))
    capture.set(cv2.CAP_PROP_POS_FRAMES, squats[0].frame)
    picture = capture.read()[1][..., ::-1]
    hip = track.landmarks[0, 23:25, :2].mean(axis=0).astype(int)
    there = picture[hip[1] - 4 : hip[1] + 4, hip[0] - 4 : hip[0] + 4].mean(axis=(0, 1))
    cut = squats[0].pixels()[28:40, 28:36].astype(float)
    assert np.abs(cut - there).mean(axis=2).min() < 25


def test_smaller_clips_give_the_same_people(clips, tmp_path):
    done = spotter(
        "dataset", "import", clips, "--out", tmp_path / "small", "--resize", "240x240", "--fps", 5, "--jobs", 1
    )
    assert done.exit_code == 4
    assert "3 clips, 3 brought now" in done.stdout
    out = tmp_path / "small.parquet"
    done = spotter("dataset", "extract", tmp_path / "small", "--out", out, "--jobs", 1)
    tracks = [track for track in read_tracks(out) if track.source == "idle/ben/b"]
    assert {(track.width, track.height, track.group) for track in tracks} == {(240, 180, "ben")}
    assert "idle" in tracks[0].labels

import csv

import numpy as np
import pytest

from core.errors import ConfigError
from training.dataset.findings import Findings
from training.dataset.label_reading import LabelReader
from training.dataset.landmark_columns import NAMES
from training.dataset.landmark_csv import UNREADABLE, CsvOptions, read_landmark_csvs
from training.dataset.landmark_rows import frame_number, read_labels
from workers.exercise.pose_features import BLOCKS, are_usable, frame_rows

# (33, 4): a person who stands in a picture of 1000 x 500, in shares of it, seen from the front.
BODY = np.zeros((33, 4))
BODY[:11] = [0.5, 0.2, -0.02, 0.99]
for _left, _right, _dx, _y in (
    (11, 12, 0.02, 0.3), (13, 14, 0.025, 0.4), (15, 16, 0.028, 0.5), (17, 18, 0.028, 0.52), (19, 20, 0.028, 0.53),
    (21, 22, 0.026, 0.52), (23, 24, 0.015, 0.52), (25, 26, 0.016, 0.7), (27, 28, 0.017, 0.88), (29, 30, 0.017, 0.9),
    (31, 32, 0.018, 0.91),
):  # fmt: skip
    BODY[_left] = [0.5 + _dx, _y, 0.01, 0.9]
    BODY[_right] = [0.5 - _dx, _y, 0.01, 0.8]
SIZE = (1000, 500)


def pixels(body=BODY):
    return body * [1000, 500, 1000, 1]


def bodies(count=4):
    """Arms that rise from frame to frame."""
    many = np.tile(BODY, (count, 1, 1))
    many[:, [15, 16], 1] -= 0.02 * np.arange(count)[:, None]
    return many


def write(path, header, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return path


def by_number(axes="xyzv"):
    return [f"{axis}{number}" for number in range(33) for axis in axes]


def table(values, video="v1", label="squat", first=0):
    return [[video, first + frame, label, *body.ravel()] for frame, body in enumerate(values)]


HEADER = ["video_id", "frame_id", "label", *by_number()]


def read(*paths, **options):
    findings, reader = Findings(), LabelReader()
    tracks = list(read_landmark_csvs(paths, CsvOptions(**options), reader, findings))
    return tracks, findings, reader


def test_shares_of_the_picture_become_pixels_and_metres(tmp_path):
    path = write(tmp_path / "a.csv", HEADER, table(bodies(), label="Push-Ups", first=10))
    (track,), findings, reader = read(path, size=SIZE, fps=25)
    assert (track.source, track.group, track.person) == ("a/v1", "a/v1", 1)
    assert (track.width, track.height) == SIZE
    assert track.labels == ("push_up",) * 4
    assert "push_up" in reader.remarks()[0]
    assert track.frames.tolist() == [10, 11, 12, 13]
    np.testing.assert_allclose(track.times, np.arange(4) / 25)
    np.testing.assert_allclose(track.landmarks[0], pixels(), rtol=1e-5)
    shoulders, hips = track.world[:, 11:13].mean(axis=1), track.world[:, 23:25].mean(axis=1)
    np.testing.assert_allclose(hips, 0, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(shoulders - hips, axis=1), 0.5, rtol=1e-5)
    # Metres keep the proportions of the pixels: 40 px of shoulders to 110 px of torso.
    assert track.world[0, 11, 0] - track.world[0, 12, 0] == pytest.approx(0.5 * 40 / 110, rel=1e-4)
    assert len(findings) == 0


@pytest.mark.parametrize(
    "name",
    [
        "{axis}_{joint}", "{joint}_{axis}", "{joint}.{axis}", "{JOINT}_{axis}", "landmark_{number}_{axis}",
        "{axis}{from_one}", "{number}_{axis}",
    ],
)  # fmt: skip
def test_spellings_of_columns_mean_the_same(tmp_path, name):
    header = ["clip", "frame", "class"] + [
        name.format(axis=axis, joint=joint, JOINT=joint.upper(), number=number, from_one=number + 1)
        for number, joint in enumerate(NAMES)
        for axis in ("x", "y", "z", "visibility")
    ]
    (track,), _, _ = read(write(tmp_path / "a.csv", header, table(bodies())), size=SIZE)
    np.testing.assert_allclose(track.landmarks, pixels(bodies()), rtol=1e-5)
    assert track.labels == ("squat",) * 4


def test_pixels_are_found_out(tmp_path):
    path = write(tmp_path / "a.csv", HEADER, table([pixels(body) for body in bodies()]))
    (track,), findings, _ = read(path)
    np.testing.assert_allclose(track.landmarks[0], pixels(), rtol=1e-5)
    assert (track.width, track.height) == (529, 456)
    assert len(findings) == 0


def test_lengths_from_the_hips_are_put_into_the_middle(tmp_path):
    header = ["vid_id", "frame_order", *(f"{axis}_{joint}" for joint in NAMES for axis in "xyz")]
    centred = [(pixels(body) - pixels(body)[23:25].mean(axis=0))[:, :3] for body in bodies()]
    rows = [["7.0", frame, *body.ravel()] for frame, body in enumerate(centred)]
    write(tmp_path / "labels.csv", ["vid_id", "class"], [["7", "jumping_jack"], ["8", "squat"]])
    labels = read_labels(tmp_path / "labels.csv", {})
    (track,), findings, _ = read(write(tmp_path / "landmarks.csv", header, rows), labels=labels, size=(800, 400))
    assert track.labels == ("jumping_jack",) * 4
    assert track.landmarks[:, 23:25, :2].mean(axis=1) == pytest.approx(np.tile([400, 200], (4, 1)), abs=0.01)
    assert track.landmarks[0, 11:13, 1].mean() == pytest.approx(100, abs=0.1)
    shoulders = track.world[:, 11:13].mean(axis=1)
    np.testing.assert_allclose(np.linalg.norm(shoulders, axis=1), 0.5, rtol=1e-4)
    assert {kind.split(":")[0] for kind in findings} == {
        "files without visibility",
        "recordings without a place in the picture were put into its middle",
    }
    assert (track.landmarks[..., 3] == 1).all()


def test_y_upwards_is_turned_over(tmp_path):
    centred = (pixels() - pixels()[23:25].mean(axis=0))[:, :3] * [1, -1, 1]
    rows = [["v", frame, "idle", *np.column_stack([centred, BODY[:, 3]]).ravel()] for frame in range(3)]
    (track,), findings, _ = read(write(tmp_path / "a.csv", HEADER, rows))
    assert track.world[0, 0, 1] < -0.4 < 0.4 < track.world[0, 27, 1]
    assert any("turned over" in kind for kind in findings)


def test_world_landmarks_of_the_file_are_used(tmp_path):
    header = [*HEADER, *(f"world_{axis}{number}" for number in range(33) for axis in "xyz")]
    world = np.random.default_rng(0).normal(size=(33, 3))
    rows = [[*row, *world.ravel()] for row in table(bodies())]
    (track,), _, _ = read(write(tmp_path / "a.csv", header, rows), size=SIZE)
    np.testing.assert_allclose(track.world[2], world, rtol=1e-5)


def test_wrong_rows_are_named_and_the_rest_goes_on(tmp_path):
    rows = table(bodies(8))
    rows[1][3 + 4 * 23] = "nan"
    rows[2][3 + 4 * 11] = ""
    rows[3][3:] = [0.0] * 132
    rows[4] = rows[4][:20]
    rows.append(rows[5])
    rows[6], rows[7] = rows[7], rows[6]
    path = write(tmp_path / "a.csv", HEADER, rows)
    (track,), findings, _ = read(path, size=SIZE)
    assert track.frames.tolist() == [0, 5, 6, 7]
    assert are_usable(track.landmarks, track.world).all()
    lines = "\n".join(findings.lines())
    assert "no number were left out: 2 (first: line 3, recording v1)" in lines
    assert "on one point were left out: 1 (first: line 5" in lines
    assert "too few cells were left out: 1 (first: line 6)" in lines
    assert "out of order and were sorted by frame: 2 (first: line 9" in lines
    assert "was there already were left out" in lines


def test_unknown_landmarks_of_a_frame_are_guessed(tmp_path):
    rows = table(bodies())
    # The left toe, which the features look at, and a finger that they do not.
    rows[2][3 + 4 * 31] = rows[2][3 + 4 * 19] = "NaN"
    (track,), findings, _ = read(write(tmp_path / "a.csv", HEADER, rows), size=SIZE)
    assert track.landmarks[2, 31, 3] == track.landmarks[2, 19, 3] == 0
    assert track.landmarks[2, 31, :2] == pytest.approx(pixels()[31, :2], rel=1e-4)
    assert np.isfinite(track.landmarks).all()
    assert len(findings) == 0


def test_landmarks_without_columns_are_guessed(tmp_path):
    kept = [0, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]
    header = ["video", "frame", "label", *(f"{NAMES[joint]}_{axis}" for joint in kept for axis in "xy")]
    rows = [["v", frame, "squat", *body[kept, :2].ravel()] for frame, body in enumerate(bodies())]
    (track,), findings, _ = read(write(tmp_path / "a.csv", header, rows), size=SIZE)
    assert (track.landmarks[:, kept, 3] == 1).all()
    assert (np.delete(track.landmarks[..., 3], kept, axis=1) == 0).all()
    assert np.isfinite(frame_rows(track.landmarks, track.world)).all()
    assert findings.count("landmarks without a column were guessed") == 20
    assert findings.count("files without z were read as flat") == 1


def test_missing_columns_of_one_file_leave_the_others(tmp_path):
    short = [name for name in HEADER if name not in ("x23", "y23")]
    bad = write(tmp_path / "bad.csv", short, [])
    words = write(tmp_path / "words.csv", ["a", "b"], [["1", "2"]])
    hollow = write(tmp_path / "hollow.csv", HEADER, [])
    (tmp_path / "blank.csv").touch()
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x01" * 50)
    good = write(tmp_path / "good.csv", HEADER, table(bodies()))
    others = [tmp_path / "blank.csv", tmp_path / "binary.csv", tmp_path / "none.csv"]
    tracks, findings, _ = read(bad, words, hollow, *others, good, size=SIZE)
    assert [track.source for track in tracks] == ["good/v1"]
    assert findings.count(UNREADABLE) == 6
    assert "bad.csv: lacks the columns left_hip x, left_hip y" in findings.lines()[0]


def test_people_and_recordings_are_told_apart(tmp_path):
    header = [*HEADER, "person", "subject"]
    rows = []
    for video, person, subject in (("b", 1, "Ann"), ("b", 2, "Ann"), ("a", 1, "Bob")):
        rows += [[*row, person, subject] for row in table(bodies(), video)]
    tracks, findings, _ = read(write(tmp_path / "gym.csv", header, rows), size=SIZE)
    assert [(t.source, t.person, t.group) for t in tracks] == [
        ("gym/b", 1, "gym/Ann"), ("gym/b", 2, "gym/Ann"), ("gym/a", 1, "gym/Bob"),
    ]  # fmt: skip
    assert len(findings) == 0


def test_labels_by_frame(tmp_path):
    write(tmp_path / "labels.csv", ["frame", "exercise"], [[0, "Squat"], [1, "squat"], [2, "hopping"]])
    labels = read_labels(tmp_path / "labels.csv", {})
    path = write(tmp_path / "a.csv", ["frame", *by_number()], [row[1:2] + row[3:] for row in table(bodies())])
    (track,), findings, reader = read(path, labels=labels, size=SIZE)
    assert track.source == "a"
    assert track.labels == ("squat", "squat", "other:hopping", "")
    assert "frames without a label in" in findings.lines()[0]
    assert any("hopping" in remark for remark in reader.remarks())


def test_files_without_labels_and_columns_that_are_not_there_are_named(tmp_path):
    path = write(tmp_path / "a.csv", ["frame", *by_number()], [row[1:2] + row[3:] for row in table(bodies())])
    tracks, findings, _ = read(path, size=SIZE)
    assert tracks[0].labels == ("",) * 4
    assert "files without labels; say --labels" in findings.lines()[0]
    tracks, findings, _ = read(path, columns={"label": "class"})
    assert tracks == []
    assert "a.csv: there is no column 'class'" in findings.lines()[0]


def test_a_file_of_labels_without_labels_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"no column of labels .* 'a', 'b'"):
        read_labels(write(tmp_path / "labels.csv", ["a", "b"], [[1, 2]]), {})
    with pytest.raises(ConfigError, match="no such file"):
        read_labels(tmp_path / "none.csv", {})


def test_times_of_the_file_are_used(tmp_path):
    header = [*HEADER, "timestamp"]
    rows = [[*row, 1000.0 + 40 * frame] for frame, row in enumerate(table(bodies()))]
    rows[3][-1] = rows[2][-1]
    (track,), findings, _ = read(write(tmp_path / "a.csv", header, rows), size=SIZE)
    np.testing.assert_allclose(track.times, [0, 0.04, 0.08])
    assert any("milliseconds" in kind for kind in findings)
    assert any("not later" in kind for kind in findings)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        ("12.0", 12),
        ("frame_0012.jpg", 12),
        ("v2_f3.mp4", 3),
        ("x", None),
        ("", None),
        ("nan", None),
        ("inf", None),
    ],
)
def test_frame_numbers(text, number):
    assert frame_number(text) == number


def test_features_are_those_of_the_posture(tmp_path):
    (track,), _, _ = read(write(tmp_path / "a.csv", HEADER, table(bodies())), size=SIZE)
    angles = frame_rows(track.landmarks, track.world)[0, BLOCKS["angles"]] * 180
    # Arms hang, legs are straight.
    assert angles == pytest.approx(np.zeros(8), abs=12)

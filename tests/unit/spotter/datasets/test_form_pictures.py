import csv

import cv2
import numpy as np
import pytest

from core.errors import ConfigError, OutputError
from spotter.datasets.form_pictures import COLUMNS, FormFolder, angle_drawn
from training.dataset.form_labels import CORRECT, INCORRECT, LabelledRep, Moment, Seen

WIDTH, HEIGHT = 320, 240


def seen(person=1, count=20):
    random = np.random.default_rng(person)
    landmarks = np.ones((count, 33, 4), np.float32)
    landmarks[..., :2] = random.uniform(40, 200, (33, 2))
    world = np.tile(random.normal(size=(33, 3)), (count, 1, 1)).astype(np.float32)
    return Seen(person, np.arange(100, 100 + count), np.arange(count) / 10, landmarks, world)


def moment(row, label=CORRECT, rule="knee at most 90 in the middle", person=1):
    return Moment(person, row, 100 + row, row / 10, "knee", 1, 87.4, label, rule)


REPS = [
    LabelledRep(1, 1, 0.2, 0.8, (moment(5), moment(8, INCORRECT, "knee at least 160 at the ends"))),
    LabelledRep(1, 2, 0.8, 1.4, (moment(8, INCORRECT, "knee at least 160 at the ends"), moment(12))),
    LabelledRep(1, 3, 1.4, 1.9, ()),
]


def frames(count=20):
    for number in range(count):
        yield 100 + number, number / 10, np.full((HEIGHT, WIDTH, 3), 90, np.uint8)


def rows(folder):
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_labelled_frames_are_written_once(tmp_path):
    with FormFolder(tmp_path / "form", "squat", draw=True) as folder:
        folder.add_frames("a.mp4", "a", REPS, [seen()], frames)
    assert folder.counts == {CORRECT: 2, INCORRECT: 1}
    told = rows(tmp_path / "form")
    assert tuple(told[0]) == COLUMNS
    assert told[1] == {
        "source": "a.mp4", "person": "1", "frame": "108", "time_s": "0.800", "exercise": "squat",
        "joint": "right knee", "angle_deg": "87.4", "label": "incorrect", "rule": "knee at least 160 at the ends",
        "file": "incorrect/a_p1_f000108.jpg",
    }  # fmt: skip
    for row in told:
        picture = cv2.imread(str(tmp_path / "form" / row["file"]))
        assert picture.shape == (HEIGHT, WIDTH, 3)
        assert picture.std() > 5
    assert sorted(path.name for path in (tmp_path / "form" / "correct").iterdir()) == [
        "a_p1_f000105.jpg", "a_p1_f000112.jpg",
    ]  # fmt: skip


def test_plain_frames_are_as_they_were(tmp_path):
    with FormFolder(tmp_path / "form", "squat", draw=False) as folder:
        folder.add_frames("a.mp4", "a", REPS, [seen()], frames)
    assert cv2.imread(str(tmp_path / "form" / rows(tmp_path / "form")[0]["file"])).std() < 1


def test_two_people_in_one_frame_are_both_written(tmp_path):
    reps = [REPS[0], LabelledRep(2, 1, 0.2, 0.8, (moment(5, person=2),))]
    with FormFolder(tmp_path / "form", "squat", draw=True) as folder:
        folder.add_frames("a.mp4", "a", reps, [seen(1), seen(2)], frames)
    assert [row["file"] for row in rows(tmp_path / "form") if row["frame"] == "105"] == [
        "correct/a_p1_f000105.jpg", "correct/a_p2_f000105.jpg",
    ]  # fmt: skip


def test_repetitions_become_clips(tmp_path):
    with FormFolder(tmp_path / "form", "squat", draw=True) as folder:
        folder.add_clips("a.mp4", "a", REPS, [seen()], frames, 10.0)
    assert [row["file"] for row in rows(tmp_path / "form")] == [
        "incorrect/a_p1_rep001.mp4", "incorrect/a_p1_rep002.mp4",
    ]  # fmt: skip
    clip = cv2.VideoCapture(str(tmp_path / "form" / "incorrect" / "a_p1_rep001.mp4"))
    # From 0.2 s before the repetition to 0.2 s after it.
    assert round(clip.get(cv2.CAP_PROP_FRAME_COUNT)) == pytest.approx(11, abs=1)
    assert clip.read()[1].shape == (HEIGHT, WIDTH, 3)
    clip.release()


def test_a_folder_with_labels_is_refused(tmp_path):
    (tmp_path / "labels.csv").touch()
    with pytest.raises(ConfigError, match=r"labels\.csv: exists already"):
        FormFolder(tmp_path, "squat", draw=True)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="file"):
        FormFolder(tmp_path / "file" / "form", "squat", draw=True)


def test_a_failure_without_a_label_leaves_no_file_of_labels(tmp_path):
    with FormFolder(tmp_path, "squat", draw=True) as folder:
        folder.__exit__(ValueError, ValueError(), None)
        assert not (tmp_path / "labels.csv").exists()


def test_a_failure_keeps_the_labels_so_far(tmp_path):
    with FormFolder(tmp_path, "squat", draw=True) as folder:
        folder.add_frames("a.mp4", "a", REPS, [seen()], frames)
        folder.__exit__(ValueError, ValueError(), None)
        assert len(rows(tmp_path)) == 3


def test_the_angle_stands_in_the_picture_and_the_frame_stays():
    frame = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    picture = angle_drawn(frame, seen().landmarks[0], moment(0))
    assert (frame == 90).all()
    corner = seen().landmarks[0, 26, :2].round().astype(int)
    around = picture[corner[1] - 5 : corner[1] + 6, corner[0] - 5 : corner[0] + 6]
    assert np.ptp(around.reshape(-1, 3).astype(int), axis=0).max() > 100


def test_the_picture_does_not_tell_the_label():
    frame = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    landmarks = seen().landmarks[0]
    right, wrong = (angle_drawn(frame, landmarks, moment(0, label)) for label in (CORRECT, INCORRECT))
    np.testing.assert_array_equal(right, wrong)


@pytest.mark.parametrize("where", [-1e7, 1e7, 0.0])
def test_joints_far_outside_of_the_picture_do_no_harm(where):
    landmarks = seen().landmarks[0].copy()
    landmarks[[24, 26, 28], :2] = where
    assert angle_drawn(np.zeros((HEIGHT, WIDTH, 3), np.uint8), landmarks, moment(0)).shape == (240, 320, 3)

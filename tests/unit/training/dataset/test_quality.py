import dataclasses
import json
import zlib

import cv2
import numpy as np
import pytest

from core.errors import OutputError
from training.classes import CLASSES
from training.dataset.landmarks import Track
from training.dataset.quality import as_document, examine
from training.dataset.quality_plots import draw_plots


def track(source="r1", group="g1", labels="squat", frames=30, rate=10.0, seed=None, **changes):
    random = np.random.default_rng(zlib.crc32(source.encode()) if seed is None else seed)
    landmarks = random.random((frames, 33, 4)).astype(np.float32)
    landmarks[..., 3] = 0.8
    return dataclasses.replace(
        Track(
            source=source,
            group=group,
            person=1,
            frames=np.arange(frames, dtype=np.int32),
            times=np.arange(frames) / rate,
            labels=(labels,) * frames if isinstance(labels, str) else labels,
            landmarks=landmarks,
            world=random.random((frames, 33, 3)).astype(np.float32),
            view="side",
            width=640,
            height=480,
        ),
        **changes,
    )


def test_classes_are_counted():
    quality = examine(
        [
            track("a", "g1"),
            track("b", "g1", labels=("squat",) * 10 + ("",) * 20),
            track("c", "g2", labels="other:hop", synthetic=True),
            track("d", "g3", labels="other:run", frames=60),
        ]
    )
    squat = quality.classes["squat"]
    assert (squat.tracks, squat.recordings, squat.groups, squat.frames) == (2, 2, 1, 40)
    assert squat.seconds == pytest.approx(4.0)
    assert squat.visibility == pytest.approx(0.8)
    assert list(quality.classes) == ["squat", "other", ""]
    assert list(quality.others) == ["run", "hop"]
    assert quality.classes["other"].synthetic_seconds == pytest.approx(3.0)
    assert (quality.tracks, quality.recordings, quality.groups, quality.frames) == (4, 4, 3, 150)
    assert quality.problems == []
    assert set(quality.missing) == set(CLASSES) - {"squat", "other"}
    assert any("single group" in remark and "squat" in remark for remark in quality.remarks)


def test_people_and_views_are_counted():
    tracks = [track("a"), track("a", person=2, seed=1, view="front"), track("b", view="")]
    quality = examine(tracks)
    assert quality.people == {1: 1, 2: 1}
    lasting = {"squat": pytest.approx(3.0)}
    assert quality.views == {"": lasting, "front": lasting, "side": lasting}


def test_a_few_unusable_frames_are_remarked_on_and_many_are_a_problem():
    spoiled = track("a")
    spoiled.landmarks[:2, 5, 0] = np.nan
    quality = examine([spoiled, track("b")])
    assert quality.unusable == quality.classes["squat"].unusable == 2
    assert quality.classes["squat"].visibility == pytest.approx(0.8)
    assert quality.problems == []
    assert any("no numbers: 2" in remark for remark in quality.remarks)
    spoiled.world[:20] = np.nan
    assert any("no numbers: 20" in problem for problem in examine([spoiled, track("b")]).problems)
    spoiled.world[:] = np.nan
    assert any("without a frame that is all numbers: 1 (first: a person 1)" in p for p in examine([spoiled]).problems)


@pytest.mark.parametrize(
    ("tracks", "problem"),
    [
        ([track("a", "g1", seed=1), track("b", "g2", seed=1)], "landmarks of another group"),
        ([track("a", "g1", seed=1), track("a", "g2", seed=2)], "several groups: 1 (first: a: g1, g2)"),
        ([track(times=np.zeros(30))], "do not increase"),
        ([track(labels="Squat")], "'Squat' in r1 person 1, read as squat"),
        ([track(labels="squatt")], "'squatt' in r1 person 1, read as other"),
        ([], "nothing to train on"),
    ],
)
def test_problems_are_named(tracks, problem):
    problems = examine(tracks).problems
    assert len(problems) == 1
    assert problem in problems[0]


def test_copies_in_one_group_slow_tracks_and_single_frames_are_remarked_on():
    quality = examine(
        [
            track("a", seed=1), track("b", seed=1), track("slow", rate=2.0), track("one", frames=1),
            track("bare", width=0),
        ]
    )  # fmt: skip
    assert quality.problems == []
    text = "\n".join(quality.remarks)
    for part in ("another one of their group", "fewer than 5 frames", "single frame", "size of the picture"):
        assert part in text


def test_the_document_is_json_without_holes():
    hidden = track("a")
    hidden.world[:] = np.nan
    document = as_document(examine([hidden, track("b", labels="")]))
    text = json.loads(json.dumps(document, allow_nan=False))
    assert text["classes"]["squat"]["visibility"] is None
    assert text["classes"]["(no label)"]["frames"] == 30
    assert text["tracks_by_rate_hz"]["10-14"] == 2
    assert text["track_seconds"]["p50"] == pytest.approx(3.0)
    assert json.dumps(as_document(examine([])), allow_nan=False)


@pytest.mark.parametrize("tracks", [[], [track("a", view="a $ view"), track("b", synthetic=True, labels="plank")]])
def test_pictures_are_drawn(tmp_path, tracks):
    for path in draw_plots(examine(tracks), tmp_path):
        picture = cv2.imread(str(path))
        assert picture is not None
        assert picture.std() > 5
    with pytest.raises(OutputError, match="cannot be written"):
        draw_plots(examine([]), tmp_path / "none")


def test_more_views_than_columns_are_joined(tmp_path):
    quality = examine([track(f"r{number}", view=f"camera {number}") for number in range(30)])
    assert draw_plots(quality, tmp_path)[2].stat().st_size > 5000

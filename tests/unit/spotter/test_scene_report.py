"""The tables of scored scenes."""

import io

import numpy as np
import pytest
from rich.console import Console

from spotter.scene_evaluation import CameraScore, SceneScore
from spotter.scene_report import (
    COLUMNS,
    Row,
    Target,
    at_most,
    cells,
    failures,
    heading,
    markdown,
    print_score,
    remarks,
    sections,
)
from training.scoring.detection import PointErrors, Sighted
from training.scoring.intervals import Figure
from training.scoring.matching import FramePairs
from training.scoring.sets import IdleScore, JudgedRep, SetScore

FRAMES = 30


def set_score(camera, counted=8, named="squat", hold_s=None, held_s=0.0, exercise="squat", number=1):
    judged = (JudgedRep(frozenset({"shallow"}), frozenset({"shallow"}), frozenset()),)
    true = 0 if hold_s else 8
    return SetScore(
        (camera, number), true, counted, min(counted, true), exercise, named, (0.1,), judged, hold_s, held_s
    )


def camera_score(name="cam-1", sets=None, found=True):
    pair = FramePairs(np.array([1, 2]), np.array([7, 8]), np.eye(2) * (0.9 if found else 0.2))
    clusters = tuple((name, 1 + at % 2) for at in range(2 * FRAMES))
    people = Sighted(
        clusters,
        np.tile([120.0, 200.0], FRAMES),
        ("squat", "idle") * FRAMES,
        np.ones(2 * FRAMES, np.bool_),
        np.full(2 * FRAMES, found),
        np.full(2 * FRAMES, found),
    )
    points = PointErrors(clusters, np.full(2 * FRAMES, 3.0), np.full(2 * FRAMES, 0.05))
    idle = [IdleScore((name, 1), 0.5, 3, ("row",)), IdleScore((name, 2), 0.5, 0, ())]
    sets = [set_score(name)] if sets is None else sets
    return CameraScore(name, FRAMES, 10.0, 2, people, points, [pair] * FRAMES, sets, idle, 1, 4)


def scene_score(*cameras):
    return SceneScore("made-up", 3, 20.0, 2, list(cameras or (camera_score(),)))


def rows(score, seed=0):
    return {row.name: row for section in sections(score, seed) for row in section.rows}


def test_a_target_is_met_at_its_bound():
    assert Target(0.9).is_met(0.9)
    assert not Target(0.9).is_met(0.899)
    assert at_most(2).is_met(2)
    assert not at_most(2).is_met(2.1)
    assert not Target(0.9).is_met(float("nan"))
    assert (str(Target(0.9)), str(at_most(2))) == ("≥ 0.9", "≤ 2")


def test_a_line_has_value_interval_n_seed_target_and_the_word():
    line = cells(Row("exact", Figure(0.8, 0.7, 0.9, 12, 5, 4), "sets", Target(0.9)))
    assert line == ("exact", "0.800", "0.700 to 0.900", "12 sets", "5", "4", "≥ 0.9 MISSED", "synthetic")


def test_what_was_not_measured_says_so():
    nan = float("nan")
    line = cells(Row("exact", Figure(nan, nan, nan, 0, 0, 0), "sets", Target(0.9)))
    assert line[1:4] == ("-", "-", "0 sets")
    assert line[6] == "≥ 0.9 not measured"


def test_every_figure_of_the_scene_is_there():
    score = scene_score(camera_score("cam-1"), camera_score("cam-2"))
    told = rows(score)
    values = {name: row.figure.value for name, row in told.items()}
    assert values["recall, 100-150 px, unoccluded"] == 1.0
    assert values["recall, 150-250 px, unoccluded"] == 1.0
    assert values["precision"] == 1.0
    assert values["PCK@0.2 of the torso"] == 1.0
    assert values["median error, px"] == pytest.approx(3.0)
    assert values["IDF1 in one camera"] == 1.0
    assert values["IDF1, cam-2"] == 1.0
    assert values["HOTA in one camera"] == pytest.approx(18 / 19)
    assert values["exact"] == 1.0
    assert values["latency p50, s"] == pytest.approx(0.1)
    assert values["phantom repetitions per idle person-hour"] == pytest.approx(3.0)
    assert values["squat: exact"] == 1.0
    assert values["idle: recall"] == 1.0
    assert values["shallow: recall"] == 1.0


def test_numbers_of_cameras_are_their_own_so_that_identity_across_them_is_half():
    told = rows(scene_score(camera_score("cam-1"), camera_score("cam-2")))
    assert told["IDF1 across cameras"].figure.value == pytest.approx(0.5)
    assert "IDF1 across cameras" not in rows(scene_score())


def test_a_scene_in_which_nothing_is_found_is_told_in_full():
    told = rows(scene_score(camera_score(found=False, sets=[])))
    assert told["recall, all"].figure.value == 0.0
    assert told["IDF1 in one camera"].figure.value == 0.0
    assert np.isnan(told["exact"].figure.value)


def test_the_seed_reaches_every_figure():
    assert {row.figure.seed for row in rows(scene_score(), seed=6).values()} == {6}


def test_failures_are_listed_worst_first():
    sets = [
        set_score("cam-1"),
        set_score("cam-1", counted=7),
        set_score("cam-1", counted=0, named="nothing", number=2),
        set_score("cam-1", 0, "nothing", hold_s=20.0, held_s=3.5, exercise="plank"),
    ]
    assert failures(scene_score(camera_score(sets=sets))) == [
        "cam-1, person 2: squat, 8 repetitions: 0 counted, named nothing (synthetic)",
        "cam-1, person 1: squat, 8 repetitions: 7 counted, named squat (synthetic)",
        "cam-1, person 1: plank, held 20.0 s: 3.5 s found, named nothing (synthetic)",
    ]


def test_what_is_left_out_is_said():
    unseen, nobodys, numbers = remarks(scene_score(camera_score("cam-1"), camera_score("cam-2")))
    assert unseen.startswith("2 sets are not scored")
    assert nobodys.startswith("8 repetitions were counted of nobody")
    assert numbers.endswith("cam-1: 2, cam-2: 2.")


def test_the_page_says_synthetic_in_every_line_with_a_figure():
    text = markdown([scene_score(camera_score(sets=[set_score("cam-1", counted=7)]))], 0)
    measured = text.split("## Scene")[1].splitlines()
    lines = [line for line in measured if any(char.isdigit() for char in line) and not line.startswith("| figure |")]
    assert len(lines) > 20
    assert [line for line in lines if "synthetic" not in line] == []
    assert f"## {heading(scene_score())}" in text
    assert "1 of 1 sets (synthetic):" in text


def test_every_line_of_a_table_has_all_columns():
    text = markdown([scene_score()], 0)
    figures = text.split("### Which exercise")[0]
    lines = [line for line in figures.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in lines} == {len(COLUMNS) + 1}


def test_the_page_shows_which_exercise_was_named_how():
    text = markdown([scene_score(camera_score(sets=[set_score("cam-1", named="lunge")]))], 0)
    assert "| performed | lunge | row | n | data |" in text
    assert "| squat | 1 |  | 1 | synthetic |" in text
    assert "| idle |  | 1 | 1 | synthetic |" in text


def test_long_lists_of_failures_are_cut_and_counted():
    sets = [set_score("cam-1", counted=0, number=number) for number in range(50)]
    text = markdown([scene_score(camera_score(sets=sets))], 0)
    assert "50 of 50 sets (synthetic):" in text
    assert "- ... and 10 more" in text


def test_a_scene_without_failures_says_none():
    assert "None.\n" in markdown([scene_score()], 0)


def test_the_screen_shows_the_same_figures():
    console = Console(file=io.StringIO(), width=160)
    print_score(console, scene_score(), 0)
    text = console.file.getvalue()
    assert heading(scene_score()) in text
    for name in rows(scene_score()):
        assert name in text
    assert "synthetic: idle named row: 1 of 1" in text

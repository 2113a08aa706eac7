import dataclasses
from functools import cache

import numpy as np
import pytest
from drawn_people import frames, performance

from core.errors import ConfigError
from ingest.rehearsal.script import Train
from training.dataset.form_labels import (
    CORRECT,
    INCORRECT,
    RANGES,
    LabelledRep,
    Moment,
    Seen,
    better_side,
    between_limbs,
    check_judgeable,
    joint_to_draw,
    label_person,
)
from workers.exercise.catalogue import Catalogue, load_catalogue
from workers.exercise.results import ExerciseSet, FormVerdict, ProgressTrace, Rep
from workers.exercise.trainee import Trainee

EXERCISES = load_catalogue().exercises


@cache
def drawn(name, range_=1.0):
    """What is seen of a drawn person who does three repetitions."""
    rows = list(frames(performance(Train(name, 3, range_=range_)), fps=12.0))
    times, landmarks, world = (np.array(column) for column in zip(*rows, strict=True))
    return Seen(1, np.arange(len(rows)), times, landmarks, world)


def sets_of(seen, name):
    trainee = Trainee(Catalogue({name: EXERCISES[name]}))
    for row in zip(seen.times.tolist(), seen.landmarks, seen.world, strict=True):
        trainee.update(*row)
    return trainee.finish()


def labelled(name, range_=1.0):
    """Repetitions of a drawn person, labelled, and what was seen."""
    seen = drawn(name, range_)
    return label_person(seen, sets_of(seen, name), EXERCISES[name]), seen


@pytest.mark.parametrize("name", ["squat", "push_up"])
def test_full_repetitions_are_correct_where_they_turn(name):
    reps, seen = labelled(name)
    assert [rep.label for rep in reps] == [CORRECT] * 3
    joint = RANGES[name][0].joint
    for rep in reps:
        assert {moment.rule for moment in rep.moments} == {limit.rule for limit in RANGES[name]}
        for moment in rep.moments:
            assert (moment.label, moment.joint, moment.person) == (CORRECT, joint, 1)
            assert moment.frame == moment.row
            assert moment.time_s == seen.times[moment.row]
            assert moment.angle_deg <= 90 or moment.angle_deg >= 160


def test_shallow_squats_are_incorrect_in_the_middle_alone():
    reps, _ = labelled("squat", range_=0.28)
    assert [rep.label for rep in reps] == [INCORRECT] * 3
    for rep in reps:
        wrong = [moment for moment in rep.moments if moment.label == INCORRECT]
        assert {moment.rule for moment in wrong} == {"knee at most 90 in the middle"}
        assert all(moment.angle_deg >= 105 for moment in wrong)


def test_what_is_hardly_seen_gets_no_label():
    seen = drawn("squat")
    hidden = seen.landmarks.copy()
    hidden[:, :, 3] = 0.4
    reps = label_person(dataclasses.replace(seen, landmarks=hidden), sets_of(seen, "squat"), EXERCISES["squat"])
    assert [rep.moments for rep in reps] == [()] * 3


def test_frames_around_a_turn_count_only_while_they_are_near():
    seen = drawn("squat")
    sets = sets_of(seen, "squat")
    few, many = (
        sum(len(rep.moments) for rep in label_person(seen, sets, EXERCISES["squat"], near)) for near in (0.0, 8.0)
    )
    # A middle and two ends each.
    assert few == 9
    assert many > 1.5 * few


def standing(count=50):
    times = np.arange(count) / 10
    rows = list(frames(performance(Train("squat", 1)), fps=10.0))[:count]
    landmarks, world = (np.array([row[at] for row in rows]) for at in (1, 2))
    return Seen(4, np.arange(count), times[: len(rows)], landmarks, world)


def done(name, verdicts, **changes):
    trace = ProgressTrace((0.0, 1.0, 1.5, 2.0), (5.0, 30.0, 90.0, 5.0), "°")
    rep = Rep(0.5, 2.0, 2.0, 80.0, tentative=False, verdicts=verdicts)
    return ExerciseSet(name, 0.9, 0.0, 4.0, **({"reps": [rep], "trace": trace} | changes))


OK, FAULT = FormVerdict("shallow", "ok", ""), FormVerdict("leaning forward", "fault", "Keep your torso upright")
UNSURE = FormVerdict("shallow", "cannot tell", "")


@pytest.mark.parametrize(
    ("verdicts", "label", "rule"),
    [((OK, FAULT), INCORRECT, "leaning forward"), ((OK, UNSURE), CORRECT, "not shallow"), ((UNSURE,), "", None)],
)
def test_other_exercises_go_by_the_form_rules(verdicts, label, rule):
    (rep,) = label_person(standing(), [done("lunge", verdicts)], EXERCISES["lunge"])
    assert (rep.person, rep.number, rep.label) == (4, 1, label)
    # At the far end of the signal.
    assert [(moment.time_s, moment.rule) for moment in rep.moments] == ([(1.5, rule)] if rule else [])


def test_held_positions_give_a_moment_a_second():
    hold = done("plank", (), reps=[], hold_s=3.0, hold_verdicts=(FormVerdict("hips sag", "fault", "Up"),), trace=None)
    hold.end_s = 3.0
    (rep,) = label_person(standing(), [hold], EXERCISES["plank"])
    assert [moment.time_s for moment in rep.moments] == pytest.approx([0.5, 1.5, 2.5])
    assert rep.label == INCORRECT


def test_other_exercises_and_doubtful_repetitions_are_left_out():
    doubtful = done("lunge", (OK,))
    doubtful.reps = [dataclasses.replace(doubtful.reps[0], tentative=True)]
    assert label_person(standing(), [done("squat", (OK,)), doubtful], EXERCISES["lunge"]) == []


def test_the_label_of_a_repetition_needs_every_rule():
    moment = Moment(1, 0, 0, 0.0, "elbow", 0, 170.0, CORRECT, "elbow at least 160 at the ends")
    wrong = dataclasses.replace(moment, label=INCORRECT, rule="elbow at most 90 in the middle")
    assert LabelledRep(1, 1, 0, 1, (moment,), 2).label == ""
    assert LabelledRep(1, 1, 0, 1, (moment, dataclasses.replace(wrong, label=CORRECT)), 2).label == CORRECT
    assert LabelledRep(1, 1, 0, 1, (moment, wrong), 2).label == INCORRECT
    assert LabelledRep(1, 1, 0, 1, (), 1).label == ""


def test_an_angle_range_leaves_out_what_is_close():
    bottom, top = RANGES["push_up"]
    assert [bottom.label(angle) for angle in (60, 90, 100, 105, 150)] == [CORRECT, CORRECT, "", INCORRECT, INCORRECT]
    assert [top.label(angle) for angle in (179, 160, 150, 145)] == [CORRECT, CORRECT, "", INCORRECT]


def test_angles_are_those_between_the_limbs():
    world = np.zeros((1, 33, 3), np.float32)
    world[0, [11, 13, 15]] = [0, 0, 0], [0, 1, 0], [1, 1, 0]
    world[0, 23] = [0, 2, 0]
    angles = between_limbs(world)
    assert angles.shape == (1, 4, 2)
    assert angles[0, 0, 0] == pytest.approx(90)
    assert angles[0, 1, 0] == pytest.approx(0, abs=1e-3)


def test_the_better_seen_side_is_taken():
    landmarks = np.ones((33, 4), np.float32)
    landmarks[15, 3] = 0.4
    assert better_side(landmarks, "elbow") == (1, 1.0)
    landmarks[16, 3] = 0.2
    assert better_side(landmarks, "elbow") == (0, pytest.approx(0.4))


@pytest.mark.parametrize(
    ("name", "rule", "joint"),
    [
        ("lunge", "shallow", "knee"), ("lunge", "leaning forward", "knee"), ("sit_up", "half way", "hip"),
        ("clean_and_jerk", "no lock-out", "elbow"), ("shoulder_press", "no lock-out", "elbow"),
        ("plank", "hips sag", "hip"), ("row", "swinging", "elbow"),
    ],
)  # fmt: skip
def test_the_angle_of_the_rule_s_joint_is_drawn(name, rule, joint):
    assert joint_to_draw(EXERCISES[name], FormVerdict(rule, "ok", "")) == joint


def test_an_exercise_without_rules_is_refused():
    with pytest.raises(ConfigError, match="jump_rope: the catalogue has no form rule"):
        check_judgeable(EXERCISES["jump_rope"])
    for name in set(EXERCISES) - {"jump_rope"}:
        check_judgeable(EXERCISES[name])

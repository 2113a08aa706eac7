"""What the counter of one person does with frames that are late, empty, few or many."""

import numpy as np
import pytest
from drawn_people import counts, frames, performance, trained

from ingest.rehearsal.script import Rest, Train
from workers.exercise.catalogue import load_catalogue
from workers.exercise.trainee import Status, Trainee

SQUATS = tuple(frames(performance(Rest(1.0), Train("squat", 3, tempo_s=2.0, facing=215.0), Rest(1.0)), 12.0))


def test_nobody_seen_is_nothing_done() -> None:
    trainee = Trainee(load_catalogue())
    assert trainee.status() == Status("", 0, 0, "")
    assert trainee.finish() == []


def test_seen_for_one_frame() -> None:
    assert trained(SQUATS[:1]) == []


def test_one_frame_a_second_counts_nothing_and_breaks_nothing() -> None:
    assert counts(trained(SQUATS[::12])) == []


def test_frames_that_come_twice_or_late_change_nothing() -> None:
    late = [frame for pair in zip(SQUATS, SQUATS, (SQUATS[0], *SQUATS), strict=False) for frame in pair]
    assert trained(late) == trained(SQUATS)


def test_landmarks_that_are_no_numbers_are_passed_over() -> None:
    broken = []
    for number, (time_s, landmarks, world) in enumerate(SQUATS):
        bad = world.copy()
        bad[25] = (np.nan, np.inf)[number % 2]
        broken += [(time_s, landmarks, world)] if number % 7 else [(time_s, landmarks, bad)]
    assert counts(trained(broken)) == [("squat", 3)]


def test_hidden_legs_are_not_guessed() -> None:
    hidden = []
    for time_s, landmarks, world in SQUATS:
        legless = landmarks.copy()
        legless[25:33, 3] = 0.05
        hidden.append((time_s, legless, world))
    assert "squat" not in dict(counts(trained(hidden)))


def test_repetitions_come_up_one_by_one_and_stay() -> None:
    trainee = Trainee(load_catalogue())
    shown = []
    for time_s, landmarks, world in SQUATS:
        trainee.update(time_s, landmarks, world)
        status = trainee.status()
        shown.append(status.reps + status.tentative)
    assert shown == sorted(shown)
    assert set(shown) == {0, 1, 2, 3}
    assert trainee.status().exercise == "squat"
    assert (trainee.status().cue, trainee.status().hold_s) == ("", None)


def test_the_cue_is_that_of_the_last_repetition() -> None:
    trainee = Trainee(load_catalogue())
    shallow = performance(Rest(1.0), Train("squat", 3, range_=0.3, facing=215.0), Rest(1.0))
    for frame in frames(shallow, 12.0):
        trainee.update(*frame)
    assert trainee.status().cue == "Lower your hips below your knees"


def test_what_was_counted_before_a_frame_does_not_depend_on_it() -> None:
    trainee, known = Trainee(load_catalogue()), []
    for frame in SQUATS:
        trainee.update(*frame)
        known.append(trainee.sets())
    cut = len(SQUATS) * 2 // 3
    other = Trainee(load_catalogue())
    for frame in SQUATS[: cut + 1]:
        other.update(*frame)
    assert other.sets() == known[cut]


def test_the_trace_shows_the_signal_of_the_set_with_its_unit() -> None:
    [found] = trained(SQUATS)
    assert found.trace is not None
    assert found.trace.unit == "°"
    assert len(found.trace.time_s) == len(found.trace.value)
    assert found.trace.time_s[0] <= found.start_s
    assert found.trace.time_s[-1] >= found.end_s
    assert max(found.trace.value) == pytest.approx(125, abs=15)


def test_a_long_set_is_counted_to_its_end_and_its_features_are_forgotten() -> None:
    performed = performance(Rest(1.0), Train("jumping_jack", 90, facing=180.0), Rest(1.0))
    trainee = Trainee(load_catalogue())
    kept = []
    for frame in frames(performed, 8.0):
        trainee.update(*frame)
        kept.append(len(trainee._history.times))
    [found] = trainee.finish()
    assert counts([found]) == [("jumping_jack", 90)]
    assert [rep.end_s for rep in found.reps] == pytest.approx(performed.sets[0].rep_end_s, abs=0.6)
    assert max(kept) < 75 * 8
    assert found.trace is not None
    steps = np.diff(found.trace.time_s)
    assert steps == pytest.approx(np.full(len(steps), 1 / 8), abs=1e-6)
    assert found.trace.time_s[-1] - found.trace.time_s[0] > performed.sets[0].end_s - performed.sets[0].start_s

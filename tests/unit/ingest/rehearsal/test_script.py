import numpy as np
import pytest

from core.errors import ConfigError
from ingest.rehearsal.equipment import DECK_HEIGHT_M
from ingest.rehearsal.scene_file import load_scene
from ingest.rehearsal.script import (
    Hold,
    Idle,
    Leave,
    Performance,
    Performer,
    Rest,
    Spot,
    Train,
    Walk,
    demo_performers,
)  # fmt: skip


def _performance(*actions, facing=180.0):
    return Performance(Performer((0.0, 0.0), facing, actions), seed=5)


def test_every_repetition_has_its_end_and_its_tempo():
    performance = _performance(Rest(1.0), Train("squat", 6, tempo_s=2.0, faults={3: "shallow"}))
    (done,) = performance.sets
    assert done.exercise == "squat"
    assert len(done.rep_end_s) == 6
    assert np.diff(done.rep_end_s) == pytest.approx(2.0, rel=0.13)
    assert done.faults == {3: "shallow"}
    assert done.start_s > 1.0
    assert done.end_s == done.rep_end_s[-1] < performance.duration_s


def test_the_truth_is_when_the_body_is_back():
    performance = _performance(Train("squat", 4))
    (done,) = performance.sets
    upright = performance.body(0.0)[0].landmarks[23, 2]
    begin = done.start_s
    for end in done.rep_end_s:
        heights = [performance.body(t)[0].landmarks[23, 2] for t in np.linspace(begin, end, 40)]
        assert min(heights) < upright - 0.3
        assert heights[-1] == pytest.approx(upright, abs=0.005)
        begin = end


@pytest.mark.parametrize("performer", demo_performers())
def test_nobody_jumps_from_one_place_to_another(performer):
    performance = Performance(performer, seed=1)
    times = np.arange(0, performance.duration_s, 0.04)
    seen = np.array([performance.body(t)[0].landmarks for t in times])
    speed_m_s = np.linalg.norm(np.diff(seen, axis=0), axis=2) / 0.04
    assert speed_m_s.max() < 6.0


def test_a_walk_ends_where_it_should_and_faces_its_way():
    performance = _performance(Walk((2.0, 0.0)))
    there = performance.body(performance.duration_s)[0].landmarks
    # The feet are about the place, the balls of them on it.
    assert there[31:33, :2].mean(axis=0) == pytest.approx([2.0, 0.0], abs=0.06)
    half_way = performance.body(performance.duration_s / 2)[0].landmarks
    assert half_way[0, 0] > half_way[7:9, 0].mean()


def test_after_the_last_action_the_last_posture_stays():
    performance = _performance(Train("biceps_curl", 1))
    end = performance.duration_s
    np.testing.assert_array_equal(performance.body(end)[0].landmarks, performance.body(end + 9)[0].landmarks)


def test_dumbbells_are_held_for_the_exercise_that_has_them():
    performance = _performance(Rest(1.0), Train("biceps_curl", 1), Rest(1.0))
    (done,) = performance.sets
    assert not performance.body(0.5)[1]
    assert performance.body((done.start_s + done.end_s) / 2)[1]
    assert not performance.body(performance.duration_s)[1]


def test_alternating_sides_count_one_each():
    performance = _performance(Train("biceps_curl", 4, alternating=True))
    (done,) = performance.sets
    begins = [done.start_s, *done.rep_end_s]
    higher = []
    for begin, end in zip(begins, done.rep_end_s, strict=False):
        p = performance.body((begin + end) / 2)[0].landmarks
        higher.append(int(p[16, 2] > p[15, 2]))
    assert higher == [0, 1, 0, 1]


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (Train("juggling", 3), "knows no exercise 'juggling'"),
        (Train("squat", 0), "0 repetitions"),
        (Train("squat", 3, tempo_s=-1.0), "tempo of -1.0 s"),
        (Train("squat", 3, faults={2: "bored"}), "no fault 'bored'"),
        (Train("squat", 3, faults={4: "shallow"}), "repetition 4 of squat, which has 3"),
        (Rest(0.0), "rest of 0.0 s"),
    ],
)
def test_a_script_that_makes_no_sense_is_refused(action, said):
    with pytest.raises(ConfigError, match=said):
        _performance(action)


def test_someone_without_actions_is_refused():
    with pytest.raises(ConfigError, match="no actions"):
        _performance()


def test_an_attempt_that_is_broken_off_is_no_repetition():
    performance = _performance(Train("squat", 3, tempo_s=2.0, aborted=frozenset({2})))
    (done,) = performance.sets
    assert len(done.rep_end_s) == 3
    (broken,) = done.aborted_s
    assert done.rep_end_s[0] < broken < done.rep_end_s[1]
    heights = [performance.body(t)[0].landmarks[23, 2] for t in np.linspace(done.rep_end_s[0], broken, 30)]
    whole = [performance.body(t)[0].landmarks[23, 2] for t in np.linspace(broken, done.rep_end_s[1], 30)]
    assert max(heights) - min(heights) < 0.5 * (max(whole) - min(whole))


def test_who_tires_gets_slower():
    fresh, tired = (_performance(Train("squat", 6, tempo_s=2.0, fatigue=share)).sets[0] for share in (0.0, 1.0))
    assert tired.rep_end_s[-1] - tired.rep_end_s[-2] > 1.4 * (fresh.rep_end_s[-1] - fresh.rep_end_s[-2])


def test_a_hold_lasts_as_long_as_it_should():
    performance = _performance(Hold("plank", 6.0, fault="hips_sag"))
    (done,) = performance.sets
    assert (done.hold_s, done.end_s - done.start_s, done.rep_end_s) == (6.0, pytest.approx(6.0), ())
    assert done.faults == {1: "hips_sag"}
    hips = [performance.body(t)[0].landmarks[23, 2] for t in np.linspace(done.start_s, done.end_s, 20)]
    assert max(hips) - min(hips) < 0.12


def test_who_leaves_is_gone():
    performance = _performance(Walk((1.0, 0.0)), Leave())
    assert performance.leaves_s == performance.duration_s
    assert performance.present(performance.leaves_s - 0.01)
    assert not performance.present(performance.leaves_s)


def test_a_spot_within_a_station_is_walked_to_and_left_again():
    spot = Spot("bench", (1.2, 0.5), 90.0)
    performance = _performance(Train("bench_press", 1, spot=spot), Walk((0.0, -2.0)))
    (done,) = performance.sets
    assert done.station == "bench"
    assert performance.place(done.end_s) == pytest.approx([1.2, 0.5])
    assert [each.kind for each in performance.activities if each.kind != "way"] == ["walk", "train", "walk", "walk"]
    assert performance.place(performance.duration_s) == pytest.approx([0.0, -2.0])


@pytest.mark.parametrize("person", load_scene("floor").people, ids=lambda person: person.name)
def test_nobody_on_the_floor_jumps_from_one_place_to_another(person):
    performance = Performance(person.performer, seed=1)
    times = np.arange(0, performance.duration_s, 0.05)
    seen = np.array([performance.body(t)[0].landmarks for t in times])
    speed_m_s = np.linalg.norm(np.diff(seen, axis=0), axis=2) / 0.05
    assert speed_m_s.max() < 7.0


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (Hold("squat", 5.0), "squat is not held"),
        (Hold("plank", 0.0), "plank of 0.0 s"),
        (Hold("plank", 5.0, fault="bored"), "no fault 'bored'"),
        (Train("plank", 3), "plank has no repetitions"),
        (Idle("juggling", 3.0), "no idle action 'juggling'"),
        (Idle("phone", -3.0), "phone for -3.0 s"),
    ],
)
def test_holds_and_idle_actions_that_make_no_sense_are_refused(action, said):
    with pytest.raises(ConfigError, match=said):
        _performance(action)


def test_somebody_who_walks_on_a_treadmill_walks_on_its_deck_on_the_spot():
    spot = Spot("treadmill", (1.0, 0.0), 90.0)
    performance = _performance(Walk((0.9, 0.0)), Idle("walking", 6.0, spot=spot), Walk((0.0, 0.0)))
    (walked,) = [each for each in performance.activities if each.kind == "walking"]
    bodies = [performance.body(t)[0].landmarks for t in np.linspace(walked.start_s + 0.1, walked.end_s - 0.1, 60)]
    soles = np.array([landmarks[27:33, 2].min() for landmarks in bodies])
    assert soles.min() > DECK_HEIGHT_M - 0.02
    assert soles.max() < DECK_HEIGHT_M + 0.08
    middles = np.array([landmarks[23:25, :2].mean(axis=0) for landmarks in bodies])
    assert np.linalg.norm(middles - [1.0, 0.0], axis=1).max() < 0.2
    assert np.ptp(middles, axis=0).max() < 0.05
    # The legs do walk: an ankle goes back and forth by more than a foot's length.
    ankles = np.array([landmarks[27, 0] for landmarks in bodies])
    assert np.ptp(ankles) > 0.3
    assert performance.body(performance.activities[-1].end_s)[0].landmarks[27:33, 2].min() < 0.05

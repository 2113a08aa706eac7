import numpy as np
import pytest

from core.errors import ConfigError
from ingest.rehearsal.script import Performance, Performer, Rest, Train, Walk, demo_performers


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

import pytest

from ingest.video import Recording
from spotter.analysis import PersonAnalysis, analyze_recording, worth_reporting
from workers.exercise.results import ExerciseSet


def test_every_frame_reaches_the_sinks_and_every_person_a_trainee(make_clip, finder, new_trainee):
    calls, counts = [], []

    def sink(frame, time_s, seen):
        calls.append((frame, time_s, seen))
        counts.append(seen[0].status.reps)

    with Recording(make_clip(frames=80)) as recording:
        analysis = analyze_recording(recording, "given name", finder, new_trainee, [sink])
    assert [frame.sequence for frame, _time_s, _seen in calls] == list(range(80))
    assert [len(seen) for _frame, _time_s, seen in calls] == [2, 2, *[1] * 78]
    assert calls[30][1] == pytest.approx(30 / 25)
    assert [counts[index] for index in (0, 24, 25, 79)] == [0, 0, 1, 3]
    assert analysis.source == "given name"
    assert (analysis.frames, analysis.width, analysis.height) == (80, 160, 120)
    assert analysis.duration_s == pytest.approx(3.2)
    (person,) = analysis.people
    assert (person.person, person.first_s, person.frames) == (1, 0.0, 80)
    assert person.last_s == pytest.approx(79 / 25)
    assert len(person.sets[0].reps) == 3
    assert analysis.brief_sightings == 1


def test_a_truncation_is_handed_on(make_clip, finder, new_trainee):
    path = make_clip("cut.avi", "FFV1", frames=50)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with Recording(path) as recording:
        analysis = analyze_recording(recording, "x", finder, new_trainee)
    assert "bytes are missing" in analysis.truncated
    assert 0 < analysis.frames < 50


def seen_for(number, frames, sets=()):
    return PersonAnalysis(number, 0.0, frames / 25, frames, list(sets))


def test_who_is_seen_for_a_moment_is_left_out_unless_something_was_completed():
    done = ExerciseSet("squat", 1.0, 0.0, 0.3)
    people = [seen_for(3, 13), seen_for(2, 10, [done]), seen_for(1, 12)]
    assert [person.person for person in worth_reporting(people, 25, 60)] == [2, 3]


def test_in_a_very_short_recording_half_of_it_is_no_moment():
    assert len(worth_reporting([seen_for(1, 4)], 25, 0.3)) == 1

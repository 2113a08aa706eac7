"""The live path of one camera: the same sets as over a recording, told once each, through gaps and to the end."""

import msgspec
import numpy as np
import pytest
from drawn_people import counts, frames, performance, trained
from seen_people import BLACK, UTC_NS, TrueBackend, gap, header, newest_sets, pipeline

from core.errors import WireError
from core.messages import SetChanged, TrackEnded, TrackStarted
from ingest.rehearsal.script import Rest, Train
from spotter.analysis import analyze_recording
from workers.exercise.catalogue import load_catalogue
from workers.exercise.trainee import Trainee
from workers.people.finder import PeopleFinder

SQUATS = performance(Rest(1.0), Train("squat", 5, tempo_s=1.8, facing=200.0), Rest(1.0))
CURLS = performance(Rest(1.5), Train("biceps_curl", 6, tempo_s=1.6, facing=200.0), Rest(1.0), start_m=(1.3, 0.5))
FRAMES = 12 * 14


class Played:
    """Frames without pictures, as a recording."""

    width, height, frames_read, truncated, notes, frames_per_second = 640, 480, FRAMES, None, (), 12.0
    duration_s = FRAMES / 12.0

    def __iter__(self):
        from core.frame import Frame

        return (Frame(BLACK, header(n).captured_ns, n) for n in range(FRAMES))


@pytest.fixture(scope="module")
def backend() -> TrueBackend:
    return TrueBackend(SQUATS, CURLS)


def run(live, first: int, last: int):
    observations, events = [], []
    for number in range(first, last):
        taken = live.take(header(number), BLACK)
        observations.append(taken.observation)
        events += taken.events
    return observations, events


@pytest.fixture(scope="module")
def undisturbed(backend):
    live = pipeline(backend)
    observations, events = run(live, 0, FRAMES)
    return observations, events, live.close("stopped")


def test_the_sets_are_those_of_the_same_frames_as_a_recording(backend, undisturbed) -> None:
    _, events, closing = undisturbed
    analysis = analyze_recording(Played(), "played", PeopleFinder(backend, None), lambda: Trainee(load_catalogue()))
    expected = [
        (person.person, done.exercise, [round(rep.end_s * 1e9) for rep in done.reps], round(done.start_s * 1e9))
        for person in analysis.people
        for done in person.sets
    ]
    told = [
        (
            changed.who.track,
            changed.exercise,
            [rep.ended_utc_ns - UTC_NS for rep in changed.reps],
            changed.started_utc_ns - UTC_NS,
        )
        for changed in newest_sets([*events, *closing]).values()
        if not changed.withdrawn
    ]
    assert sorted(told) == sorted(expected)
    assert sorted(len(reps) for _, _, reps, _ in told) == [5, 6]


def test_every_message_has_an_id_of_its_own_and_revisions_grow(undisturbed) -> None:
    _, events, closing = undisturbed
    everything = [*events, *closing]
    ids = [event.id for event in everything]
    assert len(set(ids)) == len(ids)
    revisions: dict = {}
    for changed in (event for event in everything if isinstance(event, SetChanged)):
        assert changed.revision > revisions.get((changed.who, changed.number), 0)
        revisions[changed.who, changed.number] = changed.revision
    assert [type(event) for event in everything].count(TrackStarted) == 2
    assert [event.reason for event in closing if isinstance(event, TrackEnded)] == ["stopped", "stopped"]
    assert all(changed.closed for changed in newest_sets(everything).values())


def test_a_set_is_told_as_it_grows_and_seldom(undisturbed) -> None:
    observations, events, _ = undisturbed
    changed = [event for event in events if isinstance(event, SetChanged)]
    reps = [len(event.reps) for event in changed if event.exercise == "squat"]
    assert reps == sorted(reps)
    assert set(reps) >= {2, 3, 4}
    assert len(changed) < 40
    shown = [person for seen in observations for person in seen.people if person.exercise == "squat"]
    assert shown[-1].set_number == 1
    assert shown[-1].reps in (4, 5)
    assert 0.0 <= shown[-1].progress <= 1.0
    assert {person.progress > 0.8 for person in shown} == {True, False}
    assert all(len(person.points) == 396 for person in shown)
    assert shown[-1].set_started_utc_ns > UTC_NS
    assert shown[-1].feet is not None


@pytest.mark.parametrize("cut", [3, 30, 61, 90, 120, 150])
def test_a_successor_goes_on_as_if_nothing_had_happened(backend, undisturbed, cut) -> None:
    observations, events, closing = undisturbed
    first = pipeline(backend)
    seen, told = run(first, 0, cut)
    checkpoint = first.checkpoint()
    second = pipeline(backend)
    second.restore(checkpoint)
    seen_later, told_later = run(second, cut, FRAMES)
    assert [*seen, *seen_later] == observations
    assert [*told, *told_later] == events
    assert second.close("stopped") == closing


def test_a_successor_that_goes_over_frames_again_tells_the_same(backend, undisturbed) -> None:
    _, events, closing = undisturbed
    first = pipeline(backend)
    _, told = run(first, 0, 80)
    checkpoint = first.checkpoint()
    _, lost = run(first, 80, 110)
    second = pipeline(backend, sender="worker:1")
    second.restore(checkpoint)
    _, again = run(second, 80, FRAMES)
    by_id = {event.id: event for event in [*told, *again, *second.close("stopped")]}
    assert {event.id: event for event in lost}.items() <= by_id.items()
    assert list(by_id.values()) == [*events, *closing]


def test_a_damaged_or_foreign_checkpoint_begins_anew(backend) -> None:
    first = pipeline(backend)
    run(first, 0, 60)
    checkpoint = first.checkpoint()
    rng = np.random.default_rng(1)
    for _ in range(50):
        damaged = bytearray(checkpoint.state)
        damaged[rng.integers(len(damaged))] ^= 1 << rng.integers(8)
        second = pipeline(backend)
        with pytest.raises(WireError):
            second.restore(
                msgspec.structs.replace(checkpoint, state=bytes(damaged[: rng.integers(1, len(damaged) + 1)]))
            )
        assert second.epoch == ""
    with pytest.raises(WireError, match="another version"):
        second.restore(msgspec.structs.replace(checkpoint, format="other"))
    assert second.take(header(60), BLACK).observation.epoch == "b1-60"


@pytest.mark.parametrize("reason", ["looped", "restarted", "ended"])
def test_a_break_ends_all_and_begins_a_new_epoch(backend, reason) -> None:
    live = pipeline(backend)
    run(live, 0, 80)
    events = live.gap(gap(80, reason))
    assert [event.reason for event in events if isinstance(event, TrackEnded)] == ["gap", "gap"]
    assert all(changed.closed for changed in newest_sets(events).values())
    assert live.take(header(80), BLACK).observation.epoch == "b1-80"
    assert live.gap(gap(80, reason)) == []


@pytest.mark.parametrize("reason", ["reconnected", "stalled", "resized"])
def test_a_short_gap_goes_on(backend, reason) -> None:
    live = pipeline(backend)
    run(live, 0, 80)
    assert live.gap(gap(80, reason)) == []
    assert live.take(header(80), BLACK).observation.epoch == "b1-0"


def test_another_run_of_ingest_is_another_epoch_even_if_nobody_said_so(backend) -> None:
    live = pipeline(backend)
    run(live, 0, 80)
    taken = live.take(header(3, boot="b2"), BLACK)
    assert [event.reason for event in taken.events if isinstance(event, TrackEnded)] == ["gap", "gap"]
    assert taken.observation.epoch == "b2-3"


@pytest.mark.parametrize(("seconds", "epoch"), [(9, "b1-0"), (11, "b1-200")])
def test_a_long_time_without_a_frame_is_a_break_whatever_was_said_of_it(backend, seconds, epoch) -> None:
    live = pipeline(backend)
    run(live, 0, 80)
    later_ns = header(79).captured_ns + seconds * 10**9
    late = msgspec.structs.replace(header(200), captured_ns=later_ns, captured_utc_ns=UTC_NS + later_ns)
    assert live.take(late, BLACK).observation.epoch == epoch


def test_a_frame_that_is_not_later_is_passed_over_and_counted(backend) -> None:
    live = pipeline(backend)
    run(live, 0, 20)
    for number in (19, 5):
        taken = live.take(header(number), BLACK)
        assert taken.observation is None
        assert taken.events == []
    assert live.passed_over == 2


def test_who_is_gone_for_longer_than_the_finder_waits_has_left() -> None:
    live = pipeline(TrueBackend(SQUATS, away=[(9.0, 99.0)]))
    events = []
    for number in range(12 * 22):
        events += live.take(header(number), BLACK).events
    [ended] = [event for event in events if isinstance(event, TrackEnded)]
    assert ended.reason == "left"
    assert 18.0 < (ended.captured_utc_ns - UTC_NS) / 1e9 < 20.0
    [squats] = newest_sets(events).values()
    assert squats.closed
    assert live.people == 0
    recorded = trained([frame for frame in frames(SQUATS, 12.0) if frame[0] < 9.0])
    assert [("squat", sum(not rep.tentative for rep in squats.reps))] == counts(recorded)

from collections.abc import Iterable
from itertools import count

import pytest
from floor_walkers import (
    DAY,
    NORTH,
    NS,
    SOUTH,
    WEST,
    Eye,
    Way,
    during,
    settings_of,
    still,
    walk,
    watched,
    wearing,
)

from aggregator.identity import IdentityKeeper, KnownTrack
from core.messages import (
    ForgetPerson,
    MergePeople,
    Observation,
    ObservedPerson,
    RepRecord,
    SetChanged,
    TrackEnded,
    TrackJoined,
    TrackRef,
    staff_decision,
)
from core.secrets import Address
from core.settings import Camera, Sessions, Settings

FPS = 10


def keeper(settings: Settings) -> IdentityKeeper:
    numbers = count(1)
    return IdentityKeeper(settings, "aggregator:1", uid=lambda: f"person{next(numbers)}")


def ref(eye: Eye, track: int, epoch: str = "e1") -> TrackRef:
    return TrackRef(eye.id, epoch, track)


def play(
    minds: IdentityKeeper,
    seconds: tuple[float, float],
    views: Iterable[tuple[Eye, dict[int, Way]]],
    *,
    lose: float = 0.0,
    twice: bool = False,
    **how: object,
) -> list[TrackJoined]:
    """Feed what the cameras see, and decide twice a second."""
    decided = []
    views = list(views)
    for frame in range(round(seconds[0] * FPS), round(seconds[1] * FPS)):
        at_s = frame / FPS
        for number, (eye, people) in enumerate(views):
            if lose and (frame * 7 + number * 3) % 10 < lose * 10:
                continue
            seen = watched(eye, at_s, people, noise=0.02, **how)
            minds.observe(seen)
            if twice:
                minds.observe(seen)
        if frame % 5 == 0:
            decided += minds.decide(DAY + round(at_s * NS))
    return decided


def test_two_cameras_join_who_stands_at_one_place() -> None:
    minds = keeper(settings_of(SOUTH, NORTH))
    ada, ben = still(3.0, 4.0), still(5.0, 4.5)
    play(minds, (0, 5), [(SOUTH, {1: ada, 2: ben}), (NORTH, {7: ben, 9: ada})])
    assert minds.person_of(ref(SOUTH, 1)) == minds.person_of(ref(NORTH, 9)) != ""
    assert minds.person_of(ref(SOUTH, 2)) == minds.person_of(ref(NORTH, 7)) != ""
    assert minds.person_of(ref(SOUTH, 1)) != minds.person_of(ref(SOUTH, 2))
    assert minds.floor_of(ref(SOUTH, 1)) == pytest.approx((3.0, 4.0), abs=0.4)


@pytest.mark.parametrize(("lose", "twice"), [(0.0, False), (0.3, False), (0.0, True)])
def test_three_cameras_follow_walkers_with_clocks_that_differ(lose: float, twice: bool) -> None:
    minds = keeper(settings_of(SOUTH, NORTH, WEST))
    ways = [walk((2.0, 2.0), (6.0, 6.0), 2, 6), walk((6.0, 3.0), (2.0, 5.0), 1, 6), still(4.0, 6.5)]
    views = [(eye, {10 * n + 1: way for n, way in enumerate(ways)}) for eye in (SOUTH, NORTH, WEST)]
    decided = play(minds, (0, 10), views, lose=lose, twice=twice)
    people = [{minds.person_of(ref(eye, 10 * n + 1)) for eye in (SOUTH, NORTH, WEST)} for n in range(3)]
    assert all(len(uids) == 1 for uids in people)
    assert len(set.union(*people)) == 3
    assert all(joined.id == f"{joined.who}/joined/{joined.decision}" for joined in decided)
    assert len({joined.id for joined in decided}) == len(decided)


@pytest.mark.parametrize("clock_s", [3600.0, -3600.0])
def test_a_camera_whose_clock_is_an_hour_off_does_not_part_the_others(clock_s: float) -> None:
    ahead = Eye("ahead", WEST.x, WEST.y, WEST.heading, clock_s=clock_s)
    minds = keeper(settings_of(SOUTH, NORTH, ahead))
    ada, ben = still(3.0, 4.0), still(5.0, 4.5)
    views = [(SOUTH, {1: ada, 2: ben}), (NORTH, {1: ada, 2: ben}), (ahead, {1: ada, 2: ben})]
    play(minds, (0, 6), views)
    for track in (1, 2):
        assert minds.person_of(ref(SOUTH, track)) == minds.person_of(ref(NORTH, track)) != ""
    assert minds.person_of(ref(ahead, 1)) != ""


@pytest.mark.parametrize("step_s", [-3600, 3600])
def test_a_wall_clock_that_is_set_makes_nobody_new(step_s: int) -> None:
    minds = keeper(settings_of(SOUTH, NORTH))
    ways = {1: still(3.0, 4.0), 2: still(5.0, 4.5)}
    play(minds, (0, 6), [(SOUTH, ways), (NORTH, ways)])
    before = [minds.person_of(ref(SOUTH, track)) for track in (1, 2)]
    set_clock = Eye("south", SOUTH.x, SOUTH.y, SOUTH.heading, clock_s=step_s)
    decided = play(minds, (6, 12), [(set_clock, {**ways, 3: still(4.0, 6.0)}), (NORTH, ways)])
    assert [minds.person_of(ref(SOUTH, track)) for track in (1, 2)] == before
    assert {joined.who for joined in decided} == {ref(SOUTH, 3)}


def test_without_floor_points_people_stay_per_camera() -> None:
    minds = keeper(settings_of(SOUTH, NORTH, with_floor=False))
    ada = still(4.0, 4.0)
    play(minds, (0, 6), [(SOUTH, {1: ada}), (NORTH, {1: ada})])
    assert "" != minds.person_of(ref(SOUTH, 1)) != minds.person_of(ref(NORTH, 1)) != ""


def test_two_tracks_of_one_camera_are_never_one_person() -> None:
    minds = keeper(settings_of(SOUTH, NORTH))
    here, beside = still(4.0, 4.0), still(4.3, 4.0)
    play(minds, (0, 6), [(SOUTH, {1: here, 2: beside}), (NORTH, {1: here})])
    assert minds.person_of(ref(SOUTH, 1)) != minds.person_of(ref(SOUTH, 2))


def test_clothes_decide_between_two_who_stand_close_together() -> None:
    minds = keeper(settings_of(SOUTH, NORTH))
    red, blue = wearing(2), wearing(12)
    here, beside = still(4.0, 4.0), still(4.05, 4.0)
    for frame in range(60):
        at_s = frame / FPS
        minds.observe(watched(SOUTH, at_s, {1: here, 2: beside}, noise=0.03, clothes={1: red, 2: blue}))
        minds.observe(watched(NORTH, at_s, {5: here, 6: beside}, noise=0.03, clothes={5: blue, 6: red}))
        if frame >= 20:
            minds.decide(DAY + round(at_s * NS))
    assert minds.person_of(ref(SOUTH, 1)) == minds.person_of(ref(NORTH, 6))
    assert minds.person_of(ref(SOUTH, 2)) == minds.person_of(ref(NORTH, 5))


def test_a_wrong_join_is_undone_when_the_tracks_part() -> None:
    minds = keeper(settings_of(SOUTH, NORTH))
    ada = still(4.0, 4.0)
    ben = walk((4.2, 4.1), (4.2, 7.5), 5, 8)
    views = [(SOUTH, {1: ada}), (NORTH, {1: ben})]
    play(minds, (0, 5), views)
    assert minds.person_of(ref(SOUTH, 1)) == minds.person_of(ref(NORTH, 1))
    decided = play(minds, (5, 16), views)
    assert minds.person_of(ref(SOUTH, 1)) != minds.person_of(ref(NORTH, 1))
    parting = next(joined for joined in decided if joined.why == "new")
    assert DAY + 4 * NS < parting.since_utc_ns < DAY + 9 * NS


def test_a_track_that_changes_bodies_changes_people_from_then_on() -> None:
    minds = keeper(settings_of(SOUTH, NORTH, WEST))
    ada, ben = still(3.0, 4.0), still(6.0, 4.0)
    swapping: Way = lambda at_s: ada(at_s) if at_s < 6 else walk((3.0, 4.0), (6.0, 4.0), 6, 7)(at_s)  # noqa: E731
    views = [(SOUTH, {1: swapping}), (NORTH, {1: ada, 2: ben}), (WEST, {1: ada, 2: ben})]
    play(minds, (0, 6), views)
    before = minds.person_of(ref(SOUTH, 1))
    assert before == minds.person_of(ref(NORTH, 1))
    decided = play(minds, (6, 16), views)
    assert minds.person_of(ref(SOUTH, 1)) == minds.person_of(ref(NORTH, 2))
    since = [joined.since_utc_ns for joined in decided if joined.who == ref(SOUTH, 1)]
    assert since
    assert all(DAY + 5 * NS < at < DAY + 8 * NS for at in since)


def test_two_people_become_one_when_the_feet_show_at_last() -> None:
    minds = keeper(settings_of(SOUTH, NORTH))
    ada = still(4.0, 4.0)
    nowhere = during(ada, 100, 101)
    play(minds, (0, 5), [(SOUTH, {1: ada}), (NORTH, {1: nowhere})])
    play(minds, (5, 12), [(SOUTH, {1: ada}), (NORTH, {1: ada})])
    assert minds.person_of(ref(SOUTH, 1)) == minds.person_of(ref(NORTH, 1))


def test_a_short_track_with_nothing_counted_is_nobody() -> None:
    minds = keeper(settings_of(SOUTH, with_floor=False))
    decided = play(minds, (0, 5), [(SOUTH, {1: during(still(4, 4), 0, 0.8)})])
    assert decided == []
    assert minds.person_of(ref(SOUTH, 1)) == ""


def test_a_set_makes_a_person_even_without_any_observation() -> None:
    minds = keeper(settings_of(SOUTH))
    reps = (RepRecord(started_utc_ns=DAY, ended_utc_ns=DAY + 2 * NS, span=90.0),)
    told = SetChanged(
        sender="worker:1",
        who=ref(SOUTH, 4),
        captured_utc_ns=DAY + 2 * NS,
        number=1,
        revision=1,
        exercise="squat",
        confidence=0.9,
        started_utc_ns=DAY,
        ended_utc_ns=DAY + 2 * NS,
        reps=reps,
    )
    minds.apply(told)
    minds.apply(told)
    (joined,) = minds.decide(DAY + 3 * NS)
    assert (joined.who, joined.why, joined.decision) == (ref(SOUTH, 4), "new", 1)
    assert minds.decide(DAY + 4 * NS) == []


def returned(away_s: float, place: tuple[float, float], colour: int, settings: Settings) -> bool:
    """Whether somebody who was lost at (4, 4) and comes back at a place goes on as the same person."""
    minds = keeper(settings)
    there = during(still(4.0, 4.0), 0, 5)
    for frame in range(round((away_s + 12) * FPS)):
        at_s = frame / FPS
        people = {1: there, 2: during(still(*place), 5 + away_s, 1e9)}
        minds.observe(watched(SOUTH, at_s, people, noise=0.01, clothes={1: wearing(3), 2: wearing(colour)}))
        if frame % 5 == 0:
            minds.decide(DAY + round(at_s * NS))
    assert minds.person_of(ref(SOUTH, 2))
    return minds.person_of(ref(SOUTH, 1)) == minds.person_of(ref(SOUTH, 2))


@pytest.mark.parametrize("with_floor", [True, False])
def test_who_comes_back_to_the_same_place_in_the_same_clothes_goes_on(with_floor: bool) -> None:
    settings = settings_of(SOUTH, with_floor=with_floor, sessions=Sessions(returns_within=60))
    assert returned(20, (4.2, 4.1), 3, settings)
    assert not returned(20, (4.2, 4.1), 11, settings)
    assert not returned(20, (6.5, 6.0), 3, settings)
    assert not returned(70, (4.2, 4.1), 3, settings)


def test_nobody_returns_who_is_seen_elsewhere() -> None:
    minds = keeper(settings_of(SOUTH, NORTH))
    ada = walk((4.0, 4.0), (1.5, 7.5), 4, 7)
    ben = during(still(4.0, 4.0), 9, 99)
    play(minds, (0, 14), [(SOUTH, {1: during(ada, 0, 4.5), 2: ben}), (NORTH, {1: ada, 2: ben})])
    assert minds.person_of(ref(SOUTH, 2)) == minds.person_of(ref(NORTH, 2))
    assert minds.person_of(ref(SOUTH, 2)) != minds.person_of(ref(NORTH, 1))


def test_a_worker_that_begins_anew_keeps_the_people() -> None:
    minds = keeper(settings_of(SOUTH, with_floor=False))
    ada, ben = still(3.0, 4.0), still(5.5, 4.5)
    play(minds, (0, 5), [(SOUTH, {1: ada, 2: ben})])
    play(minds, (6, 10), [(SOUTH, {1: ben, 2: ada})], epoch="e2")
    assert minds.person_of(ref(SOUTH, 1, "e2")) == minds.person_of(ref(SOUTH, 2))
    assert minds.person_of(ref(SOUTH, 2, "e2")) == minds.person_of(ref(SOUTH, 1))


def test_after_a_restart_tracks_keep_their_people() -> None:
    settings = settings_of(SOUTH, NORTH)
    ada = still(4.0, 4.0)
    views = [(SOUTH, {1: ada}), (NORTH, {1: ada})]
    before = keeper(settings)
    play(before, (0, 5), views)
    uid = before.person_of(ref(SOUTH, 1))
    after = keeper(settings)
    after.restore(
        KnownTrack(ref(eye, 1), uid, 2, False, DAY, DAY + 5 * NS, ended=False, counted=False) for eye in (SOUTH, NORTH)
    )
    assert play(after, (6, 10), views) == []
    assert after.person_of(ref(NORTH, 1)) == uid


def test_what_staff_decide_holds() -> None:
    minds = keeper(settings_of(SOUTH, NORTH))
    ada, ben = still(3.0, 4.0), still(6.0, 4.0)
    views = [(SOUTH, {1: ada}), (NORTH, {1: ben})]
    play(minds, (0, 4), views)
    uid = minds.person_of(ref(SOUTH, 1))
    told = TrackJoined(
        sender="console", who=ref(NORTH, 1), captured_utc_ns=DAY + 4 * NS, person=uid, decision=9, why="staff"
    )
    minds.apply(told)
    assert play(minds, (4, 14), views) == []
    assert minds.person_of(ref(NORTH, 1)) == uid


def test_whom_staff_part_stays_parted_however_near_they_stand() -> None:
    minds = keeper(settings_of(SOUTH, NORTH))
    views = [(SOUTH, {1: still(4.0, 4.0)}), (NORTH, {1: still(4.0, 4.0)})]
    play(minds, (0, 5), views)
    uid = minds.person_of(ref(SOUTH, 1))
    at = DAY + 5 * NS
    words = {"captured_utc_ns": at, "decision": staff_decision(at), "why": "staff", "by": "Ines"}
    minds.apply(TrackJoined(sender="console", who=ref(NORTH, 1), person="somebody", **words))
    assert play(minds, (5, 20), views) == []
    assert (minds.person_of(ref(SOUTH, 1)), minds.person_of(ref(NORTH, 1))) == (uid, "somebody")


def test_whom_staff_merge_is_one_person_until_they_take_it_back() -> None:
    minds = keeper(settings_of(SOUTH, NORTH))
    play(minds, (0, 4), [(SOUTH, {1: still(3.0, 4.0)}), (NORTH, {1: still(6.0, 4.0)})])
    one, two = minds.person_of(ref(SOUTH, 1)), minds.person_of(ref(NORTH, 1))
    minds.apply(MergePeople(sender="console", by="Ines", at_utc_ns=DAY, from_uid=one, into_uid=two))
    assert minds.person_of(ref(SOUTH, 1)) == minds.person_of(ref(NORTH, 1)) == two
    minds.apply(MergePeople(sender="console", by="Ines", at_utc_ns=DAY, from_uid=two, into_uid=one))
    assert minds.person_of(ref(SOUTH, 1)) == minds.person_of(ref(NORTH, 1)) == two
    minds.apply(MergePeople(sender="console", by="Ines", at_utc_ns=DAY, from_uid=two, into_uid=""))
    minds.apply(MergePeople(sender="console", by="Ines", at_utc_ns=DAY, from_uid=one, into_uid=""))
    assert (minds.person_of(ref(SOUTH, 1)), minds.person_of(ref(NORTH, 1))) == (one, two)


def test_what_the_database_tells_late_joins_what_was_seen_meanwhile() -> None:
    minds = keeper(settings_of(SOUTH))
    for frame in range(20):
        minds.observe(watched(SOUTH, 5 + frame / FPS, {1: still(4.0, 4.0)}))
    minds.restore([KnownTrack(ref(SOUTH, 1), "ada", 1, False, DAY, DAY + 5 * NS, ended=False, counted=True)])
    assert minds.person_of(ref(SOUTH, 1)) == "ada"
    assert minds.floor_of(ref(SOUTH, 1)) is not None
    assert minds.decide(DAY + 7 * NS) == []


def test_own_decisions_that_come_back_change_nothing() -> None:
    minds = keeper(settings_of(SOUTH, NORTH))
    views = [(SOUTH, {1: still(4.0, 4.0)}), (NORTH, {1: still(4.0, 4.0)})]
    decided = play(minds, (0, 5), views)
    uid = minds.person_of(ref(SOUTH, 1))
    for joined in [*decided, *decided]:
        minds.apply(joined)
    assert minds.person_of(ref(SOUTH, 1)) == minds.person_of(ref(NORTH, 1)) == uid
    assert play(minds, (5, 8), views) == []


def test_events_of_a_track_that_was_never_observed_are_kept() -> None:
    minds = keeper(settings_of(SOUTH))
    minds.apply(
        TrackEnded(sender="worker:1", who=ref(SOUTH, 3), captured_utc_ns=DAY + 9 * NS, started_utc_ns=DAY, frames=90)
    )
    (joined,) = minds.decide(DAY + 10 * NS)
    assert joined.who == ref(SOUTH, 3)


def test_tracks_are_forgotten_when_nobody_can_return_to_them() -> None:
    minds = keeper(settings_of(SOUTH, sessions=Sessions(returns_within=30)))
    play(minds, (0, 3), [(SOUTH, {1: still(4, 4)})])
    play(minds, (40, 42), [(SOUTH, {})])
    assert minds.person_of(ref(SOUTH, 1)) == ""


def test_unusable_floor_points_are_named_and_people_stay_per_camera() -> None:
    settings = settings_of(SOUTH, NORTH)
    south = settings.camera[0]
    broken = type(south)(id="south", source=south.source, floor=tuple(south.floor[:1]) * 4)
    minds = keeper(Settings(camera=(broken, settings.camera[1])))
    ada = still(4.0, 4.0)
    play(minds, (0, 6), [(SOUTH, {1: ada}), (NORTH, {1: ada})])
    assert "south" in minds.problems["south"]
    assert "" != minds.person_of(ref(SOUTH, 1)) != minds.person_of(ref(NORTH, 1))
    minds.reload(settings)
    assert minds.problems == {}


def test_who_was_erased_is_somebody_new_where_they_still_are() -> None:
    start_ns, uids = 1_780_000_000 * 10**9, []
    keeper = IdentityKeeper(Settings(camera=(Camera(id="a", source=Address("usb:0")),)), "aggregator")
    who = TrackRef("a", "e", 1)

    def look(from_s: int, to_s: int) -> list[TrackJoined]:
        decided = []
        for tenth in range(from_s * 10, to_s * 10):
            at = start_ns + tenth * 10**8
            person = ObservedPerson(track=1, points=b"", box=(0.1, 0.1, 0.3, 0.9), presence=1.0, feet=(0.2, 0.9))
            keeper.observe(
                Observation(
                    sender="w", camera="a", epoch="e", boot="b", sequence=tenth, captured_ns=at, captured_utc_ns=at,
                    width=64, height=48, people=(person,),
                )
            )  # fmt: skip
            if tenth % 5 == 0:
                decided += keeper.decide(at)
        return decided

    (first,) = look(0, 6)
    uids.append(first.person)
    keeper.apply(ForgetPerson(sender="c", by="s", at_utc_ns=start_ns + 6 * 10**9, uid=first.person))
    assert keeper.person_of(who) == ""
    keeper.apply(first)  # comes late, and is not believed
    assert keeper.person_of(who) == ""
    (again,) = look(6, 12)
    assert again.person not in uids
    assert again.decision == first.decision + 1
    assert again.since_utc_ns >= start_ns + 5 * 10**9
    assert keeper.person_of(who) == again.person

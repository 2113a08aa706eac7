import time

import pytest
from msgspec.structs import replace

from aggregator.identity import IdentityKeeper
from aggregator.live import Floor, KnownPerson
from core.messages import (
    AcknowledgeAlert,
    IngestHeartbeat,
    Observation,
    ObservedPerson,
    TrackEnded,
    TrackJoined,
    TrackRef,
)
from core.secrets import Address
from core.settings import Alerts, Camera, Settings, Zone

NS = 1_000_000_000
DAY = 1_700_000_000 * NS
LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
RIGHT = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))
SETTINGS = Settings(
    camera=(
        Camera(
            id="a",
            source=Address("usb:0"),
            zone=(Zone(name="rack", polygon=LEFT, kind="squat rack", capacity=1), Zone(name="mat", polygon=RIGHT)),
        ),
        Camera(id="b", source=Address("usb:1"), zone=(Zone(name="rack", polygon=RIGHT),)),
    ),
    alerts=Alerts(quiet_after_start=0.0, overcrowded_for=2.0),
)


def person(track: int, x: float = 0.3, **told: object) -> ObservedPerson:
    values: dict = {"box": (x - 0.1, 0.2, x + 0.1, 0.9), "presence": 0.9, "feet": (x, 0.85)}
    return ObservedPerson(track=track, points=b"", **values | told)


def saw(camera: str, at_s: float, *people: ObservedPerson, epoch: str = "e1") -> Observation:
    return Observation(
        sender="worker:1",
        camera=camera,
        epoch=epoch,
        boot="b",
        sequence=round(at_s * 10),
        captured_ns=round(at_s * NS),
        captured_utc_ns=DAY + round(at_s * NS),
        width=640,
        height=360,
        people=people,
    )


class Stage:
    """A floor with its keeper; people are given by staff, so that nothing depends on places."""

    def __init__(self, settings: Settings = SETTINGS) -> None:
        self.keeper = IdentityKeeper(settings, "aggregator:1")
        self.floor = Floor(settings, self.keeper, "aggregator:1", DAY)

    def is_of(self, uid: str, *tracks: tuple[str, int]) -> None:
        for camera, track in tracks:
            who = TrackRef(camera, "e1", track)
            self.keeper.apply(
                TrackJoined(sender="console", who=who, captured_utc_ns=DAY, person=uid, decision=1, why="staff")
            )

    def see(self, observation: Observation) -> object:
        self.keeper.observe(observation)
        return self.floor.observe(observation)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_a_camera_shows_each_track_with_its_person(stage: Stage) -> None:
    stage.is_of("ada", ("a", 1))
    stage.floor.learned([KnownPerson("ada", 3, "Ada", DAY, 2)])
    live = stage.see(saw("a", 1, person(1, exercise="squat", reps=4), person(2, x=0.7)))
    assert (live.people[1].number, live.people[1].nickname, live.people[1].zone) == (3, "Ada", "rack")
    assert (live.people[1].reps, live.people[1].set_number, live.people[1].session_started_utc_ns) == (4, 2, DAY)
    assert (live.people[2].person, live.people[2].zone) == ("", "mat")


def test_the_floor_has_one_entry_a_person_from_the_best_camera(stage: Stage) -> None:
    stage.is_of("ada", ("a", 1), ("b", 5))
    stage.see(saw("a", 1, person(1, presence=0.5)))
    stage.see(saw("b", 1.05, person(5, exercise="squat", reps=4, progress=0.5)))
    (ada,) = stage.floor.tick(DAY + 1 * NS).floor.people
    assert (ada.camera, ada.reps, ada.progress) == ("b", 4, 0.5)
    assert ada.tracks == (TrackRef("a", "e1", 1), TrackRef("b", "e1", 5))


def test_the_camera_that_is_shown_does_not_flicker(stage: Stage) -> None:
    stage.is_of("ada", ("a", 1), ("b", 5))
    shown = []
    for step in range(8):
        better, worse = (0.9, 0.8) if step % 2 else (0.8, 0.9)
        stage.see(saw("a", step / 2, person(1, presence=better)))
        stage.see(saw("b", step / 2, person(5, presence=worse)))
        shown.append(stage.floor.tick(DAY + step * NS // 2).floor.people[0].camera)
    assert len(set(shown)) == 1


def test_people_who_are_not_seen_vanish_and_so_do_those_of_a_silent_camera(stage: Stage) -> None:
    stage.is_of("ada", ("a", 1))
    stage.is_of("ben", ("b", 1))
    stage.see(saw("a", 0, person(1)))
    stage.see(saw("b", 0, person(1)))
    assert len(stage.floor.tick(DAY).floor.people) == 2
    for step in range(1, 5):
        stage.see(saw("b", step, person(1)))
    assert [one.person for one in stage.floor.tick(DAY + 4 * NS).floor.people] == ["ben"]
    assert stage.floor.tick(DAY + 9 * NS).floor.people == ()


def test_a_camera_whose_clock_is_wrong_shows_its_people(stage: Stage) -> None:
    stage.is_of("ada", ("a", 1))
    for step in range(10):
        stage.see(saw("a", step / 2, person(1)))
        assert len(stage.floor.tick(DAY + 500 * NS + step * NS // 2).floor.people) == 1


@pytest.mark.parametrize("step_s", [-3600, 3600])
def test_a_wall_clock_that_is_set_does_not_stop_the_picture(stage: Stage, step_s: int) -> None:
    stage.is_of("ada", ("a", 1))
    for step in range(20):
        seen = saw("a", step / 2, person(1))
        if step >= 10:
            seen = replace(seen, captured_utc_ns=seen.captured_utc_ns + step_s * NS)
        assert stage.see(seen) is not None
        assert len(stage.floor.tick(DAY + step * NS // 2).floor.people) == 1
    assert stage.keeper.person_of(TrackRef("a", "e1", 1)) == "ada"


def test_an_ended_track_vanishes_at_once(stage: Stage) -> None:
    stage.is_of("ada", ("a", 1))
    stage.see(saw("a", 0, person(1)))
    who = TrackRef("a", "e1", 1)
    stage.floor.apply(TrackEnded(sender="w", who=who, captured_utc_ns=DAY, started_utc_ns=DAY, frames=9))
    assert stage.floor.tick(DAY).floor.people == ()


def test_old_and_foreign_observations_show_nothing(stage: Stage) -> None:
    assert stage.see(saw("a", 5)) is not None
    assert stage.see(saw("a", 5)) is None
    assert stage.see(saw("a", 4)) is None
    assert stage.see(saw("a", 6, epoch="e2")) is not None
    assert stage.see(saw("elsewhere", 6)) is None


def test_who_stands_in_both_views_of_a_zone_counts_once(stage: Stage) -> None:
    stage.is_of("ada", ("a", 1), ("b", 1))
    stage.is_of("ben", ("b", 2))
    stage.see(saw("a", 0, person(1, x=0.3)))
    stage.see(saw("b", 0, person(1, x=0.7), person(2, x=0.8)))
    tick = stage.floor.tick(DAY)
    held = {zone.zone: (zone.people, zone.capacity) for zone in tick.floor.zones}
    assert held == {"rack": (2, 1), "mat": (0, None)}


def test_an_overcrowded_zone_is_raised_shown_acknowledged_and_resolved(stage: Stage) -> None:
    stage.is_of("ada", ("a", 1))
    stage.is_of("ben", ("a", 2))
    changes = []
    for step in range(8):
        stage.see(saw("a", step / 2, person(1), person(2)))
        changes += stage.floor.tick(DAY + step * NS // 2).alerts
    assert [change.change for change in changes] == ["raised"]
    (alert,) = stage.floor.tick(DAY + 4 * NS).floor.alerts
    assert alert.alert == "overcrowded zone"
    command = AcknowledgeAlert(sender="console", uid=alert.uid, by="Ines", at_utc_ns=DAY)
    assert [change.change for change in stage.floor.acknowledge(command)] == ["acknowledged"]
    changes = []
    for step in range(8, 40):
        stage.see(saw("a", step / 2, person(1)))
        changes += stage.floor.tick(DAY + step * NS // 2).alerts
    assert [change.change for change in changes] == ["resolved"]


def test_occupancy_comes_when_the_minute_is_over(stage: Stage) -> None:
    stage.is_of("ada", ("a", 1))
    rows = []
    start = DAY - DAY % (60 * NS)
    for step in range(125):
        stage.see(saw("a", step / 2 - (DAY - start) / NS, person(1)))
        rows += stage.floor.tick(start + step * NS // 2).occupancy
    assert [(row.zone, row.mean, row.most) for row in rows] == [("mat", 0.0, 0), ("rack", 1.0, 1)]


def test_no_camera_is_missed_before_heartbeats_are_heard(stage: Stage) -> None:
    def told(seconds: range) -> set[str]:
        return {change.alert.alert for second in seconds for change in stage.floor.tick(DAY + second * NS).alerts}

    assert told(range(60)) == set()
    online = IngestHeartbeat(
        sender="ingest:a",
        pid=1,
        host="h",
        started_utc_ns=DAY,
        beat_utc_ns=DAY + 200 * NS,
        version="1",
        camera="a",
        boot="b",
        endpoint="ipc:///a",
        camera_state="online",
    )
    stage.floor.heartbeats({"ingest:a": online}, DAY + 60 * NS, {})
    told(range(60, 120))
    assert [alert.subject for alert in stage.floor.tick(DAY + 120 * NS).floor.alerts] == ["b"]


def test_an_edit_that_removes_a_camera_removes_its_people(stage: Stage) -> None:
    stage.is_of("ada", ("a", 1))
    stage.see(saw("a", 0, person(1)))
    stage.floor.reload(Settings(camera=SETTINGS.camera[1:]))
    tick = stage.floor.tick(DAY)
    assert tick.floor.people == ()
    assert [zone.zone for zone in tick.floor.zones] == ["rack"]


def test_an_observation_of_six_people_is_cheap(stage: Stage) -> None:
    frames = [saw("a", step / 10, *(person(n, x=0.1 + 0.1 * n) for n in range(1, 7))) for step in range(300)]
    started = time.process_time()
    for frame in frames:
        stage.see(frame)
    assert (time.process_time() - started) / len(frames) < 0.003

from datetime import UTC, datetime

import pytest

from aggregator import alert_rules
from aggregator.alert_rules import FaultWatch, LagWatch, Seen
from aggregator.alerts import Condition
from core.messages import (
    AggregatorHeartbeat,
    CameraLoad,
    IngestHeartbeat,
    LiveZone,
    ObservedPerson,
    RepRecord,
    RuleVerdict,
    SetChanged,
    SupervisorHeartbeat,
    TrackRef,
    WorkerHeartbeat,
)
from core.secrets import Address
from core.settings import Alerts, Camera, Gym

NS = 1_000_000_000
NOW = 1_700_000_000 * NS
RULES = Alerts()
RACKS = Camera(id="racks", source=Address("usb:0"), name="Racks")


def look(**told: object) -> ObservedPerson:
    return ObservedPerson(track=1, points=b"", box=(0.1, 0.1, 0.3, 0.9), presence=0.9, **told)


def seen(*looks: ObservedPerson, zones: tuple = ()) -> Seen:
    return Seen("uid1", "Person 3", "Rack 1", looks, zones)


def beat(kind: type, name: str, **told: object) -> object:
    values: dict = {"pid": 1, "host": "gym", "started_utc_ns": NOW, "beat_utc_ns": NOW, "version": "1"}
    return kind(sender=name, **values | told)


def ingest(state: str = "online", **told: object) -> dict:
    values: dict = {"camera": "racks", "boot": "b1", "endpoint": "ipc:///x", "camera_state": state}
    return {"ingest:racks": beat(IngestHeartbeat, "ingest:racks", **values | told)}


def alerts(found: object) -> list[str]:
    return [condition.alert for condition in found]


LYING = {"lying": True, "still_s": 25.0}


def test_who_lies_still_away_from_a_mat_is_down() -> None:
    (found,) = alert_rules.people_down([seen(look(**LYING), zones=("free weights",))], RULES)
    assert (found.alert, found.severity, found.subject) == ("person down", "critical", "Person 3")
    assert found.text == "Person 3 lies still at Rack 1 for 25 s: go and look."


@pytest.mark.parametrize(
    "fine",
    [
        seen(look(**LYING), zones=("mat",)),
        seen(look(**LYING), zones=("other", "bench")),
        seen(look(lying=True, still_s=5.0)),
        seen(look(lying=False, still_s=90.0)),
        seen(look(lying=True, still_s=90.0, exercise="plank")),
        seen(look(lying=True, still_s=90.0), look(lying=False), look(lying=False)),
    ],
)
def test_who_rests_trains_or_only_looks_so_is_not_down(fine: Seen) -> None:
    assert list(alert_rules.people_down([fine], RULES)) == []


def test_a_bar_that_stays_down_is_an_alert() -> None:
    (found,) = alert_rules.stuck_under_the_bar([seen(look(exercise="bench_press", reps=3, progress=0.95))], RULES)
    assert (found.alert, found.severity, found.lasts_s) == ("stuck under the bar", "critical", 8.0)
    assert "bench press" in found.text
    fine = [
        seen(look(exercise="bench_press", progress=0.3)),
        seen(look(exercise="squat", progress=None)),
        seen(look(exercise="plank", progress=1.0)),
    ]
    assert list(alert_rules.stuck_under_the_bar(fine, RULES)) == []


def test_more_people_than_a_zone_may_hold() -> None:
    zones = [
        LiveZone(camera="racks", zone="Rack 1", people=4, capacity=3),
        LiveZone(camera="racks", zone="Mats", people=9),
        LiveZone(camera="racks", zone="Door", people=2, capacity=2),
    ]
    (found,) = alert_rules.overcrowded(zones, RULES)
    assert (found.subject, found.text) == ("Rack 1", "Rack 1 holds 4 people; 3 is the most.")


@pytest.mark.parametrize(
    ("opens", "closes", "hour", "expected"),
    [
        ("06:00", "22:00", 12, True),
        ("06:00", "22:00", 23, False),
        ("06:00", "22:00", 5, False),
        ("06:00", "02:00", 1, True),
        ("06:00", "02:00", 3, False),
        ("06:00", "06:00", 3, True),
        (None, "22:00", 23, True),
    ],
)
def test_opening_times(opens: str | None, closes: str, hour: int, expected: bool) -> None:
    gym = Gym(timezone="Europe/Berlin", opens=opens, closes=closes)
    assert alert_rules.is_open(gym, datetime(2026, 1, 10, hour - 1, 30, tzinfo=UTC)) is expected


def test_opening_times_follow_summer_time() -> None:
    gym = Gym(timezone="Europe/Berlin", opens="06:00", closes="22:00")
    assert alert_rules.is_open(gym, datetime(2026, 1, 10, 20, 30, tzinfo=UTC))
    assert not alert_rules.is_open(gym, datetime(2026, 7, 10, 20, 30, tzinfo=UTC))


def test_somebody_after_closing_time() -> None:
    night = int(datetime(2026, 1, 10, 23, 0, tzinfo=UTC).timestamp()) * NS
    gym = Gym(name="Eastside", opens="06:00", closes="22:00")
    (found,) = alert_rules.after_hours(1, gym, RULES, night)
    assert found.text == "Somebody is on the floor, and the gym is closed from 22:00 to 06:00."
    assert list(alert_rules.after_hours(0, gym, RULES, night)) == []


def changed(faulty: int, *, closed: bool = False) -> SetChanged:
    bad = (RuleVerdict(rule="shallow", verdict="fault", cue="Lower your hips"),)
    reps = tuple(
        RepRecord(started_utc_ns=NOW, ended_utc_ns=NOW, span=1.0, verdicts=bad if number < faulty else ())
        for number in range(8)
    )
    return SetChanged(
        sender="worker:1",
        who=TrackRef("racks", "e", 1),
        captured_utc_ns=NOW,
        number=1,
        revision=faulty,
        exercise="squat",
        confidence=1.0,
        started_utc_ns=NOW,
        ended_utc_ns=NOW,
        reps=reps,
        closed=closed,
    )


def test_a_fault_that_repeats_is_told_with_its_cue() -> None:
    watch = FaultWatch()
    watch.take(changed(2), "uid1", "Person 3", RULES, NOW)
    assert list(watch.conditions(NOW)) == []
    watch.take(changed(4), "uid1", "Person 3", RULES, NOW)
    watch.take(changed(3), "uid1", "Person 3", RULES, NOW)
    (found,) = watch.conditions(NOW)
    assert found.count == 4
    assert found.text == "Person 3: 'shallow' in 4 repetitions of one set of squat. Lower your hips."
    assert list(watch.conditions(NOW + 90 * NS)) == []


def test_cameras_without_frames_say_why() -> None:
    def told(processes: dict, camera: Camera = RACKS) -> list[Condition]:
        return list(alert_rules.cameras_without_frames([camera], processes, RULES, NOW))

    assert alerts(told({})) == ["camera offline"]
    assert alerts(told(ingest(beat_utc_ns=NOW - 60 * NS))) == ["camera offline"]
    (found,) = told(ingest("offline", reason="unauthorised", detail="the camera refuses the password"))
    assert found.text == "Camera Racks gives no pictures: the camera refuses the password."
    assert alerts(told(ingest("stalled"))) == ["camera stalled"]
    for state in ("online", "ended", "paused"):
        assert told(ingest(state)) == []
    assert told({}, Camera(id="racks", source=Address("usb:0"), enabled=False)) == []


def worker(frames: int, **told: object) -> dict:
    load = CameraLoad(token=1, cost_ms=5.0, fps=10.0, frames=frames, **told)
    return {"worker:1": beat(WorkerHeartbeat, "worker:1", cameras={"racks": load})}


def test_frames_without_results_are_told_after_both_counters_are_known() -> None:
    watch = LagWatch()

    def told(second: int, frames_in: int, processes: dict, holders: dict) -> list[Condition]:
        now = NOW + second * NS
        live = {**ingest(frames_out=frames_in), **processes}
        return list(watch.conditions([RACKS], live, holders, RULES, now))

    held = {"racks": "worker:1"}
    assert [told(s, 10 * s, worker(10 * s), held) for s in range(5)] == [[]] * 5
    stuck = [told(s, 10 * s, worker(40), held) for s in range(5, 12)]
    assert stuck[0] == []
    assert stuck[-1][0].text == "Camera Racks gives pictures, but worker:1 gives no results."
    assert "no worker has taken it" in told(13, 130, {}, {})[0].text
    without_keys = {"worker:1": beat(WorkerHeartbeat, "worker:1", unable=("racks",), beat_utc_ns=NOW + 13 * NS)}
    assert "set transport.keys for the workers" in told(13, 130, without_keys, {})[0].text
    assert [told(s, 130, worker(40), held) for s in range(14, 20)][-1] == []


def test_results_that_come_late_are_told() -> None:
    late = LagWatch().conditions(
        [RACKS], {**ingest(frames_out=1), **worker(1, latency_ms=15_000.0)}, {"racks": "worker:1"}, RULES, NOW
    )
    assert "15 s old" in next(late).text


def test_troubles_of_processes() -> None:
    processes = {
        "worker:1": beat(WorkerHeartbeat, "worker:1", spooled=12),
        "worker:2": beat(WorkerHeartbeat, "worker:2", trouble="events.spool: No space left on device"),
        "aggregator:1": beat(AggregatorHeartbeat, "aggregator:1", leads=True, dead_letters=2),
        "supervisor": beat(SupervisorHeartbeat, "supervisor", config_problem="gym.toml:3: no such option"),
        "worker:3": beat(WorkerHeartbeat, "worker:3", spooled=9, beat_utc_ns=NOW - 60 * NS),
    }
    found = {condition.alert: condition for condition in alert_rules.troubled_processes(processes, NOW)}
    assert set(found) == {"spool in use", "disk full", "dead letter", "configuration"}
    assert "12 events" in found["spool in use"].text
    assert found["dead letter"].count == 2
    assert found["disk full"].subject == "worker:2"


def test_floor_points_that_are_unusable_are_a_problem_of_the_configuration() -> None:
    (found,) = alert_rules.floor_problems({"racks": "camera 'racks': they lie on a line."})
    assert found.text == "camera 'racks': they lie on a line."

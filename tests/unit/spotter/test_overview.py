import numpy as np
from rich.console import Console

from core.messages import (
    CameraLoad,
    IngestHeartbeat,
    LiveAlert,
    LiveCamera,
    LiveFloor,
    LivePerson,
    Observation,
    ObservedPerson,
    SupervisorHeartbeat,
    WorkerHeartbeat,
)
from spotter.overview import Snapshot, picture

NOW = 1_000_000_000_000
SECOND = 1_000_000_000


def common(name, beat=NOW):
    return {"sender": name, "pid": 1, "host": "h", "started_utc_ns": 1, "beat_utc_ns": beat, "version": "1"}


def ingest(camera, state="online", beat=NOW, **more):
    return IngestHeartbeat(
        **common(f"ingest:{camera}", beat), camera=camera, boot="b", endpoint="ipc:///x", camera_state=state, **more
    )


def shown(snapshot):
    console = Console(width=160, record=True, color_system=None, file=open("/dev/null", "w"))  # noqa: PTH123, SIM115
    console.print(picture(snapshot, NOW, "Ctrl-C stops everything"))
    console.file.close()
    return console.export_text()


def test_nothing_is_a_picture_too():
    assert "Ctrl-C stops everything" in shown(Snapshot())


def test_cameras_with_their_worker_and_their_people():
    load = CameraLoad(token=1, cost_ms=5.0, fps=14.5, frames=10, dropped={"late": 3}, latency_ms=41.0)
    points = np.zeros((33, 3), np.float32).tobytes()
    observation = Observation(
        sender="worker:1", camera="door", epoch="e", boot="b", sequence=1, captured_ns=1, captured_utc_ns=1, width=64,
        height=48, people=(ObservedPerson(track=1, points=points, box=(0, 0, 1, 1), presence=1.0),),
    )  # fmt: skip
    processes = {
        "ingest:door": ingest("door", dropped={"paced": 4}),
        "ingest:bar": ingest("bar", "offline", reason="unauthorised"),
        "ingest:rack": ingest("rack", beat=NOW - 90 * SECOND),
        "worker:1": WorkerHeartbeat(**common("worker:1"), cameras={"door": load}),
        "worker:2": WorkerHeartbeat(**common("worker:2", NOW - 60 * SECOND), cameras={"bar": load}),
    }
    live = {"door": LiveCamera(sender="aggregator", camera="door", observation=observation)}
    rows = {
        line.split()[0]: " ".join(line.split())
        for line in shown(Snapshot(processes, live)).splitlines()
        if line.strip()
    }
    assert rows["door"] == "door online worker:1 14.5 7 41 ms 1"
    assert rows["bar"].startswith("bar offline (unauthorised) none")
    assert "no heartbeat for 90 s" in rows["rack"]


def test_people_alerts_and_troubles():
    people = (
        LivePerson(
            person="a", number=7, exercise="squat", reps=5, tentative=1, zone="Rack 1", seen_utc_ns=NOW, cue="deeper"
        ),
        LivePerson(person="b", nickname="Bo", exercise="plank", hold_s=31.0, seen_utc_ns=NOW - 8 * SECOND),
        LivePerson(person=""),
    )
    alert = LiveAlert(
        uid="1", alert="camera offline", severity="warning", subject="bar", text="bar is offline", since_utc_ns=1,
        last_utc_ns=1,
    )  # fmt: skip
    floor = LiveFloor(sender="aggregator", at_utc_ns=NOW, started_utc_ns=1, people=people, alerts=(alert,))
    supervisor = SupervisorHeartbeat(**common("supervisor"), config_problem="gym.toml:3 fsp\ngym.toml:4 more")
    text = shown(Snapshot({"supervisor": supervisor}, {}, floor, "Redis is away"))
    for words in ("7 ", "squat", "5 +1?", "Rack 1", "now", "deeper", "Bo", "31 s", "8 s ago"):
        assert words in text
    for words in (
        "Redis is away",
        "gym.toml is broken, the one before is in force: gym.toml:3 fsp",
        "warning: bar is offline",
    ):
        assert words in text


def test_a_name_from_outside_is_no_markup():
    floor = LiveFloor(
        sender="a", at_utc_ns=NOW, started_utc_ns=1, people=(LivePerson(person="a", nickname="[red]x[/]"),)
    )
    assert "[red]x[/]" in shown(Snapshot({}, {}, floor))

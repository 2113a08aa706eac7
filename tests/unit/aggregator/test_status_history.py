"""Which heartbeats of cameras are worth a row."""

from aggregator.records import StatusHistory
from core.messages import CameraState, IngestHeartbeat

S = 10**9


def beat(camera: str, state: CameraState) -> IngestHeartbeat:
    return IngestHeartbeat(
        sender=f"ingest:{camera}", pid=1, host="h", started_utc_ns=0, beat_utc_ns=0, version="0", camera=camera,
        boot="b", endpoint="", camera_state=state,
    )  # fmt: skip


def states(history: StatusHistory, at_s: float, *beats: IngestHeartbeat) -> list[tuple[str, str]]:
    return [(row.beat.camera, row.beat.camera_state) for row in history.look(beats, round(at_s * S))]


def test_every_change_and_one_a_minute() -> None:
    history = StatusHistory()
    assert states(history, 0, beat("a", "online"), beat("b", "online")) == [("a", "online"), ("b", "online")]
    assert states(history, 1, beat("a", "online"), beat("b", "stalled")) == [("b", "stalled")]
    assert states(history, 59, beat("a", "online")) == []
    assert states(history, 60, beat("a", "online")) == [("a", "online")]


def test_a_clock_that_is_set_back_does_not_silence_it() -> None:
    history = StatusHistory()
    states(history, 10_000, beat("a", "online"))
    assert states(history, 10, beat("a", "online")) == [("a", "online")]

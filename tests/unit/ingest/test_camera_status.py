import pytest

from core.clock import NANOSECONDS
from core.errors import SourceError
from ingest.status import CameraStatus

SECOND = NANOSECONDS
REFUSED = SourceError("refused", "10.0.0.7:554 refuses the connection")


@pytest.fixture
def status():
    return CameraStatus(0, stall_after_s=5)


def test_the_first_frame_says_that_the_process_is_new(status):
    assert status.state == "starting"
    status.connected(1 * SECOND)
    missing = status.frame(2 * SECOND)
    assert (missing.reason, missing.lasted_s) == ("restarted", 0)
    assert (status.state, status.since_ns) == ("online", 2 * SECOND)
    assert status.frame(3 * SECOND) is None


def test_a_failure_tells_its_reason_until_frames_come_back(status):
    status.frame(2 * SECOND)
    status.failed(4 * SECOND, REFUSED)
    assert (status.state, status.reason, status.detail) == ("offline", "refused", str(REFUSED))
    status.failed(9 * SECOND, SourceError("time-out", "10.0.0.7:554 does not answer"))
    assert (status.reason, status.since_ns) == ("time-out", 4 * SECOND)
    status.connected(20 * SECOND)
    assert status.state == "offline"
    missing = status.frame(22 * SECOND)
    assert (missing.reason, missing.lasted_s) == ("reconnected", 20)
    assert (status.state, status.reason, status.detail) == ("online", "", "")


def test_failures_before_the_first_frame_are_no_reconnection(status):
    status.failed(1 * SECOND, REFUSED)
    assert status.frame(60 * SECOND).reason == "restarted"
    assert status.reconnects_last_hour(60 * SECOND) == 0


def test_a_connected_camera_without_frames_stalls_once(status):
    status.connected(1 * SECOND)
    status.frame(2 * SECOND)
    assert not status.watch(6 * SECOND)
    assert status.watch(7 * SECOND)
    assert not status.watch(8 * SECOND)
    assert (status.state, status.reason) == ("stalled", "stalled")
    missing = status.frame(10 * SECOND)
    assert (missing.reason, missing.lasted_s, status.state) == ("stalled", 8, "online")


def test_a_pause_that_nobody_watched_is_told_with_the_next_frame(status):
    status.frame(2 * SECOND)
    missing = status.frame(30 * SECOND)
    assert (missing.reason, missing.lasted_s, status.state) == ("stalled", 28, "online")
    assert status.frame(34 * SECOND) is None


def test_a_camera_that_never_gives_a_frame_stalls_too(status):
    status.connected(1 * SECOND)
    assert not status.watch(5 * SECOND)
    assert status.watch(6 * SECOND)


def test_what_is_not_connected_does_not_stall(status):
    assert not status.watch(100 * SECOND)
    status.connected(100 * SECOND)
    status.failed(101 * SECOND, REFUSED)
    assert not status.watch(200 * SECOND)
    assert status.state == "offline"


def test_a_stall_that_ends_in_a_failure_is_a_reconnection(status):
    status.connected(1 * SECOND)
    status.frame(2 * SECOND)
    status.watch(8 * SECOND)
    status.failed(12 * SECOND, SourceError("stalled", "no frame for 10 s"))
    assert (status.state, status.reason) == ("offline", "stalled")
    assert status.frame(14 * SECOND).reason == "reconnected"


def test_reconnections_are_counted_for_an_hour(status):
    status.frame(0)
    for minute in (10, 20, 50):
        status.failed(minute * 60 * SECOND, REFUSED)
        status.frame((minute + 1) * 60 * SECOND)
    assert status.reconnects_last_hour(60 * 60 * SECOND) == 3
    assert status.reconnects_last_hour(75 * 60 * SECOND) == 2
    assert status.reconnects_last_hour(200 * 60 * SECOND) == 0


def test_an_end_is_no_failure(status):
    status.frame(0)
    status.ended(5 * SECOND)
    assert (status.state, status.reason) == ("ended", "ended")
    assert not status.watch(500 * SECOND)

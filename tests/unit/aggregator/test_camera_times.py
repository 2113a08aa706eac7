from aggregator.camera_times import CameraTimes

S = 10**9
NOON = 1_780_000_000 * S


def test_a_camera_is_as_late_as_its_frames_say() -> None:
    times = CameraTimes()
    times.hear("racks", NOON - 600 * S, 100 * S)
    times.hear("door", NOON - S // 2, 100 * S)
    assert times.ahead_ns(100 * S, NOON) == {"racks": -600 * S}
    assert times.ahead_ns(400 * S, NOON + 300 * S) == {"racks": -600 * S}


def test_the_clock_of_this_machine_may_be_set_and_a_cameras_too() -> None:
    times = CameraTimes()
    times.hear("racks", NOON, 100 * S)
    assert times.ahead_ns(101 * S, NOON + 3601 * S) == {"racks": -3600 * S}
    times.hear("racks", NOON + 3600 * S, 101 * S)
    assert times.ahead_ns(101 * S, NOON + 3601 * S) == {}

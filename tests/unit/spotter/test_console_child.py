"""The console of ``spotter run`` as a child: left, dying, hopeless, and ended."""

import sys
import threading
import time

from spotter.console_child import TRIES, ConsoleChild


def child(tmp_path, code: str) -> tuple[ConsoleChild, threading.Event, "object"]:
    """A stand-in for the console that writes a line at each start."""
    starts = tmp_path / "starts"
    program = f"import sys, time; open({str(starts)!r}, 'a').write('x'); {code}"
    left = threading.Event()
    return ConsoleChild([sys.executable, "-c", program], left.set), left, starts


def until(asked, within_s: float = 10.0) -> None:
    deadline = time.monotonic() + within_s
    while not asked():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_leaving_it_is_told(tmp_path):
    console, left, starts = child(tmp_path, "sys.exit(0)")
    console.start()
    assert left.wait(10)
    console.stop()
    assert starts.read_text() == "x"


def test_one_that_dies_is_started_again_and_given_up_in_the_end(tmp_path, caplog):
    console, left, starts = child(tmp_path, "sys.exit(1)")
    console.start()
    until(lambda: "the gym goes on without it" in caplog.text)
    assert starts.read_text() == "x" * TRIES
    assert not left.is_set(), "the gym must outlive its console"
    console.stop()


def test_it_is_ended_with_the_gym(tmp_path):
    console, left, starts = child(tmp_path, "time.sleep(60)")
    console.start()
    until(starts.exists)
    begun = time.monotonic()
    console.stop()
    assert time.monotonic() - begun < 5
    assert not left.is_set()


def test_a_program_that_is_not_there_is_told(caplog):
    console = ConsoleChild(["/no/such/program"], lambda: None)
    console.start()
    until(lambda: "cannot be started" in caplog.text)
    console.stop()

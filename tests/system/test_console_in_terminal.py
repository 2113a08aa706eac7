"""The real console in a real terminal (tmux), before a running gym: keys are sent, and what stands there is read."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from gym_runs import ENVIRONMENT, SCENE, GymRun

if shutil.which("tmux") is None:
    pytest.skip("tmux is not installed: it is the terminal of these tests (apt install tmux)", allow_module_level=True)

CONFIG = """
[gym]
name = "Eastside"
timezone = "Europe/Berlin"

[[camera]]
id = "front"
name = "Front, by the mirror"
source = "rehearsal:pair.toml#front"
fps = 8
"""

FIXED_SIZE = {"COLUMNS": "80", "LINES": "24"}
"""What some shells export; the terminal itself knows better."""


class Pane:
    """A terminal with a command in it; when it ends, ``ENDED`` and its exit status stand there."""

    def __init__(self, folder: Path, command: str, width: int = 120, height: int = 34) -> None:
        self._tmux = ["tmux", "-L", f"spotter-{os.getpid()}", "-f", "/dev/null"]
        shell = f"cd {shlex.quote(str(folder))}; {command}; echo ENDED $?; exec sleep 1000"
        size = ["-x", str(width), "-y", str(height)]
        environment = {**ENVIRONMENT, "HOME": str(folder), "LC_ALL": "C.UTF-8", **FIXED_SIZE}
        environment.pop("NO_COLOR", None)
        line = [*self._tmux, "new-session", "-d", *size, "sh", "-c", shell]
        subprocess.run(line, env=environment, check=True, timeout=20)

    def press(self, *keys: str) -> None:
        """Send keys by tmux's names."""
        for key in keys:
            subprocess.run([*self._tmux, "send-keys", key], check=True, timeout=10)

    def resize(self, width: int, height: int) -> None:
        """Another size of the terminal."""
        line = [*self._tmux, "resize-window", "-x", str(width), "-y", str(height)]
        subprocess.run(line, check=True, timeout=10)

    def text(self) -> str:
        """What stands there."""
        line = [*self._tmux, "capture-pane", "-p"]
        return subprocess.run(line, check=True, timeout=10, capture_output=True, text=True).stdout

    def until(self, *words: str, without: str = "", within_s: float = 20.0) -> str:
        """Wait until all words stand there, and not the other."""
        deadline = time.monotonic() + within_s
        while True:
            text = self.text()
            told = " ".join(text.split())
            if all(word in told for word in words) and not (without and without in told):
                return text
            assert time.monotonic() < deadline, f"not within {within_s:g} s: {words}, without {without!r}\n{text}"
            time.sleep(0.1)

    def until_title(self, title: str, within_s: float = 20.0) -> None:
        """Wait until the screen of this name is shown."""
        deadline = time.monotonic() + within_s
        while not self.text().lstrip().startswith(f"{title} "):
            assert time.monotonic() < deadline, f"not within {within_s:g} s: {title}\n{self.text()}"
            time.sleep(0.1)

    def process(self, title: str) -> psutil.Process:
        """The process in it whose command line holds these words."""
        line = [*self._tmux, "display-message", "-p", "#{pane_pid}"]
        pane = int(subprocess.run(line, check=True, timeout=10, capture_output=True, text=True).stdout)
        found = [each for each in psutil.Process(pane).children(recursive=True) if title in " ".join(each.cmdline())]
        assert found, f"{title} does not run"
        return found[0]

    def close(self) -> None:
        """End the terminal and all in it."""
        subprocess.run([*self._tmux, "kill-server"], check=False, timeout=10, capture_output=True)


@contextmanager
def pane(folder: Path, *arguments: str, before: str = "") -> Iterator[Pane]:
    """``spotter …`` in a terminal."""
    command = shlex.join([sys.executable, "-m", "spotter", *arguments])
    opened = Pane(folder, f"{before} {command}")
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
def gym_folder(tmp_path: Path) -> Path:
    """A drawn gym of one camera that goes round and round."""
    (tmp_path / "pair.toml").write_text(SCENE)
    return tmp_path


def test_staff_look_at_a_running_gym(gym_folder: Path) -> None:
    with GymRun(gym_folder, CONFIG) as gym, pane(gym_folder, "console") as screen:
        text = screen.until("Front, by the mirror", "● online", "2 people", "#1", "now", within_s=60)
        assert "Europe/Berlin" in text
        assert any(0x2801 <= ord(char) <= 0x28FF for char in text), "skeletons are drawn in braille"
        screen.until("squat", within_s=30)
        screen.press("s")
        screen.until("by place")
        screen.press("/")
        screen.until("filter: squat !cam2")
        screen.press("l", "a", "t", "e", "r", "a", "l", "Enter")
        screen.until("filter: lateral", "1 of ", within_s=60)
        screen.press("Escape")
        screen.until(without="filter:")
        screen.press("?")
        screen.until("Keys that work here", "Filter")
        screen.press("Escape")
        screen.until(without="Keys that work here")
        screen.press("Enter")
        screen.until("Floor › #")
        # A key right behind Escape would be taken for one with Alt.
        screen.press("Escape")
        screen.until("by place")
        for key, title in (("2", "Alerts"), ("3", "History"), ("4", "Health"), ("1", "Floor")):
            screen.press(key)
            screen.until_title(title)
        screen.resize(80, 24)
        screen.until("● online", "#1")
        screen.resize(40, 10)
        screen.until("This terminal is 40x10")
        screen.resize(120, 34)
        screen.until("● online", without="This terminal is")

        gym.stop()
        screen.until("Redis does not answer", "old")
        gym.start()
        screen.until("● online", "#", without="Redis does not answer", within_s=60)

        screen.press("q")
        screen.until("ENDED 0")
        assert gym.is_running, "leaving a console changes nothing"


def test_a_signal_gives_the_terminal_back(gym_folder: Path) -> None:
    (gym_folder / "gym.toml").write_text(CONFIG)
    with pane(gym_folder, "console") as screen:
        screen.until("Waiting for the gym")
        screen.process("spotter").send_signal(signal.SIGTERM)
        text = screen.until("ENDED 0")
        assert "Waiting" not in text, "the console's own screen is closed"


def test_run_in_the_foreground_shows_the_console_and_stops_with_it(gym_folder: Path) -> None:
    (gym_folder / "gym.toml").write_text(CONFIG)
    with pane(gym_folder, "run") as screen:
        screen.until("● online", "2 people", within_s=60)
        supervisor = screen.process("spotter supervisor")
        family = supervisor.children(recursive=True)
        console = next(each for each in family if "console" in " ".join(each.cmdline()))
        console.kill()
        screen.until("● online", "2 people", within_s=20)
        assert supervisor.is_running(), "the gym outlives its console"
        screen.press("C-c")
        screen.until("Leave the console and stop the gym?")
        screen.press("n")
        screen.until(without="stop the gym?")
        family = supervisor.children(recursive=True)
        screen.press("q")
        screen.until("Leave the console and stop the gym?")
        screen.press("y")
        screen.until("ENDED 0", within_s=15)
        _, alive = psutil.wait_procs(family, timeout=5)
        assert not alive


def test_without_gym_toml_it_says_how_to_begin(tmp_path: Path) -> None:
    with pane(tmp_path, "console") as screen:
        screen.until("No camera is configured yet", "spotter camera add")
        (tmp_path / "gym.toml").write_text(CONFIG)
        screen.until("Waiting for the gym")
        screen.press("q")
        screen.until("ENDED 0")


def test_without_colours_and_without_unicode(gym_folder: Path) -> None:
    (gym_folder / "gym.toml").write_text(CONFIG)
    with pane(gym_folder, "console", "--ascii", before="NO_COLOR=1") as screen:
        screen.until("Waiting for the gym")
        screen.press("q")
        screen.until("ENDED 0")


def test_it_needs_a_terminal(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "spotter", "console"]
    ran = subprocess.run(
        command, cwd=tmp_path, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert ran.returncode == 2
    assert "spotter console needs a terminal" in ran.stderr
    assert not (tmp_path / ".spotter").exists()

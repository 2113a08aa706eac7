from pathlib import Path

import pytest

from core.errors import ExitCode
from core.secrets import Address
from core.settings import Camera, Settings, Transport, Workers
from spotter.doctor import machine
from spotter.doctor.finding import Finding, document, exit_code, line, ok, problem, warning


def gym(cameras=2, **camera):
    return Settings(
        camera=tuple(Camera(id=f"c{n}", source=Address("usb:0"), **camera) for n in range(cameras)),
        workers=Workers(count=2),
    )


def test_the_worst_problem_gives_the_exit_status_and_warnings_do_not():
    reach = problem("redis", "away", "start it", ExitCode.OUT_OF_REACH)
    usage = problem("config", "wrong", "mend it", ExitCode.USAGE)
    assert exit_code([ok("a", ""), warning("b", "", "")]) == ExitCode.FINE
    assert exit_code([usage, reach, ok("a", "")]) == ExitCode.OUT_OF_REACH
    assert exit_code([]) == ExitCode.FINE


def test_a_finding_is_one_line_that_says_what_to_do():
    assert line(warning("disk", "5 MB free", "free some")) == "warning  disk               5 MB free; free some"
    assert document([ok("disk", "fine")]) == {
        "exit_code": 0,
        "findings": [{"check": "disk", "state": "ok", "text": "fine", "advice": ""}],
    }


@pytest.mark.parametrize(
    ("version", "state"), [((3, 10, 9), "problem"), ((3, 11, 0), "ok"), ((3, 14, 1), "ok"), ((4, 0, 0), "ok")]
)
def test_python(version, state):
    assert machine.check_python(version).state == state


def test_more_cameras_need_more_cores():
    assert machine.cores_needed(gym(4, fps=12)) == pytest.approx(2 * machine.cores_needed(gym(2, fps=12)))
    assert machine.cores_needed(gym(2, enabled=False)) == 0
    assert machine.check_cores(4, gym(2, fps=12)).state == "ok"
    assert machine.check_cores(1, gym(20, fps=25)).state == "warning"


def test_memory_that_is_missing_and_memory_that_is_taken_differ():
    settings = gym(4)
    need = machine.memory_needed_mb(4, settings)
    assert machine.check_memory(need * 2, need + 1, 4, settings).state == "ok"
    assert machine.check_memory(need * 2, need - 1, 4, settings).state == "warning"
    assert machine.check_memory(need - 1, need - 1, 4, settings).state == "problem"


def test_held_frames_count_as_memory():
    less = Settings(camera=gym(4).camera, transport=Transport(hold_mb=0))
    more = Settings(camera=gym(4).camera, transport=Transport(hold_mb=100))
    assert machine.memory_needed_mb(2, more) - machine.memory_needed_mb(2, less) == 400


def test_a_folder_that_is_not_there_yet_is_judged_by_the_one_above(tmp_path):
    assert machine.nearest_folder(tmp_path / "a" / "b") == tmp_path
    found = machine.check_disk("disk", tmp_path / "a" / "b")
    assert str(tmp_path) in found.text


@pytest.mark.parametrize(("free_mb", "state"), [(50, "problem"), (900, "warning"), (9000, "ok")])
def test_a_disk_that_fills(tmp_path, monkeypatch, free_mb, state):
    usage = type("Usage", (), {"free": free_mb * 1_000_000})
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _folder: usage)
    assert machine.check_disk("disk", tmp_path).state == state


def test_a_folder_that_cannot_be_written_is_found_out_by_writing():
    found = machine.check_writable("data", Path("/proc/spotter"))
    assert found.state == "problem"
    assert "/proc" in found.text
    assert found.code == ExitCode.UNUSABLE


def test_a_folder_that_can_be_written_holds_nothing_afterwards(tmp_path):
    assert machine.check_writable("data", tmp_path).state == "ok"
    assert machine.check_writable("data", tmp_path / "new").state == "ok"
    assert list(tmp_path.iterdir()) == []


def test_two_distributions_of_cv2_are_told():
    found = machine.check_opencv(["opencv-contrib-python-headless", "opencv-python"])
    assert found.state == "warning"
    assert "opencv-python" in found.text
    assert machine.check_opencv(["opencv-contrib-python-headless"]).state == "ok"


def test_missing_weights_are_told_with_the_command_that_gets_them(tmp_path, monkeypatch):
    monkeypatch.setenv("SPOTTER_CACHE", str(tmp_path))
    found = machine.check_weights("full")
    assert (found.state, found.code) == ("problem", ExitCode.UNUSABLE)
    assert "spotter models pull full" in found.text


def test_the_weights_that_tests_use_open():
    assert machine.check_weights("full").state == "ok"


def test_a_detector_that_nobody_registered(tmp_path, monkeypatch):
    monkeypatch.setenv("SPOTTER_CACHE", str(tmp_path))
    assert machine.check_detector("nanodet").state == "problem"


def test_files_that_gym_toml_names_must_be_readable(tmp_path):
    there = tmp_path / "ours.toml"
    there.write_text("")
    settings = Settings(workers=Workers(exercises=str(there), classifier=str(tmp_path / "gone.onnx")))
    exercises, classifier = machine.check_files_named(settings)
    assert exercises.state == "ok"
    assert (classifier.state, classifier.code) == ("problem", ExitCode.USAGE)
    assert "gone.onnx" in classifier.text
    assert machine.check_files_named(Settings()) == []


def test_few_open_files_are_a_warning():
    assert machine.check_open_files(1024, 4).state == "ok"
    assert "ulimit -n" in machine.check_open_files(256, 30).advice


def test_the_folder_of_sockets(tmp_path):
    assert machine.check_socket_folder("").state == "ok"
    assert machine.check_socket_folder("/tmp").state == "ok"
    assert machine.check_socket_folder(str(tmp_path / "none")).state == "warning"
    long = tmp_path / ("x" * 60)
    long.mkdir()
    assert "too long" in machine.check_socket_folder(str(long)).text


def test_a_clock_that_was_never_set():
    assert machine.check_year(1970).state == "problem"
    assert machine.check_year(2026).state == "ok"


def test_a_finding_says_what_was_looked_at():
    assert Finding("x", "ok", "y").code == ExitCode.FINE

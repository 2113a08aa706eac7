import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import click
import pytest

from core.errors import ClipError, ConfigError, OutOfReachError
from spotter import __version__, cli
from spotter.cli import COMMANDS, SpotterGroup, main

ROOT = Path(__file__).parents[3]


def run(*args, **environment):
    command = [sys.executable, "-m", "spotter", *args]
    env = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, capture_output=True, text=True, env=env, timeout=60, check=False)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_listed_command_exists_and_explains_itself(name):
    command = main.get_command(click.Context(main), name)
    assert command.name == name
    assert command.help
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, f"{name} {option.opts[0]} has no help"


def test_help_lists_every_command_and_is_fast():
    seconds = []
    for _round in range(5):
        before = os.times()
        done = run("--help")
        after = os.times()
        seconds.append(after.children_user + after.children_system - before.children_user - before.children_system)
    assert done.returncode == 0
    for name, text in COMMANDS.items():
        assert f"  {name}" in done.stdout
        assert text[:40] in done.stdout
    assert min(seconds) < 0.3


def test_help_imports_nothing_heavy():
    code = "import sys, spotter.cli; print([m for m in ('numpy','cv2','rich','onnxruntime') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_version_is_that_of_the_package():
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"spotter {__version__}\n")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == __version__


@pytest.mark.parametrize(
    "args", [["no-such-command"], ["--no-such-option"], ["analyze"], ["analyze", "--backend", "x", "c"]]
)
def test_usage_errors_are_2(args):
    done = run(*args)
    assert done.returncode == 2
    assert "Error:" in done.stderr
    assert "Traceback" not in done.stderr


def ending(error, args=(), debug=False):
    """Run a group whose only command raises; gives the exit code."""

    @click.group(cls=SpotterGroup)
    @click.option("--debug", is_flag=True, is_eager=True, expose_value=False, callback=cli._set_debug)
    def group():
        pass

    @click.command()
    def raises():
        raise error

    group.get_command = lambda ctx, name: raises
    with pytest.raises(SystemExit) as left:
        group.main([*(["--debug"] if debug else []), "raises", *args])
    return left.value.code


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (ConfigError("wrong"), 2, "spotter: wrong\n"),
        (OutOfReachError("offline"), 3, "spotter: offline\n"),
        (ClipError("x.mp4: empty"), 4, "spotter: x.mp4: empty\n"),
        (KeyboardInterrupt(), 130, ""),
        (click.Abort(), 130, ""),
    ],
)
def test_errors_end_with_one_line_and_their_code(capsys, error, code, said):
    assert ending(error) == code
    assert capsys.readouterr().err.lstrip() == said


def test_a_bug_says_so_in_one_line_and_shows_its_origin_only_when_asked(capsys):
    assert ending(ZeroDivisionError("a\nb")) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "this is a bug in Spotter (ZeroDivisionError: a b)" in err
    assert ending(ZeroDivisionError("a"), debug=True) == 1
    assert "Traceback" in capsys.readouterr().err


def test_debug_by_the_environment():
    assert "Traceback" not in run("analyze", "/no/such", "--exercise", "x").stderr
    done = run("analyze", "/no/such", "--exercise", "x", SPOTTER_DEBUG="1")
    assert "Traceback" in done.stderr
    assert done.returncode == 2


def test_a_closed_pipe_is_quiet():
    code = (
        "import sys, time, click; from spotter.cli import main\n"
        "@main.command('x')\ndef x():\n    time.sleep(0.3); click.echo('a' * 100000)\n"
        "main.get_command = lambda ctx, name: x\nmain(['x'])"
    )
    script = f'"{sys.executable}" -c "$CODE" | true; exit ${{PIPESTATUS[0]}}'
    env = {**os.environ, "CODE": code, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=env, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_unwinds_the_program(tmp_path, number, code):
    source = (
        "import sys, time; from spotter.cli import main; import click\n"
        "@click.command()\ndef x():\n"
        "    try:\n        print('ready', flush=True); time.sleep(30)\n"
        "    finally:\n        print('cleaned up', flush=True)\n"
        "main.get_command = lambda ctx, name: x\nmain(['x'])"
    )
    with subprocess.Popen([sys.executable, "-c", source], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        started = time.monotonic()
        assert process.stdout.readline() == "cleaned up\n"
        assert process.wait(10) == code
        assert time.monotonic() - started < 10


def test_what_is_missing_is_told_in_one_line_also_where_there_is_a_choice():
    done = run("plot")
    assert done.returncode == 2
    last = done.stderr.rstrip("\n").splitlines()[-1]
    assert last.startswith("Error: Missing argument")
    assert last.endswith("Choose from: volume, occupancy, progress, faults")

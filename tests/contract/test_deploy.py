"""What deploy/ promises: units that systemd accepts, a compose file of the published shape, commands that exist."""

import json
import re
import shlex
import shutil
import subprocess
import sys
import time
import tomllib
from contextlib import closing
from pathlib import Path
from typing import get_args

import click
import pytest

from core.config_file import load_settings
from core.errors import StoreError
from core.messages import AlertKind, FailureReason
from core.secrets import Address
from core.store import Store, server_facts
from spotter.cli import main
from spotter.redis_server import find_redis_server

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
SYSTEMD = DEPLOY / "systemd"
UNITS = sorted(path.name for path in SYSTEMD.glob("*.service"))
MOST_EXPOSED = 20
"""Tenths; systemd's own scale goes to 100, an ordinary service has 96. Open network access alone is worth about 15."""
INSTANCES = {
    "spotter-ingest@.service": "spotter-ingest@racks.service",
    "spotter-worker@.service": "spotter-worker@1.service",
}
ENVIRONMENT = {"REDIS_PASSWORD": "a", "POSTGRES_PASSWORD": "b", "CAMERAS_PASSWORD": "c", "SPOTTER_HOST": "here"}


def check_command(words):
    """Fail if a ``spotter`` command line names a command, an option or an argument that there is not."""
    assert words[0] == "spotter" or words[0].endswith("/spotter"), words
    group = click.Context(main, info_name="spotter")
    command = main.get_command(group, words[1])
    assert command is not None, f"there is no command spotter {words[1]}"
    command.make_context(words[1], words[2:], parent=group)


# systemd -------------------------------------------------------------------------------------------------------------


def unit_lines(name):
    text = (SYSTEMD / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def exec_start(name):
    return next(line.removeprefix("ExecStart=") for line in unit_lines(name) if line.startswith("ExecStart="))


@pytest.fixture(scope="module")
def systemd_root(tmp_path_factory):
    """A root folder with the units and an empty program, for ``systemd-analyze --root``."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is missing: it comes with systemd, which this machine does not have")
    root = tmp_path_factory.mktemp("root")
    program = root / exec_start("spotter.service").split()[0].lstrip("/")
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    folder = root / "etc/systemd/system"
    folder.mkdir(parents=True)
    version = int(re.search(r"systemd (\d+)", systemd_analyze("--version").stdout)[1])
    for path in (*SYSTEMD.glob("*.service"), SYSTEMD / "spotter.target"):
        text = path.read_text(encoding="utf-8")
        if version < 254:
            # Known from then on, as the unit says; an older one only warns, and would not tell that from a mistake.
            text = re.sub(r"^Restart(Steps|MaxDelaySec)=.*\n", "", text, flags=re.MULTILINE)
        (folder / INSTANCES.get(path.name, path.name)).write_text(text)
    drop_in = folder / "spotter-ingest@racks.service.d"
    drop_in.mkdir()
    shutil.copy(SYSTEMD / "usb-camera.conf", drop_in)
    return root


def systemd_analyze(*arguments):
    command = ["systemd-analyze", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("unit", [*UNITS, "spotter.target"])
def test_systemd_accepts_the_unit(systemd_root, unit):
    done = systemd_analyze(
        "verify", "--man=no", "--recursive-errors=no", f"--root={systemd_root}", INSTANCES.get(unit, unit)
    )
    complaints = [line for line in done.stderr.splitlines() if "spotter" in line]
    assert complaints == []


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_finds_the_unit_well_protected(systemd_root, unit):
    done = systemd_analyze(
        "security", "--no-pager", "--offline=yes", f"--root={systemd_root}", f"--threshold={MOST_EXPOSED}",
        INSTANCES.get(unit, unit),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_mistake_in_a_unit_would_be_seen(systemd_root):
    unit = systemd_root / "etc/systemd/system/spotter-wrong.service"
    unit.write_text("[Service]\nExecStart=/opt/spotter/bin/spotter\nRestrat=no\n")
    done = systemd_analyze("verify", "--man=no", "--recursive-errors=no", f"--root={systemd_root}", unit.name)
    assert "Restrat" in done.stderr


@pytest.mark.parametrize("unit", UNITS)
def test_units_start_commands_that_exist(unit):
    check_command(shlex.split(exec_start(unit).replace("%i", "1")))


@pytest.mark.parametrize("unit", UNITS)
def test_units_restart_what_a_restart_can_help(unit):
    lines = unit_lines(unit)
    assert "Restart=on-failure" in lines
    assert "RestartPreventExitStatus=2" in lines


# Dockerfile ----------------------------------------------------------------------------------------------------------


def docker_steps():
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [tuple(line.split(maxsplit=1)) for line in joined.splitlines()]


def test_the_image_ends_without_rights_and_with_a_health_check():
    steps = docker_steps()
    final = steps[max(index for index, (what, _) in enumerate(steps) if what == "FROM") :]
    assert dict(final)["USER"] == "10001:10001"
    assert "--process" in dict(final)["HEALTHCHECK"]


def test_the_image_copies_only_what_there_is():
    let_in = {
        line.removeprefix("!")
        for line in (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    for what, rest in docker_steps():
        words = [word for word in rest.split() if not word.startswith("--")]
        if what == "COPY" and "--from=" not in rest and words[0] != ".":
            assert (ROOT / words[0]).is_file()
            assert words[0] in let_in
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    assert {name.rstrip("*") for name in packages["find"]["include"]} <= let_in


def test_the_image_starts_a_command_that_exists():
    (command,) = [json.loads(rest) for what, rest in docker_steps() if what == "CMD"]
    check_command(command)
    (check,) = [rest.partition("CMD ")[2] for what, rest in docker_steps() if what == "HEALTHCHECK"]
    check_shell_line(json.loads(check)[-1])


def check_shell_line(line):
    check_command(shlex.split(line.removeprefix("exec ").replace("$$", "$")))


def locked(path):
    """Name and version with marker, to hashes."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    pins = {}
    for line in filter(None, text.splitlines()):
        pin, *hashes = line.split(" --hash=")
        pins[" ".join(pin.split())] = sorted(part.strip() for part in hashes)
    return pins


def test_the_image_installs_what_is_tested():
    ours, all_pins = locked(DEPLOY / "requirements.lock"), locked(ROOT / "requirements.lock")
    everything = {pin.partition(" ;")[0]: hashes for pin, hashes in all_pins.items()}
    for pin, hashes in ours.items():
        assert everything.get(pin.partition(" ;")[0]) == hashes, f"{pin} is another than in requirements.lock"
    names = {pin.partition("==")[0] for pin in ours}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.match(r"[\w.-]+", need)[0] for need in project["dependencies"]}
    assert needed <= names, "deploy/requirements.lock lacks needs of the project: make lock"


def test_secrets_become_variables(tmp_path):
    (tmp_path / "redis_password").write_text("a b'c\"$d\n")
    (tmp_path / "cameras.racks-1").write_text("x")
    code = "import os; print(os.environ['REDIS_PASSWORD'], os.environ['CAMERAS_RACKS_1'], os.environ['SPOTTER_HOST'])"
    done = subprocess.run(
        [DEPLOY / "with-secrets.sh", sys.executable, "-c", code],
        env={"SPOTTER_SECRETS": str(tmp_path), "PATH": "/usr/bin:/bin", "SPOTTER_HOST": "ingest-racks"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "a b'c\"$d x ingest-racks\n"


def test_no_secrets_are_no_error(tmp_path):
    command = [DEPLOY / "with-secrets.sh", "sh", "-c", "exit 7"]
    done = subprocess.run(command, env={"SPOTTER_SECRETS": str(tmp_path), "PATH": "/usr/bin:/bin"}, check=False)
    assert done.returncode == 7


# compose.yaml --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compose():
    yaml = pytest.importorskip("ruamel.yaml", reason="ruamel.yaml is missing: it comes with check-jsonschema")
    return yaml.YAML(typ="safe").load(DEPLOY / "compose.yaml")


def test_compose_has_the_published_shape():
    pytest.importorskip("check_jsonschema", reason="check-jsonschema is missing: it carries the compose specification")
    command = ["-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(DEPLOY / "compose.yaml")]
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout


def own_services(compose):
    return {name: service for name, service in compose["services"].items() if "spotter" in service["image"]}


def test_compose_starts_commands_that_exist(compose):
    services = own_services(compose)
    assert set(services) == {"aggregator", "worker", "ingest-racks"}
    for service in services.values():
        command = service["command"]
        if command[0] == "sh":
            check_shell_line(command[-1])
        else:
            check_command(command)
        if "healthcheck" in service:
            check_shell_line(service["healthcheck"]["test"][-1])


def test_compose_gives_no_process_more_than_it_needs(compose):
    for name, service in own_services(compose).items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert "ports" not in service, name
    assert not any("ports" in service for service in compose["services"].values())


def test_compose_keeps_every_event_that_redis_was_given(compose):
    command = compose["services"]["redis"]["command"][-1]
    assert "--maxmemory-policy noeviction" in command
    assert "--appendonly yes" in command


def test_the_redis_of_compose_asks_for_the_password_in_the_file(compose, tmp_path):
    (tmp_path / "redis_password").write_text("s3cret\n")
    line = compose["services"]["redis"]["command"][-1].replace("$$", "$").replace("/run/secrets", str(tmp_path))
    line = line.replace("redis-server -", f"{find_redis_server()} - --port 0 --unixsocket {tmp_path}/redis.sock")
    with subprocess.Popen(["sh", "-c", line], cwd=tmp_path, stdout=subprocess.DEVNULL) as server:
        try:
            with closing(Store(Address(f"unix://:s3cret@{tmp_path}/redis.sock"))) as store:
                facts = server_facts(until(store))
            with closing(Store(Address(f"unix://{tmp_path}/redis.sock"))) as store, pytest.raises(StoreError):
                store.check()
        finally:
            server.terminate()
            server.wait(10)
    assert facts["policy"] == "noeviction"
    assert facts["persistence"] == "append-only file"
    assert server.returncode == 0, "the shell must become the server, or it is killed instead of stopped"


def until(store):
    """The store, once its server answers."""
    deadline_s = time.monotonic() + 10
    while True:
        try:
            store.check()
            return store
        except StoreError:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.02)


def test_what_compose_refers_to_is_defined(compose):
    for service in compose["services"].values():
        for secret in service.get("secrets", []):
            assert secret in compose["secrets"]
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert source.startswith("./") or source in compose["volumes"]
    for service in own_services(compose).values():
        assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()


def test_the_gym_toml_of_compose_names_its_services(compose):
    settings = load_settings(DEPLOY / "gym.compose.toml", ENVIRONMENT)
    assert "@redis:" in settings.redis.url.reveal()
    assert settings.database.url.reveal().endswith("@postgres/spotter")
    assert {"redis", "postgres"} <= set(compose["services"])
    for camera in settings.camera:
        service = compose["services"][f"ingest-{camera.id}"]
        assert service["hostname"] == f"ingest-{camera.id}"
        assert camera.id in service["command"]
    variables = {name.upper() for name in compose["secrets"]}
    asked = set(re.findall(r"\$\{(\w+)\}", (DEPLOY / "gym.compose.toml").read_text(encoding="utf-8")))
    assert asked <= variables | {"SPOTTER_HOST"}


# Documentation -------------------------------------------------------------------------------------------------------


def told_commands(path):
    """Every ``spotter …`` in code of a page: what stands in back-quotes or is indented."""
    text = path.read_text(encoding="utf-8")
    quoted = re.findall(r"`([^`]+)`", text)
    indented = [line for line in text.splitlines() if line.startswith("    ")]
    for code in (*quoted, *indented):
        for words in re.findall(r"(?:^|\s|/)spotter ([a-z][^&;|#]*)", code):
            yield words.split()


@pytest.mark.parametrize("page", ["docs/operations.md", "deploy/README.md"])
def test_pages_tell_of_commands_and_options_that_exist(page):
    told = list(told_commands(ROOT / page))
    assert len(told) > 5
    for words in told:
        command, rest = main, list(words)
        while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
            command = command.get_command(click.Context(command), rest.pop(0))
            assert command is not None, f"{page}: there is no spotter {' '.join(words)}"
        known = {name for param in command.params for name in param.opts}
        for word in rest:
            assert not word.startswith("-") or word in known, f"{page}: {command.name} has no {word}"


def test_the_page_of_operations_names_every_alert_and_every_failure_of_a_camera():
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    for alert in get_args(AlertKind):
        assert f"| {alert} |" in text
    for reason in get_args(FailureReason):
        assert reason in text

"""``spotter doctor``: says what is missing on a machine, one line a check, and whether one process lives."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.durations import parse_duration
from core.errors import ExitCode, OutOfReachError
from core.secrets import Address

if TYPE_CHECKING:
    from spotter.doctor.finding import Finding


def _seconds(ctx: click.Context, param: click.Parameter, value: str) -> float:
    try:
        seconds = parse_duration(value)
        if seconds <= 0:
            raise ValueError("must be more than nothing")
    except ValueError as error:
        raise click.BadParameter(f"{value!r} {error}", ctx, param) from None
    return seconds


@click.command(short_help="Say what is missing on this machine, and what to do about it.")
@click.option("-c", "--config", type=click.Path(path_type=Path), metavar="FILE", help="gym.toml; the one here if any.")
@click.option("--redis", metavar="URL", help="Instead of the one in gym.toml.")
@click.option("--database", metavar="URL", help="Instead of the one in gym.toml.")
@click.option("--cameras", "open_cameras", is_flag=True, help="Open every camera and wait for a picture.")
@click.option("--process", metavar="NAME", help="Only whether this process lives, such as worker:1; for health checks.")
@click.option("--max-age", callback=_seconds, default="10s", show_default=True, help="Oldest heartbeat of --process.")
@click.option(
    "--format", "shape", type=click.Choice(["text", "json"]), default="text", help="For people or for programs."
)
def doctor(  # one argument an option
    *,
    config: Path | None,
    redis: str | None,
    database: str | None,
    open_cameras: bool,
    process: str | None,
    max_age: float,
    shape: str,
) -> int:
    """Check this machine, the services and the cameras; a line each: ok, warning or problem.

    Exit status by the worst problem: 0 none, 2 wrong config, 3 something is out of reach, 4 something is unusable.
    Warnings do not count.
    """
    from spotter.doctor.examination import GYM_TOML, Patient, examine, examine_process
    from spotter.doctor.finding import exit_code

    chosen = config if config is not None else Path(GYM_TOML) if Path(GYM_TOML).is_file() else None
    address = None if redis is None else Address(redis)
    if process is not None:
        findings = [examine_process(process, address or _redis_of(chosen), max_age)]
        _tell_all(findings, shape)
        return exit_code(findings)
    patient = Patient(chosen, address, None if database is None else Address(database), open_cameras)
    tell = _tell if shape == "text" else _silently
    findings = examine(patient, tell)
    if shape == "json":
        _tell_all(findings, shape)
    return _conclude(findings, shape)


def _redis_of(config: Path | None) -> Address:
    """Where the heartbeats are: named in gym.toml, or the Redis of the ``spotter run`` that runs here."""
    from spotter.doctor.examination import running_redis

    named = None
    if config is not None:
        from core.config_file import load_settings

        named = load_settings(config, os.environ).redis.url
    address = named or running_redis(config)
    if address is None:
        raise OutOfReachError(
            "no spotter run has started a Redis here; name one with --redis URL or a gym.toml with -c"
        )
    return address


def _conclude(findings: "list[Finding]", shape: str) -> ExitCode:
    from spotter.doctor.finding import exit_code

    problems = sum(finding.state == "problem" for finding in findings)
    warnings = sum(finding.state == "warning" for finding in findings)
    if shape == "text":
        told = f"{_counted(problems, 'problem')}, {_counted(warnings, 'warning')}"
        click.echo(told if problems or warnings else "all is well")
    return exit_code(findings)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _tell(finding: "Finding") -> None:
    from spotter.doctor.finding import line

    click.echo(line(finding))


def _silently(finding: "Finding") -> None:
    pass


def _tell_all(findings: "list[Finding]", shape: str) -> None:
    from spotter.doctor.finding import document

    if shape == "json":
        click.echo(json.dumps(document(findings), ensure_ascii=False, indent=1))
        return
    for finding in findings:
        _tell(finding)

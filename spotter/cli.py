"""The ``spotter`` command: its list of subcommands, and how every error ends.

Owns the exit codes. Imports a subcommand only when it is called, so that ``spotter --help`` stays fast.
"""

import importlib
import io
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from core.errors import ExitCode, SpotterError
from spotter import __version__
from spotter.stopping import Stopped, raise_if_stopped, stopping_raises

COMMANDS = {
    "aggregator": "Store what the workers find, and tell who is who.",
    "alerts": "What staff were told.",
    "analyze": "Tell from recordings who trained what, how often and how well.",
    "camera": "Add, list, try, pause and remove cameras in gym.toml.",
    "cameras": "What the database knows of cameras; `camera` edits them.",
    "config": "Check gym.toml, and give its schema to editors.",
    "console": "Look at the floor: cameras, people, alerts, history, health.",
    "convert": "Bring a trained classifier to 8 bits, or to a phone.",
    "dataset": "Make data sets to train on: clips, landmarks, splits.",
    "db": "Look after the database: upgrade, back up, restore, check, purge.",
    "demo": "Run the whole system on a gym that Spotter draws itself.",
    "doctor": "Say what is missing on this machine, and what to do about it.",
    "evaluate": "Compare what is found with what is true of labelled clips or drawn scenes.",
    "export": "Write all tables of the past into a new folder.",
    "forget": "Erase a person everywhere, and prove it.",
    "ingest": "Publish the frames of this machine's cameras.",
    "keys": "Make the keys that frames need to travel between machines.",
    "leaderboard": "Train, measure and compare the models of the zoo.",
    "member": "Link people to the gym's members, and show a member's progress.",
    "models": "Get, list and check the pose weights.",
    "people": "Who was on the floor, and how much they did.",
    "plot": "Draw volume, occupancy, progress or faults as a picture.",
    "predict-frame": "Tell what the people in one frame of a recording do.",
    "rehearse": "Record a drawn gym: videos of several cameras, with exact truth.",
    "report": "Write a day or a week as a page to read or print.",
    "reps": "Repetitions: each with its time, range of motion and faults.",
    "run": "Watch the gym: start everything on this machine.",
    "sessions": "Visits: when somebody came and left, and what they did.",
    "sets": "Sets: who did what, where, how often, how well.",
    "sql": "Ask the database in SQL, without being able to change it.",
    "train": "Train a model on landmarks or crops, and export it.",
    "webhook": "List the webhooks of gym.toml, and try one out.",
    "worker": "Process the frames of cameras anywhere.",
}
"""Name and one line of help of each subcommand; ``NAME`` is the click command ``NAME`` in ``spotter.commands.NAME``,
with ``_`` for a hyphen."""

BUG = 1
BROKEN_PIPE = 128 + 13
"""What a shell reports for a program that SIGPIPE ended."""


class SpotterGroup(click.Group):
    """A command group that imports its commands late and turns every error into one line and an exit code."""

    debug = False

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the subcommands, without importing any."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one subcommand; None if there is no such."""
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        command = getattr(importlib.import_module(f"spotter.commands.{name}"), name)
        if not isinstance(command, click.Command):
            raise TypeError(f"spotter.commands.{name}.{name} is not a click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands from ``COMMANDS``, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name]) for name in self.list_commands(ctx)])

    def main(  # type: ignore[override]  # click declares overloads on standalone_mode; this one always exits
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        **extra: Any,  # noqa: ANN401
    ) -> NoReturn:
        """Run and leave with an exit code of ``core.errors.ExitCode``."""
        extra["standalone_mode"] = False
        with stopping_raises():
            code = self._run(args, prog_name, extra)
        sys.exit(code)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  # as click declares it
        """Run the chosen subcommand; a closed pipe comes out as an exception that click does not handle itself."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError as error:
            raise _PipeClosedError from error
        return result

    def _run(self, args: Sequence[str] | None, prog_name: str | None, extra: dict[str, Any]) -> int:
        try:
            result = super().main(args, prog_name, **extra)
            return result if isinstance(result, int) else ExitCode.FINE
        except click.exceptions.Exit as leave:
            return leave.exit_code
        except click.ClickException as error:
            _tell_usage(error)
            return ExitCode.USAGE
        except Stopped as stopped:
            return stopped.exit_code
        except (KeyboardInterrupt, click.Abort):
            return ExitCode.INTERRUPTED
        except _PipeClosedError:
            # The interpreter flushes standard output once more at its end and would complain then.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return BROKEN_PIPE
        except Exception as error:  # noqa: BLE001  # the top of the program
            return self._failed(error)

    def _failed(self, error: Exception) -> int:
        """Tell of an error in one line; what is not a ``SpotterError`` is a bug."""
        try:
            raise_if_stopped()
        except Stopped as stopped:
            return stopped.exit_code
        if self.debug:
            traceback.print_exception(error)
        if isinstance(error, SpotterError):
            complain(str(error))
            return error.exit_code
        complain(bug(error))
        return BUG


def _tell_usage(error: click.ClickException) -> None:
    """What click says, but what is wrong in one line also where it lists what could be said."""
    told = io.StringIO()
    error.show(told)
    click.echo(told.getvalue().replace("\n\t", " "), err=True, nl=False)


class _PipeClosedError(Exception):
    """The reader of standard output has gone."""


def complain(message: str) -> None:
    """Print one line to standard error, where results never go."""
    click.echo(f"spotter: {message}", err=True)


def bug(error: BaseException) -> str:
    """Say in one line that an unexpected exception is a bug, and how to see where it comes from."""
    what = " ".join(f"{type(error).__name__}: {error}".split())
    return f"this is a bug in Spotter ({what}); run again with SPOTTER_DEBUG=1 to see where"


def _set_debug(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    group = ctx.find_root().command
    if isinstance(group, SpotterGroup):
        group.debug = value


@click.group(cls=SpotterGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "-V", "--version", message="spotter %(version)s")
@click.option(
    "--debug",
    is_flag=True,
    envvar="SPOTTER_DEBUG",
    expose_value=False,
    is_eager=True,
    callback=_set_debug,
    help="Show where an error comes from (also: SPOTTER_DEBUG=1).",
)
def main() -> None:
    """Watch a gym floor: who trains what, how many repetitions, and how well.

    Exit codes: 0 fine, 1 a bug, 2 wrong usage or config, 3 a service or the network is out of reach, 4 a clip or model
    is unusable or a result could not be written, 130 interrupted (Ctrl-C).
    """

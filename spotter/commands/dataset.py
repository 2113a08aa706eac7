"""``spotter dataset``: the list of its subcommands; each is imported only when it is called."""

import importlib

import click

SUBCOMMANDS = {
    "crops": "Cut squares around the people of labelled clips, for models that look at pixels.",
    "extract": "Find the people of labelled clips and write their landmarks into one file.",
    "import": "List labelled clips, fetch them from a bucket, resize them, take frames out of them.",
    "label-form": "Label frames of an exercise correct or incorrect by the angles of its form rules.",
    "landmarks": "Read landmarks of other tools from CSV files.",
    "penn-action": "Read the joints and actions of the Penn Action data set.",
    "report": "Count what a file of landmarks holds, and tell what is wrong with it.",
    "split": "Divide a file of landmarks into train, validation and test by recording.",
    "synthesize": "Make landmarks of people who are drawn, seen as the pose model sees them.",
}
"""Name and one line of help of each; ``NAME`` is the click command of that name in ``spotter.datasets.NAME``."""

_MODULES = {"import": "import_clips"}
"""Where Python does not take the subcommand's name for one of a module."""


class _LateGroup(click.Group):
    """Lists its subcommands without importing any."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the subcommands."""
        return sorted(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one subcommand; None if there is no such."""
        if cmd_name not in SUBCOMMANDS:
            return None
        name = _MODULES.get(cmd_name, cmd_name.replace("-", "_"))
        command = getattr(importlib.import_module(f"spotter.datasets.{name}"), name)
        if not isinstance(command, click.Command):
            raise TypeError(f"spotter.datasets.{name}.{name} is not a click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands with their line of help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, SUBCOMMANDS[name]) for name in self.list_commands(ctx)])


@click.group(cls=_LateGroup, short_help="Make data sets to train on: clips, landmarks, splits.")
def dataset() -> None:
    """Make data sets to train on: clips, landmarks, crops, splits and reports."""

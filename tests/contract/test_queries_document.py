"""docs/queries.md tells of every command, option, format and method, and its example runs."""

import re
from pathlib import Path

import click
import pytest
from filled_gym import fill

from spotter.cli import main
from spotter.database_api import Database, Rows
from spotter.query.delivery import FORMATS
from spotter.query.options import FORMATS as OFFERED
from spotter.query.questions import QUESTIONS

PAGE = (Path(__file__).parents[2] / "docs" / "queries.md").read_text("utf-8")
COMMANDS = (*QUESTIONS, "sql", "export")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_told(name: str) -> None:
    assert f"`spotter {name}" in PAGE
    command = main.get_command(click.Context(main), name)
    assert command is not None
    for option in command.params:
        if isinstance(option, click.Option):
            for word in option.opts:
                assert f"`{word}" in PAGE, f"spotter {name} {word}"


def test_formats_and_methods_are_told() -> None:
    assert FORMATS == OFFERED
    for name in FORMATS:
        assert f"**{name}**" in PAGE
    for name in vars(Rows):
        assert name.startswith("_") or f"rows.{name}" in PAGE
    for name in vars(Database):
        assert name.startswith("_") or name == "close" or f"`{name}`" in PAGE or f"`{name}(" in PAGE


def test_the_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    fill(f"sqlite:///{tmp_path / 'gym.db'}")
    monkeypatch.chdir(tmp_path)
    exec(code.replace('since="monday"', 'since="2026-05-01"').replace(".dataframe()", ".arrow()"), {})
    assert len(capsys.readouterr().out.splitlines()) == 3

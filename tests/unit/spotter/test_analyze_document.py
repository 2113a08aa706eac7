"""docs/analyze.md says what ``spotter analyze`` does; every option, field and array has to be in it."""

import json
import re
from pathlib import Path

import click
import numpy as np
import pytest

from core.errors import ExitCode
from spotter.commands.analyze import analyze
from spotter.document import document
from spotter.keypoints import KeypointsFile

PAGE = (Path(__file__).parents[3] / "docs" / "analyze.md").read_text(encoding="utf-8")


def rows():
    """Names in the first column of the page's tables."""
    cells = re.findall(r"^\| (`[^|]*(?:\\\|[^|]*)*`) \|", PAGE, flags=re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]*)`", cell)}


def test_every_option_is_documented_and_nothing_else():
    options = {name for option in analyze.params if isinstance(option, click.Option) for name in option.opts}
    assert {name.split()[0] for name in rows() if name.startswith("--")} == options | {"--help"}


def fields(value):
    if isinstance(value, dict):
        return set(value).union(*map(fields, value.values()))
    return set().union(*map(fields, value)) if isinstance(value, list) else set()


def test_every_field_is_documented(make_analysis):
    result = document(make_analysis())
    inner = {"at_s", "reason", "rep", "fault", "cue"}
    assert fields(result) - inner <= rows()
    for name in inner:
        assert f"`{name}`" in PAGE


def test_the_example_has_the_fields_of_a_real_document(make_analysis):
    example = re.search(r'^    (\{"spotter".*?\]\}\]\}\]\})$', PAGE, flags=re.MULTILINE | re.DOTALL).group(1)
    parsed = json.loads(example.replace(", …", ""))
    real = document(make_analysis())
    assert parsed.keys() == real.keys()
    assert parsed["people"][0].keys() == real["people"][0].keys()
    assert parsed["people"][0]["sets"][0].keys() == real["people"][0]["sets"][0].keys()


def test_every_array_is_documented(tmp_path, make_analysis):
    KeypointsFile(tmp_path / "k.npz").finish(make_analysis())
    with np.load(tmp_path / "k.npz") as data:
        assert set(data.files) <= rows()


@pytest.mark.parametrize("code", [ExitCode.FINE, ExitCode.USAGE, ExitCode.UNUSABLE, ExitCode.INTERRUPTED])
def test_exit_codes_are_documented(code):
    assert re.search(rf"^\| (\d+, )?{int(code)}[ ,]", PAGE, flags=re.MULTILINE)

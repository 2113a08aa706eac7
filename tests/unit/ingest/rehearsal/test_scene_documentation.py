from pathlib import Path

import pytest

from ingest.rehearsal.equipment import EQUIPMENT
from ingest.rehearsal.scene_file import BUILDS, KEYS
from ingest.rehearsal.script import IDLE_ACTIONS
from ingest.rehearsal.script_file import STEPS

PAGE = (Path(__file__).parents[4] / "docs" / "rehearsal.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("table", "key"), [(table, key) for table, keys in KEYS.items() for key in keys])
def test_every_key_is_documented(table, key):
    assert f"[{table}]" in PAGE
    assert f"`{key}`" in PAGE


@pytest.mark.parametrize(("step", "key"), [(step, key) for step, keys in STEPS.items() for key in ("", *keys)])
def test_every_step_is_documented(step, key):
    assert f"{{ {step} = " in PAGE
    assert not key or f"`{key}`" in PAGE or f"{key} = " in PAGE


@pytest.mark.parametrize("name", [*EQUIPMENT, *BUILDS, *IDLE_ACTIONS])
def test_every_name_is_documented(name):
    assert f"`{name}`" in PAGE

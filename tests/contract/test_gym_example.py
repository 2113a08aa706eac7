"""deploy/gym.example.toml: valid as it stands, valid with what it suggests, and complete."""

import re
from pathlib import Path

import pytest

from core.config_file import read_settings
from core.config_options import options
from core.config_reference import sections

EXAMPLE = (Path(__file__).parents[2] / "deploy" / "gym.example.toml").read_text(encoding="utf-8")
ENVIRON = dict.fromkeys(re.findall(r"\$\{([A-Z_]+)\}", EXAMPLE), "x" * 16)
SUGGESTED = re.compile(r"^#([a-z_]+ = .*)$", re.MULTILINE)


def test_it_is_valid():
    settings = read_settings(EXAMPLE, "gym.example.toml", ENVIRON)
    assert [camera.id for camera in settings.camera] == ["racks", "free-weights", "rehearsal"]
    assert len(settings.camera[0].zone) == 2


def test_what_it_suggests_is_valid_too():
    last = {}
    for found in SUGGESTED.finditer(EXAMPLE):
        header = EXAMPLE.rfind("\n[", 0, found.start())
        last[header, found[1].split(" ")[0]] = found.start()
    chosen = set(last.values())  # of two suggestions for one option, the later one
    text = SUGGESTED.sub(lambda found: found[1] if found.start() in chosen else found[0], EXAMPLE)
    settings = read_settings(text, "gym.example.toml", ENVIRON)
    assert settings.transport.keys == "keys"
    assert settings.database.url.reveal().startswith("postgresql+psycopg://")


def test_a_suggested_default_is_the_default():
    """Every suggestion is the default, unless its option has none or another one is suggested beside it."""
    plain = read_settings("", "gym.toml", {})
    for section in ("alerts", "sessions", "workers"):
        text = EXAMPLE.split(f"\n[{section}]\n")[1].split("\n[")[0]
        lines = [line for line in SUGGESTED.findall(text) if not line.startswith(("exercises", "classifier"))]
        read = read_settings(f"[{section}]\n" + "\n".join(lines), "gym.toml", {})
        assert getattr(read, section) == getattr(plain, section)
        assert lines


@pytest.mark.parametrize(
    ("header", "name"), [(header, name) for header, kind in sections() for name in options(kind)], ids=str
)
def test_every_option_is_mentioned_in_its_table(header, name):
    if header == "[[camera.floor]]":
        text = EXAMPLE.split("\nfloor = [")[1].split("\n]")[0]
        assert f" {name} = " in text
        return
    tables = re.split(r"^(?=\[)", EXAMPLE, flags=re.MULTILINE)
    mine = "".join(table for table in tables if table.startswith(header))
    assert re.search(rf"^#?{name} = ", mine, re.MULTILINE) or f"[[{header.strip('[]')}.{name}]]" in EXAMPLE

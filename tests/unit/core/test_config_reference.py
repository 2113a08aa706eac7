"""The pages that are written from the settings: fresh, complete, and true."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from core.config_file import read_settings
from core.config_options import is_section, item_of, options
from core.config_reference import PAGE, SCHEMA, reference, schema, schema_text, sections, with_reference

DOCS = Path(__file__).parents[3] / "docs"
NAMES = ("RACKS_USER", "RACKS_PASSWORD", "REDIS_PASSWORD", "MEMBERS_TOKEN", "MEMBERS_SECRET")
ENVIRON = dict.fromkeys(NAMES, "x" * 16)


def test_the_tables_of_the_page_are_those_of_the_settings():
    page = (DOCS / PAGE).read_text(encoding="utf-8")
    assert with_reference(page) == page, "stale; run: python -m core.config_reference docs"


def test_the_schema_is_that_of_the_settings():
    assert (DOCS / SCHEMA).read_text(encoding="utf-8") == schema_text(), (
        "stale; run: python -m core.config_reference docs"
    )


def test_the_command_rewrites_both(tmp_path):
    page = (DOCS / PAGE).read_text(encoding="utf-8")
    (tmp_path / PAGE).write_text(page.replace("| `jpeg_quality` |", "| `quality` |"), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "core.config_reference", tmp_path], check=True, cwd=DOCS.parent)
    assert (tmp_path / PAGE).read_text(encoding="utf-8") == page
    assert (tmp_path / SCHEMA).read_text(encoding="utf-8") == schema_text()


def test_a_page_without_marks_is_refused():
    with pytest.raises(ValueError, match="lacks the marks"):
        with_reference("# Configuration\n")


def rows():
    for header, kind in sections():
        for option in options(kind).values():
            if not is_section(option.shape.kind) and not is_section(item_of(option.shape.kind)):
                yield header, option


@pytest.mark.parametrize(("header", "option"), [*rows()], ids=lambda value: getattr(value, "name", value))
def test_every_option_is_explained_and_its_example_is_valid(header, option):
    assert option.shape.description, "an option without a meaning helps nobody"
    line = next(line for line in section_text(header).splitlines() if line.startswith(f"| `{option.name}` |"))
    example = re.search(r"`([^`]*)` \|$", line)[1].replace("\\|", "|")
    assert list(tomllib.loads(example)) == [option.name]
    read_settings(_in_its_place(header, example, option.name), "gym.toml", ENVIRON)


def section_text(header):
    return reference().split(f"### `{header}`\n", 1)[1].split("\n### ", 1)[0]


def _in_its_place(header, example, name):
    """The example in the smallest file that makes it valid."""
    around = {
        "camera": {"id": 'id = "a"', "source": 'source = "usb:0"'},
        "camera.zone": {"name": 'name = "z"', "polygon": "polygon = [[0, 0], [1, 0], [1, 1]]"},
        "camera.floor": {},
        "webhook": {
            "name": 'name = "w"',
            "url": 'url = "https://example.org"',
            "secret": 'secret = "0123456789abcdef"',
        },
    }
    table = header.strip("[]")
    needed = {**around.get(table, {}), name: example}
    if name in ("opens", "closes"):
        needed = {"opens": 'opens = "01:00"', "closes": 'closes = "02:00"', name: example}
    if name == "bind":
        needed["keys"] = 'keys = "keys"'
    text = "\n".join(needed.values())
    if table == "camera.floor":
        points = ((0, 0), (100, 0), (100, 90), (0, 80))
        inner = [f"[[camera.floor]]\npixel = [{x}, {y}]\nmetre = [{x / 50}, {y / 50}]\n" for x, y in points]
        text = f"{text}\n" + ("metre = [9.0, 7.5]" if name == "pixel" else "pixel = [333, 777]")
        return '[[camera]]\nid = "a"\nsource = "usb:0"\n' + "".join(inner) + f"[[camera.floor]]\n{text}\n"
    top = '[[camera]]\nid = "a"\nsource = "usb:0"\n' if table.startswith("camera.") else ""
    return f"{top}{header}\n{text}\n"


def test_the_example_of_the_page_is_valid():
    text = (DOCS / PAGE).read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    settings = read_settings(text, "gym.toml", ENVIRON)
    assert settings.camera[0].zone[0].kind == "squat rack"


def test_every_option_is_in_the_schema():
    def names(part):
        for name, inner in part.get("properties", {}).items():
            yield name
            yield from names(inner)
            yield from names(inner.get("items", {}))

    assert {option.name for _, option in rows()} <= set(names(schema()))
    json.loads(schema_text())


def test_the_schema_agrees_with_the_reader_on_texts():
    hold = re.compile(schema()["properties"]["transport"]["properties"]["hold"]["pattern"])
    for text, fine in (("6s", True), ("1.5 min", True), ("${HOLD}", True), ("6", False), ("6 sec", False)):
        assert bool(hold.search(text)) == fine, text

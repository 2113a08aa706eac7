import tomllib

import pytest

from core.toml_lines import toml_lines

TEXT = '''# a comment with [brackets] and = signs
title = "a # is not a comment" # but this is
[floor]
size = [
  12.0, # wide
  9,
]
[[camera]]
id = "a"
[camera.floor]
"quoted key" = 'x'
[[camera]]
id = """
two lines"""
look.at = [1, 2]
script = [ { walk = "x", faults = { shallow = [3,
  5] } }, { rest = "2s" },
]
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 1),
        (("title",), 2),
        (("floor",), 3),
        (("floor", "size"), 4),
        (("floor", "size", 0), 5),
        (("floor", "size", 1), 6),
        (("camera",), 8),
        (("camera", 0), 8),
        (("camera", 0, "id"), 9),
        (("camera", 0, "floor"), 10),
        (("camera", 0, "floor", "quoted key"), 11),
        (("camera", 1), 12),
        (("camera", 1, "id"), 13),
        (("camera", 1, "look"), 15),
        (("camera", 1, "look", "at"), 15),
        (("camera", 1, "script", 0, "faults", "shallow", 1), 17),
        (("camera", 1, "script", 1, "rest"), 17),
    ],
)
def test_everything_has_its_line(path, line):
    assert toml_lines(TEXT)[path] == line


def _paths(value, path=()):
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _paths(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _paths(inner, (*path, number))


def test_nothing_is_forgotten():
    lines = toml_lines(TEXT)
    assert set(_paths(tomllib.loads(TEXT))) <= set(lines)


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing", "a = 1", "a = []\r\nb = {}\r\n", "a = 1979-05-27T07:32:00Z"])
def test_short_texts(text):
    assert set(_paths(tomllib.loads(text))) <= set(toml_lines(text))

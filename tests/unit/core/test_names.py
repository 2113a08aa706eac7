import os
from pathlib import Path

import pytest

from core.names import shown_name, valid_text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a b'\"c.mp4", "a b'\"c.mp4"),
        ("two\nlines\r.mp4", "two\\nlines\\r.mp4"),
        ("Kniebeuge ü.mp4", "Kniebeuge ü.mp4"),
        ("red\x1b[31m.mp4", "red\\x1b[31m.mp4"),
    ],
)
def test_a_name_is_shown_on_one_line(name, shown):
    assert shown_name(Path(name)) == shown


def test_bytes_that_are_not_utf8_can_be_printed():
    name = os.fsdecode(b"bad\xff.mp4")
    shown_name(name).encode("utf-8")
    assert valid_text(name) == "bad?.mp4"

"""Texts from outside: harmless, on one line, in exactly as many cells as there are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.plain import cut, fitted, plain


@pytest.mark.parametrize(
    ("outside", "shown"),
    [
        ("Ada", "Ada"),
        ("Åsa Öberg", "Åsa Öberg"),
        ("\x1b[31mred\x1b[0m", "·[31mred·[0m"),
        ("one\ntwo\tthree", "one two three"),
        ("\u202eevil", "·evil"),
        ("👩\u200d👩\u200d👧", "👩👩👧"),
        ("👍🏽", "👍"),
        ("❤\ufe0f", "❤"),
        ("🇩🇪", "DE"),
        ("e\u0301", "é"),
        ("Z\u0335\u0321\u0322\u0301o", "\u0179\u0335o"),
        ("[bold]x[/bold]", "[bold]x[/bold]"),
    ],
)
def test_harmless(outside, shown):
    assert plain(outside) == shown


@given(st.text())
def test_nothing_steers_the_terminal(text):
    shown = plain(text)
    assert all(char.isprintable() for char in shown)
    assert plain(shown) == shown or cell_len(plain(shown)) == cell_len(shown)


@given(st.text(), st.integers(0, 40), st.booleans())
def test_exactly_as_wide_as_asked(text, cells, right):
    assert cell_len(fitted(plain(text), cells, right=right)) == cells
    assert cell_len(cut(plain(text), cells)) <= cells


def test_what_is_cut_says_so():
    assert cut("A long name", 6) == "A lon…"
    assert cut("日本語の名前", 6) == "日本…"
    assert fitted("12", 4, right=True) == "  12"

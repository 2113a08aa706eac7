"""Facts of a camera as texts."""

from tui.views.camera import NAME_CELLS, hanging


def test_a_long_fact_is_wrapped_under_itself_and_nothing_of_it_is_lost():
    zones = "rack, bench, pull-up bar, west mat, east mat, treadmill"
    first, *more = hanging(zones, 32).splitlines()
    assert len(first) <= 32 - NAME_CELLS
    assert more
    assert all(line.startswith(" " * NAME_CELLS) and len(line) <= 32 for line in more)
    assert " ".join([first, *(line.strip() for line in more)]) == zones


def test_an_empty_fact_is_an_empty_line():
    assert hanging("", 32) == "\n"

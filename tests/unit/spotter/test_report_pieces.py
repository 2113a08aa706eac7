"""Tables, columns and maps of a report's page, and plots of few and many things."""

import io
from datetime import date, timedelta

import pytest

from spotter.report.charts import MOST_BARS, bars, day_columns, headed, hour_map, lines
from spotter.report.pieces import NUMBER, TEXT, Bad, Bar, columns, shown_hours, table
from spotter.report.pieces import hour_map as hour_table

FIRST = date(2026, 1, 1)


def test_every_text_of_a_table_is_escaped():
    shown = table((("<a>", TEXT), ("n", NUMBER), ("", TEXT), ("", TEXT)), [("<b>", "<c>", Bar(0.5), Bad("<d>"))])
    assert "&lt;a&gt;" in shown
    assert '<td class="n">&lt;c&gt;</td>' in shown
    assert '<i style="width:50.0%"></i>' in shown
    assert '<td class="bad">&lt;d&gt;</td>' in shown
    assert "<b>" not in shown


@pytest.mark.parametrize(("share", "width"), [(-1, "0.0%"), (0, "0.0%"), (1, "100.0%"), (7, "100.0%")])
def test_a_bar_stays_in_its_cell(share, width):
    assert f"width:{width}" in table((("", TEXT),), [(Bar(share),)])


def test_columns_tell_their_numbers_and_hatch_what_nobody_saw():
    shown = columns("Reps", [("Mon\n1.1.", 1234), ("Tue\n2.1.", 0), ("<Wed>", 617)], {1})
    assert "1,234" in shown
    assert "Mon<br/>1.1." in shown
    assert "&lt;Wed&gt;" in shown
    assert shown.count("unwatched") == 1
    assert shown.count("<i ") == 2
    assert "<i " not in columns("", [("Mon", 0)])


def test_the_hours_shown_hold_all_visits_and_half_a_day():
    assert shown_hours({("d", 7): 1, ("d", 21): 2, ("d", 23): 0}) == range(6, 23)
    assert shown_hours({("d", 0): 1, ("d", 23): 1}) == range(24)
    assert len(shown_hours({("d", 23): 1})) >= 12
    assert 23 in shown_hours({("d", 23): 1})
    assert len(shown_hours({})) >= 12


def test_a_map_of_hours_is_darkest_where_most_is():
    shown = hour_table([("d", "Mon"), ("e", "Tue")], {("d", 9): 10, ("d", 10): 1, ("d", 11): 6}, {"e"})
    assert '<td class="h5">10</td>' in shown
    assert '<td class="h1">1</td>' in shown
    assert '<td class="h3">6</td>' in shown
    assert 'class="away"' in shown.split("Tue")[1]
    assert 'class="away"' not in shown.split("Tue")[0]


def _days(count):
    return {(FIRST + timedelta(days=number)).isoformat(): 100.0 * number for number in range(count)}


FIGURES = {
    "one day": lambda: day_columns(_days(1)),
    "days": lambda: day_columns(_days(14), {FIRST.isoformat()}),
    "weeks": lambda: day_columns(_days(60)),
    "years": lambda: day_columns(_days(1100)),
    "no bar": lambda: bars([], []),
    "one bar": lambda: bars(["a"], [0]),
    "many long bars": lambda: bars(["a cue that says a lot of things " * 4] * (MOST_BARS + 5), [1.5] * (MOST_BARS + 5)),
    "no map": lambda: hour_map({}, [], "people"),
    "map of nothing": lambda: hour_map({}, [("a", "a")], "people"),
    "no line": lambda: lines({"a": [], "b": []}),
    "a point": lambda: lines({"a": [(FIRST, 1.0)], "b": [(FIRST, None)]}),
}


@pytest.mark.parametrize("name", FIGURES)
def test_plots_of_little_and_much_are_drawn_without_a_warning(name):
    target = io.BytesIO()
    headed(FIGURES[name](), "A title with $x_1$", "what is shown").savefig(target, format="png", dpi=60)
    assert target.tell() > 1000

import io

import pytest
from rich.console import Console

from spotter.table import clock_text, number_ranges, print_analysis


def printed(analysis, width):
    out = io.StringIO()
    print_analysis(Console(file=out, width=width), analysis)
    return out.getvalue()


def test_the_table_tells_who_did_what(make_analysis):
    lines = printed(make_analysis(truncated="cut off", notes=["odd rate"]), 120).splitlines()
    assert lines[0] == "clip.mp4  1:36.0, 2400 frames at 25/s, 640x360"
    rows = {line.split()[1]: " ".join(line.split()) for line in lines if line.strip().startswith("#")}
    assert rows["squat"] == "#1 squat 97% 12 0:02.0-0:26.0 Lower your hips below your knees (rep 1-3, 7)"
    assert rows["unknown"] == "#1 unknown 3 +1? 0:40.0-0:48.0"
    assert rows["plank"] == "#1 plank 80% 31.5 s 1:00.0-1:31.5 Lift your hips"
    assert rows["no"] == "#4 no set 0:03.0-0:09.0"
    assert "  note: cut off" in lines
    assert "  note: odd rate" in lines


def test_eighty_columns_hold_the_table_without_losing_a_word(make_analysis):
    text = printed(make_analysis(), 80)
    assert max(map(len, text.splitlines())) <= 80
    for word in ("squat", "97%", "Lower", "knees", "3 +1?", "31.5 s", "1:00.0-1:31.5"):
        assert word in text


def test_an_empty_gym(make_analysis):
    assert "nobody was seen" in printed(make_analysis([]), 80)


def test_brackets_in_a_name_are_no_markup(make_analysis):
    assert printed(make_analysis(source="[red]a[/].mp4"), 80).startswith("[red]a[/].mp4 ")


@pytest.mark.parametrize(
    ("time_s", "text"), [(0, "0:00.0"), (59.96, "1:00.0"), (61.23, "1:01.2"), (3723.4, "1:02:03.4")]
)
def test_clock_text(time_s, text):
    assert clock_text(time_s) == text


@pytest.mark.parametrize(("numbers", "text"), [([1], "1"), ([1, 2, 3, 7], "1-3, 7"), ([2, 4, 5], "2, 4-5"), ([], "")])
def test_number_ranges(numbers, text):
    assert number_ranges(numbers) == text

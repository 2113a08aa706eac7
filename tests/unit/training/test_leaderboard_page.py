from datetime import date

import pytest

from core.errors import ConfigError
from training.leaderboard_page import BEGIN, END, check_page, leaderboard, put_into_page


def figure(value):
    return {"value": value, "low": value - 0.1, "high": value + 0.1, "n": 10}


def row(model, f1, **changes):
    return {
        "model": model, "windows": 100, "recordings": 20, "groups": 5, "synthetic": False,
        "cost": {"parameters": 1234567, "size_bytes": 2048, "batch_ms": 0.05}, "f1": figure(f1),
        "recording_f1": figure(f1), "among_f1": figure(f1), "synthetic_f1": None, "rejected": figure(0.9),
        "lost": figure(0.1),
        "stays_in_time": figure(0.5), "error": 0.1, "calibrated_error": 0.05,
        "int8": {"size_kb": 1.0, "batch_ms": 0.02, "f1_change": -0.01},
    } | changes  # fmt: skip


def test_the_best_stands_first_with_all_its_figures():
    text = leaderboard([row("gru", 0.7), row("tcn", 0.8, int8=None)], "5 folds.", date(2026, 1, 2))
    lines = text.splitlines()
    assert lines[0].startswith("2026-01-02. 5 folds. 100 windows of 20 recordings")
    assert "real people" in lines[0]
    assert [line.split(" | ")[0] for line in lines[4:]] == ["| tcn", "| gru"]
    assert "1,234,567 | 2 | 0.050 | 0.80 [0.70, 0.90]" in lines[4]
    assert lines[4].endswith("| 0.10, 0.05 with temperature | not possible |")
    assert "| 1, 0.020, -0.010 |" in lines[5]


def test_drawn_people_are_called_synthetic():
    assert "**synthetic** people" in leaderboard([row("gru", 0.7, synthetic=True)], "", date(2026, 1, 2))


def test_the_rest_of_the_page_stays(tmp_path):
    page = tmp_path / "models.md"
    page.write_text(f"before\n\n{BEGIN}\nold table\n{END}\n\nafter\n")
    put_into_page(page, "new table\n")
    assert page.read_text() == f"before\n\n{BEGIN}\nnew table\n{END}\n\nafter\n"
    assert [path.name for path in tmp_path.iterdir()] == ["models.md"]


@pytest.mark.parametrize("content", ["", BEGIN, END, f"{END}\n{BEGIN}"])
def test_a_page_without_the_lines_is_refused(tmp_path, content):
    page = tmp_path / "models.md"
    page.write_text(content)
    with pytest.raises(ConfigError, match="lacks the lines"):
        check_page(page)
    with pytest.raises(ConfigError, match="cannot be read"):
        check_page(tmp_path / "nothing.md")

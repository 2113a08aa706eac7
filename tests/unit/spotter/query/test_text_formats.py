import csv
import io
import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotter.query.questions import Column
from spotter.query.source import Answer
from spotter.query.text_formats import WRITERS, local_text

BERLIN = ZoneInfo("Europe/Berlin")
AT = datetime(2026, 7, 1, 8, 30, 0, 125000, tzinfo=UTC)
COLUMNS = (
    Column("person", "int"),
    Column("nickname", "text"),
    Column("at", "time"),
    Column("open", "bool"),
    Column("hold_s", "float"),
    Column("uid", "text", brief=False),
)
ROWS = [(1, "Bo", AT, True, 1.5, "u"), (2, None, None, None, None, None)]


def written(shape, rows=ROWS, columns=COLUMNS, pieces=1):
    batches = [rows[start::1][:pieces] for start in range(0, len(rows), pieces)] if pieces > 1 else [rows]
    return "".join(WRITERS[shape](Answer(columns, iter(batches if rows else [])), BERLIN))


def test_table_is_for_people():
    assert written("table").splitlines() == [
        "person  nickname  at                   open  hold_s",
        "     1  Bo        2026-07-01 10:30:00  yes     1.50",
        "     2",
    ]
    assert written("table", []) == "no rows\n"


def test_table_clips_what_is_long_but_for_the_last_column():
    columns = (Column("a", "text"), Column("b", "text"))
    long = "x" * 100
    line = written("table", [(long, long)], columns).splitlines()[1]
    assert line == "x" * 39 + "…  " + long
    wide = written("table", [("漢字" * 50, "b")], columns).splitlines()[1]
    assert wide.endswith("…   b")


def test_the_hour_that_comes_twice_is_shown_with_its_offset():
    assert local_text(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), BERLIN) == "2026-10-25 02:30:00+0200"
    assert local_text(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), BERLIN) == "2026-10-25 02:30:00+0100"
    assert local_text(datetime(2026, 3, 29, 1, 30, tzinfo=UTC), BERLIN) == "2026-03-29 03:30:00"


def test_formats_for_programs_say_utc():
    assert written("csv").splitlines() == [
        "person,nickname,at,open,hold_s,uid",
        "1,Bo,2026-07-01T08:30:00.125000+00:00,true,1.5,u",
        "2,,,,,",
    ]
    first, second = json.loads(written("json"))
    assert first == {
        "person": 1,
        "nickname": "Bo",
        "at": "2026-07-01T08:30:00.125000+00:00",
        "open": True,
        "hold_s": 1.5,
        "uid": "u",
    }
    assert set(second.values()) == {2, None}
    assert [json.loads(line) for line in written("jsonl").splitlines()] == [first, second]
    assert json.loads(written("json", [])) == []
    assert written("jsonl", []) == ""
    assert written("csv", []) == "person,nickname,at,open,hold_s,uid\n"


def test_numbers_that_json_lacks_and_bytes():
    columns = (Column("a", "float"), Column("b", "bytes"))
    rows = [(float("nan"), b"\x00\xff"), (float("inf"), b"")]
    assert json.loads(written("json", rows, columns)) == [{"a": None, "b": "00ff"}, {"a": None, "b": ""}]
    assert written("table", rows, columns).splitlines()[1].endswith("2 bytes")


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "\uff1d1", "'quoted", "=cmd|' /C calc'!A0"]
)
def test_no_cell_of_a_csv_begins_like_a_formula(text):
    (cell,) = next(iter(csv.reader(io.StringIO(written("csv", [(text,)], (Column("n", "text"),)).split("\n", 1)[1]))))
    assert cell.startswith("'")
    negative = written("csv", [(-1.5, -2)], (Column("a", "float"), Column("b", "int")))
    assert negative.splitlines()[1] == "-1.5,-2"


names = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(st.lists(st.tuples(names, names), max_size=5), st.integers(2, 4))
def test_names_are_data_in_every_format(rows, pieces):
    columns = (Column("a", "text"), Column("b", "text"))
    for shape in WRITERS:
        text = written(shape, rows, columns, pieces)
        assert all(char.isprintable() or char == "\n" for char in text)
        if shape != "csv":
            assert (
                text.count("\n")
                == {"table": len(rows) + 1, "json": len(rows) + 1 + bool(rows), "jsonl": len(rows)}[shape]
            )
    assert [tuple(each.values()) for each in json.loads(written("json", rows, columns, pieces))] == rows
    read = list(csv.reader(io.StringIO(written("csv", rows, columns, pieces))))
    assert len(read) == len(rows) + 1
    assert all(not cell.strip().startswith(("=", "+", "-", "@")) for row in read for cell in row)

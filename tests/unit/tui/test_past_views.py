"""Plots, lists and the replay as pure functions."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import OutputError
from core.history import FaultRow, OccupancyHour, RejectedRow, RepRow, SetDetail, SetRow
from tui.export import export
from tui.memory import with_statement
from tui.views import plots
from tui.views.history import Chosen, day_bounds, occupancy_plot
from tui.views.person import fault_lines, rejected_words, rep_plots, reps_text
from tui.views.replay import Player, look, moments, progress

S = 10**9
BERLIN = ZoneInfo("Europe/Berlin")


def one_set(begin_s: int = 100, reps: int = 3, number: int = 1, **changes: object) -> SetDetail:
    values = {
        "uid": f"cam1/e1/1/set/{number}", "session": 1, "person": "p", "person_number": 1, "nickname": "", "zone": "",
        "camera": "cam1", "exercise": "squat", "number": number, "started_utc_ns": begin_s * S, "reps": reps,
        "ended_utc_ns": (begin_s + 3 * reps) * S, "tentative": 0, "hold_s": None, "confidence": 0.9, "quality": 0.8,
        "cameras": 1, "open": False, "faults": 1,
    }  # fmt: skip
    rows = tuple(
        RepRow(
            number=place + 1, started_utc_ns=(begin_s + 3 * place) * S, ended_utc_ns=(begin_s + 3 * place + 3) * S,
            range_of_motion=80.0 + place, unit="deg", tentative=False, cameras=1,
        )
        for place in range(reps)
    )  # fmt: skip
    fault = FaultRow(rep=2, rule="depth", cue="deeper", value=80.0, limit=95.0, unit="deg")
    rejected = RejectedRow(at_utc_ns=(begin_s + 1) * S, reason="too short")
    return SetDetail(set=SetRow(**(values | changes)), reps=rows, faults=(fault,), rejected=(rejected,))


@given(
    st.lists(st.tuples(st.integers(0, 10**11), st.none() | st.floats(allow_nan=True)), max_size=50),
    st.integers(0, 60),
    st.integers(0, 12),
    st.booleans(),
)
def test_signal_fills_its_place_whatever_comes(
    samples: list[tuple[int, float | None]], width: int, height: int, in_ascii: bool
) -> None:
    lines = plots.signal(sorted(samples, key=lambda each: each[0]), (0, 60 * S), width, height, in_ascii=in_ascii)
    assert len(lines) == height
    assert all(len(line) in {0, width} for line in lines)
    assert not in_ascii or all(line.isascii() for line in lines)


@given(
    st.lists(st.none() | st.floats(allow_nan=True), max_size=80), st.integers(0, 60), st.integers(0, 9), st.booleans()
)
def test_bars_fit(values: list[float | None], width: int, height: int, in_ascii: bool) -> None:
    lines = plots.bars(values, width, height, in_ascii=in_ascii, weak=[True] * len(values))
    assert len(lines) == height
    assert all(len(line) <= width for line in lines)


def test_signal_joins_samples_and_parts_at_gaps() -> None:
    joined = plots.signal([(0, 0.0), (1 * S, 1.0)], (0, 1 * S), 10, 1, in_ascii=True)
    assert joined == ["**********"]
    parted = plots.signal([(0, 0.5), (30 * S, 0.5)], (0, 30 * S), 10, 1, in_ascii=True)
    assert parted == ["*        *"]
    assert plots.marks([(0, "a"), (5, "b"), (10, "c"), (11, "d")], (0, 10), 5) == "a b c"


def test_bars_stand_for_their_values() -> None:
    assert plots.bars([1.0, 2.0, 4.0], 3, 2) == ["  █", "▄██"]
    assert plots.bars([4.0, 4.0], 2, 1, weak=[True, False]) == ["░█"]
    assert plots.hour_labels(range(24), 3).split() == [f"{hour:02}" for hour in range(24)]
    assert plots.hour_labels(range(24), 1).split() == ["00", "03", "06", "09", "12", "15", "18", "21"]


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 7, 1), 24), (date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_days_of_summer_time_have_their_length(day: date, hours: int) -> None:
    begin, end = day_bounds(day, BERLIN)
    assert (end - begin) // (3600 * S) == hours


def test_occupancy_is_averaged_over_days() -> None:
    noon, day = 1_782_900_000 // 86_400 * 86_400 + 12 * 3600, 86_400
    rows = [
        OccupancyHour(zone=zone, hour_utc_ns=(noon + at * day) * S, people_mean=mean, people_max=9)
        for zone, at, mean in (("A", 0, 2.0), ("B", 0, 1.0), ("A", 1, 5.0))
    ]
    lines = occupancy_plot(rows, Chosen(), BERLIN, 80, 8)
    assert "most: 4.0 from 14:00" in lines[0]
    assert len(lines) == 8
    assert occupancy_plot([], Chosen(), BERLIN, 80, 8) == []


def test_words_of_a_set() -> None:
    detail = one_set()
    assert fault_lines(detail) == ["! deeper (depth) in rep 2"]
    assert rejected_words(detail.rejected) == "1 x too short"
    assert reps_text(detail.set) == "3"
    assert reps_text(one_set(corrected_reps=5, tentative=1).set) == "5* (3+1?)"
    assert reps_text(one_set(hold_s=31.2).set) == "31 s"
    assert "range of motion, deg  80.0-82.0" in rep_plots(detail, 80, 5)[0]
    assert rep_plots(one_set(reps=0), 80, 5) == ["no repetition yet"]


def test_replay_knows_what_was_so_at_every_time() -> None:
    sets = [one_set(100), one_set(200, number=2)]
    assert [each.kind for each in moments(sets)][:5] == ["begins", "not counted", "rep", "rep", "rep"]
    assert look(sets, 99 * S).detail is None
    at_rep = look(sets, 106 * S)
    assert (at_rep.counted, at_rep.cue, at_rep.done) == (2, "deeper", 0)
    assert look(sets, 150 * S).done == 1
    held = look([one_set(hold_s=9.0, reps=3)], 104 * S)
    assert held.held_s == 4.0
    values = [value for _, value in progress(sets, 100 * S, 103 * S) if value is not None]
    assert (min(values), max(values)) == (0.0, 1.0)


def test_player_steps_and_stops() -> None:
    player = Player([one_set(100), one_set(200, number=2)])
    assert player.at_utc_ns == 98 * S
    player.step(1)
    assert player.at_utc_ns == 100 * S
    player.step_set(1)
    assert player.at_utc_ns == 200 * S
    player.step(-1)
    assert player.at_utc_ns == 109 * S
    player.toggle()
    player.faster(10)
    player.advance(1)
    assert player.at_utc_ns == 169 * S
    player.advance(100)
    assert (player.at_utc_ns, player.playing) == (209 * S, False)
    player.toggle()
    assert (player.at_utc_ns, player.playing) == (98 * S, True)
    player.faster(-10)
    assert player.speed == 0.5
    player.go_to(0)
    assert player.moment == 0
    empty = Player([])
    empty.toggle()
    empty.step(1)
    empty.step_set(-1)
    empty.go_to(3)
    assert (empty.playing, empty.moment) == (False, -1)


def test_names_from_outside_are_no_formulas(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = export(("a", "b"), [("=1+1", -3), ('x,"y"\n', None)], "out.csv", tmp_path)
    assert path.read_bytes() == b'a,b\r\n\'=1+1,-3\r\n"x,""y""\n",\r\n'
    for name in ("", "  ", "x", "x.xls", "a\0.csv"):
        with pytest.raises(OutputError):
            export(("a",), [(1,)], name, tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["out.csv"]


def test_statements_are_kept_once_and_not_for_ever() -> None:
    assert with_statement(["a", "b"], "a") == ["b", "a"]
    assert len(with_statement([str(number) for number in range(200)], "x")) == 100

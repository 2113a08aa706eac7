"""Reports and plots out of real databases: their figures, gaps, times and odd texts."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from fold_story import NOON, S, joined, set_told
from PIL import Image
from sqlalchemy import Engine, text

from aggregator.database import open_engine, upgrade, writing
from aggregator.fold import fold
from aggregator.records import StatusRow, write_status
from aggregator.visits import fold_rules, sweep
from core.messages import IngestHeartbeat, NamePerson, TrackRef
from core.secrets import Address
from core.settings import Gym, Settings
from spotter.cli import main
from spotter.report.asking import opened
from spotter.report.facts import Totals, read_facts
from spotter.report.highlights import highlights
from spotter.report.page import page
from spotter.report.period import period_of

BERLIN = ZoneInfo("Europe/Berlin")
ODD = "<script>alert('x')</script> $x_1$ \"&"
DAY = datetime.fromtimestamp(NOON / S, BERLIN).date().isoformat()
SETTINGS = Settings(gym=Gym(name=ODD, timezone="Europe/Berlin"))
LATER = datetime.fromtimestamp(NOON / S + 40 * 86400, UTC)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(Address(database_url))
    upgrade(engine)
    yield engine
    engine.dispose()


def status(at_s: float, state: str, camera: str = "a") -> StatusRow:
    at = NOON + round(at_s * S)
    beat = IngestHeartbeat(
        sender=f"ingest:{camera}", pid=1, host="h", started_utc_ns=NOON, beat_utc_ns=at, version="1", camera=camera,
        boot="b", endpoint="e", camera_state=state, fps=12.0,
    )  # fmt: skip
    return StatusRow(at, beat)


@pytest.fixture
def filled(engine: Engine, database_url: str) -> str:
    rules = fold_rules(SETTINGS)
    who = TrackRef("a", "epoch", 1)
    events = [
        joined(who, "p1", 0),
        set_told(who, 0, 5, closed=True),
        set_told(who, 120, 4, number=2, exercise="row", closed=True),
        NamePerson(sender="console", uid="p1", nickname=ODD, member_number="M<1>", by="Kim", at_utc_ns=NOON),
    ]
    with writing(engine) as connection:
        fold(connection, events, rules)
        sweep(connection, NOON + 10**5 * S, rules)
        write_status(connection, [status(60 * (n - 60), "online" if n < 90 else "offline") for n in range(120)], BERLIN)
        connection.execute(
            text(
                "INSERT INTO alerts (uid, alert, severity, subject, text, since_at, last_at, count, acknowledged_by)"
                " VALUES ('u', 'person down', 'critical', :odd, :odd, :at, :at, 1, '')"
            ),
            {"odd": ODD, "at": datetime.fromtimestamp(NOON / S, UTC).isoformat(timespec="microseconds")},
        )
    return database_url


def facts_of(address: str, words: str = DAY, now: datetime = LATER):
    with opened(Address(address)) as connection:
        return read_facts(connection, period_of(words, BERLIN, now))


class Texts(HTMLParser):
    """What a reader of the page sees, and every tag and address in it."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.shown = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href", "action")]

    def handle_data(self, data: str) -> None:
        self.shown += data + " "


def test_the_figures_are_those_of_the_tables(filled: str) -> None:
    facts = facts_of(filled)
    assert (facts.visits, facts.people_count, facts.sets, facts.reps) == (1, 1, 2, 9)
    assert facts.by_day == {DAY: (2, 9)}
    assert [one[:3] for one in facts.by_exercise] == [("row", 1, 4), ("squat", 1, 5)]
    assert sorted(one[:3] for one in facts.faults) == [("row", "deeper", 1), ("squat", "deeper", 1)]
    (person,) = facts.people
    assert (person.reps, person.faults, person.exercises) == (9, 2, {"squat": ["5"], "row": ["4"]})
    noon = datetime.fromtimestamp(NOON / S, BERLIN).hour
    assert facts.by_hour[DAY, noon] == 1
    assert facts.alert_count == 1


def test_what_no_camera_saw_is_said(filled: str) -> None:
    facts = facts_of(filled)
    (camera,) = facts.cameras
    assert (camera.minutes_known, camera.minutes_online) == (120, 90)
    assert facts.blind == [("a", 1440 - 90)]
    shown = page(facts, SETTINGS.gym, "1")
    assert "Not all was seen." in shown
    assert "22 h 30 min" in shown
    week = facts_of(filled, "-W".join(f"{part:02d}" for part in datetime.fromisoformat(DAY).isocalendar()[:2]))
    assert DAY not in week.unwatched
    assert len(week.unwatched) == 6


def test_it_is_compared_with_the_same_days_a_week_earlier_if_those_were_watched(filled: str) -> None:
    week_later = (date.fromisoformat(DAY) + timedelta(days=7)).isoformat()
    assert facts_of(filled).before is None
    assert facts_of(filled, week_later).before is None, "nobody watched on the later day"
    engine = open_engine(Address(filled))
    with writing(engine) as connection:
        write_status(connection, [status(7 * 86400, "online")], BERLIN)
    engine.dispose()
    facts = facts_of(filled, week_later)
    assert facts.before == Totals(visits=1, people=1, sets=2, reps=9)
    assert facts_of(filled, week_later, datetime.fromtimestamp(NOON / S + 7 * 86400, UTC)).before is None, "not over"
    shown = Texts(page(facts, SETTINGS.gym, "1")).shown
    assert "\N{MINUS SIGN}100 %" in shown
    assert f"Changes are against {period_of(DAY, BERLIN, LATER).title}" in shown


def test_what_stands_out_and_what_is_critical_comes_first(filled: str) -> None:
    facts = facts_of(filled)
    assert facts.alert_kinds == [("person down", "critical", 1, 1)]
    told = dict(highlights(facts))
    assert told["Most trained"] == "Row, 1 set of 1 person"
    assert told["Most frequent fault"].startswith("Row: deeper (1 time")
    assert told["Open alerts"] == "1, not resolved yet"
    shown = page(facts, SETTINGS.gym, "1")
    assert '<td class="bad">critical</td>' in shown
    assert '<td class="bad">open</td>' in shown


def test_an_empty_time_is_no_quiet_time(filled: str) -> None:
    shown = page(facts_of(filled, "2026-01-05"), SETTINGS.gym, "1")
    assert "No camera told of itself in this time" in shown
    assert "Nobody was seen" in shown


@pytest.mark.parametrize("words", [DAY, "this-week"])
def test_a_page_holds_everything_and_fetches_nothing(filled: str, words: str) -> None:
    now = datetime.fromtimestamp(NOON / S + 3600, UTC)
    source = page(facts_of(filled, words, now), SETTINGS.gym, "1")
    read = Texts(source)
    assert "script" not in read.tags
    assert "<script" not in source
    assert all(one.startswith(("#", "data:image/png")) for one in read.addresses)
    assert ODD in read.shown
    assert "M<1>" in read.shown
    assert "The period is not over yet" in read.shown
    assert re.findall(r' style="[^"]*"', source)
    assert all(re.fullmatch(r' style="(width|height):\d+\.\d%"', one) for one in re.findall(r' style="[^"]*"', source))
    ElementTree.fromstring(source[source.index("<header") : source.index("</body>")].join(("<page>", "</page>")))


def test_the_commands_write_whole_files(filled: str, tmp_path: Path) -> None:
    config = tmp_path / "gym.toml"
    config.write_text('[gym]\nname = "Eastside"\ntimezone = "Europe/Berlin"\n', encoding="utf-8")
    where = ["-c", str(config), "--database", filled]
    out = tmp_path / "page.html"
    result = CliRunner().invoke(main, ["report", DAY, "--out", str(out), *where])
    assert result.exit_code == 0, result.output
    assert "1 visits, 2 sets, 9 repetitions" in result.output
    assert "Eastside" in out.read_text(encoding="utf-8")
    for number, words in enumerate(
        (
            ["volume"],
            ["occupancy"],
            ["faults", "--exercise", "squat"],
            ["progress", "--person", "#1", "--exercise", "squat"],
        )
    ):
        picture = tmp_path / f"{number}.png"
        result = CliRunner().invoke(main, ["plot", *words, "--days", "3000d", "--out", str(picture), *where])
        assert result.exit_code == 0, result.output
        with Image.open(picture) as opened_picture:
            assert opened_picture.width > 300
    for words, told in (
        (["report", "2026-02-30", "--out", str(out)], "is no day and no week"),
        (["report", "2199-01-01", "--out", str(out)], "has not begun yet"),
        (["report", "2026-W99", "--out", str(out)], "is no day and no week"),
        (["report", DAY, "--out", str(config)], "is a file that Spotter reads"),
        (["plot", "volume", "--out", str(tmp_path / "x.gif")], "must end in .png or .svg"),
        (["plot", "volume", "--out", str(out.with_suffix(".png")), "--days", "0d"], "is no number of days"),
        (["plot", "progress", "--out", str(out.with_suffix(".png"))], "say --person and --exercise"),
        (["plot", "volume", "--person", "x' OR 1=1 --", "--out", str(out.with_suffix(".png"))], "x' OR 1=1"),
    ):
        result = CliRunner().invoke(main, [*words, *where])
        assert result.exit_code == 2, result.output
        assert told in result.output
    assert not [each for each in tmp_path.iterdir() if each.name.startswith(".spotter-")]


def test_a_day_in_which_the_clocks_change_has_its_own_length() -> None:
    assert period_of("2026-03-29", BERLIN, LATER).minutes_so_far == 23 * 60
    assert period_of("2025-10-26", BERLIN, LATER).minutes_so_far == 25 * 60
    assert period_of("2026-W01", BERLIN, LATER).title == "Week 1: 29 December 2025 to 4 January 2026"

"""``spotter member``: names by staff, one member over weeks, on real databases."""

import json
from pathlib import Path

import cv2
import pytest
from click.testing import CliRunner
from fold_story import NOON, S, visit
from sqlalchemy import text

from aggregator.database import open_engine, upgrade, writing
from aggregator.fold import fold
from aggregator.visits import fold_rules, sweep
from core.errors import ConfigError, DatabaseError
from core.secrets import Address
from core.settings import Settings
from spotter.commands.db import db
from spotter.commands.member import member

DAY = 86_400


@pytest.fixture
def gym(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "")
    config = tmp_path / "gym.toml"
    config.write_text(f'[database]\nurl = "{database_url}"\n')
    engine = open_engine(Address(database_url))
    upgrade(engine)
    with writing(engine) as connection:
        for week in range(3):
            fold(connection, visit("a", week, f"p{week}", week * 7 * DAY, [5 + week, 3]), fold_rules(Settings()))
        sweep(connection, NOON + 10**7 * S, fold_rules(Settings()))
    engine.dispose()
    return config


def told(gym: Path, *words: str) -> str:
    done = CliRunner().invoke(member, [*words, "-c", str(gym)], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.output


def test_visits_of_one_member_become_one_progress(gym: Path, tmp_path: Path, database_url: str) -> None:
    assert "person #1 is member M-1, Anna" in told(gym, "link", "#1", "M-1", "--nickname", "Anna")
    assert "whom staff know as person #1" in told(gym, "link", "#2", "M-1", "--by", "Kim")
    told(gym, "link", "3", "M-1")
    weeks = json.loads(told(gym, "progress", "M-1", "--format", "json"))
    assert [week["reps"] for week in weeks] == [8, 9, 10]
    assert [week["sets"] for week in weeks] == [2, 2, 2]
    assert {week["tempo_s"] for week in weeks} == {3.0}
    assert weeks[0]["range_of_motion"] > 90
    shown = told(gym, "progress", "Anna", "--exercise", "squat")
    assert len(shown.splitlines()) == 4
    assert "3.00s" in shown
    picture = tmp_path / "anna.png"
    told(gym, "progress", "#1", "--png", str(picture))
    assert cv2.imread(str(picture)).shape[1] == 1100
    engine = open_engine(Address(database_url))
    with writing(engine) as connection:
        audit = connection.execute(text('SELECT action, "by" FROM audit ORDER BY at')).all()
        logged = connection.execute(text("SELECT action, rows FROM access_log")).all()
    engine.dispose()
    assert [row[0] for row in audit] == ["name person", "merge people", "merge people"]
    assert audit[1][1] == "Kim"
    assert logged == [("export", 3), ("export", 3)]


def test_a_nickname_leaves_the_number_and_the_other_way_round(gym: Path) -> None:
    told(gym, "link", "1", "M-1")
    assert "member M-1, Anna" in told(gym, "link", "1", "--nickname", "Anna")
    assert "person #1 is Anna" in told(gym, "link", "Anna", "")
    with pytest.raises(ConfigError, match="there is no person 'M-1'"):
        told(gym, "progress", "M-1")


@pytest.mark.parametrize("name", ["x" * 81, "a\nb", " Anna", "\x1b[2J"])
def test_names_that_no_screen_should_show(gym: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="printable"):
        told(gym, "link", "1", "--nickname", name)


def test_nothing_said_is_refused(gym: Path) -> None:
    with pytest.raises(ConfigError, match="say the member's NUMBER"):
        told(gym, "link", "1")


def test_injection_is_a_name(gym: Path) -> None:
    wild = "'; DROP TABLE sets; --"
    told(gym, "link", "1", wild)
    assert json.loads(told(gym, "progress", wild, "--format", "json"))[0]["reps"] == 8


def test_nobody_has_no_progress(gym: Path) -> None:
    with pytest.raises(ConfigError, match="there is no person"):
        told(gym, "progress", "#77")


def test_what_is_wrong_is_said(gym: Path, tmp_path: Path) -> None:
    for words, wrong in (
        (("link", "1", "9", "--by", "a\x1b[2J"), "--by: a name has at most 80 printable"),
        (("link", "1", "9", "--by", "x" * 81), "--by: a name has at most 80 printable"),
        (("progress", "1", "--exercise", "sqat"), "there is no exercise 'sqat' in the database; did you mean 'squat'"),
        (("progress", "1", "--png", str(tmp_path / "a.gif")), "a.gif must end in .png"),
    ):
        with pytest.raises(ConfigError, match=wrong):
            told(gym, *words)
    assert json.loads(told(gym, "progress", "1", "--exercise", "Squat", "--format", "json"))
    assert not list(tmp_path.glob("*.gif"))


def test_a_damaged_database_is_named(gym: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"no database" * 1000)
    for words in (("progress", "1"), ("link", "1", "9")):
        with pytest.raises(DatabaseError, match=r"broken\.db is no SQLite database"):
            told(gym, *words, "--database", str(broken))
    with pytest.raises(DatabaseError, match="is a folder; name a file"):
        told(gym, "progress", "1", "--database", str(tmp_path))


def test_a_database_that_is_named_needs_no_gym_toml_and_no_folder(
    gym: Path, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    done = CliRunner().invoke(member, ["progress", "#1", "--database", database_url], standalone_mode=False)
    assert done.exception is None
    assert "squat" in done.output
    done = CliRunner().invoke(db, ["check", "--database", database_url], standalone_mode=False)
    assert done.return_value == 0, done.output
    assert not list(empty.iterdir())

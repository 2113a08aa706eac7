"""The commands that ask the past, on real databases: what they choose, what they write, and what they refuse."""

import csv
import io
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from file_sizes import limited_files
from filled_gym import fill
from pyarrow import parquet
from sqlalchemy import create_engine, text, update

import spotter
from aggregator.database import parse_url
from aggregator.schema import Session
from core.errors import DatabaseError
from core.secrets import Address
from spotter.cli import main
from spotter.query.questions import QUESTIONS

INJECTIONS = (
    "' OR '1'='1",
    "'; DROP TABLE sets; --",
    '" OR ""="',
    "x' UNION SELECT uid FROM people --",
    "%",
    "_",
    "*",
    "\\",
    "{name}",
    "${HOME}",
    "%s",
    ":name",
    "\x1b[31m",
    "../../etc/passwd",
    "'" * 500,
    "\u202e",
)
Ask = Callable[..., Result]


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a database that tests only read."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('filled') / 'gym.db'}"
        fill(url)
        yield url
        return
    server = request.getfixturevalue("postgres")
    name, url = server.new_database()
    fill(url)
    yield url
    server.drop_database(name)


def asking(url: str, *words: str) -> Result:
    return CliRunner().invoke(main, [words[0], "--database", url, *words[1:]])


@pytest.fixture
def ask(filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Run a command on the filled database, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return partial(asking, filled)


def rows(result: Result) -> list[dict[str, object]]:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def one_sentence(result: Result, code: int) -> str:
    assert (result.exit_code, result.stdout) == (code, ""), result.output
    assert result.stderr.startswith("spotter: ")
    assert result.stderr.count("\n") == 1, result.stderr
    assert result.stderr[:-1].isprintable()
    return result.stderr


def names_here() -> list[str]:
    return sorted(each.name for each in Path().iterdir())


def tables_of(url: str) -> list[object]:
    engine = create_engine(parse_url(Address(url)))
    with engine.connect() as connection:
        found = [
            connection.execute(text(f"SELECT count(*) FROM {table}")).scalar()
            for table in ("people", "sessions", "sets", "reps", "faults", "alerts", "cameras", "tracks")
        ]
        found.append(connection.execute(text("SELECT nickname FROM people ORDER BY id")).all())
    engine.dispose()
    return found


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], [4, 5, 2, 6]),
        (["--person", "Bo"], [5, 2, 6]),
        (["--person", "bo"], [5, 2, 6]),
        (["--person", "#1"], [5, 2, 6]),
        (["--person", "1"], [5, 2, 6]),
        (["--person", "777"], [5, 2, 6]),
        (["--exercise", "squat"], [4, 2, 6]),
        (["--exercise", "Lunge"], [5]),
        (["--exercise", "jumping-jack"], []),
        (["--zone", "Rack"], [5, 6]),
        (["--zone", "rack"], [5, 6]),
        (["--zone", "pool"], []),
        (["--camera", "b"], [4, 2]),
        (["--since", "2026-05-29"], [4]),
        (["--until", "2026-05-28"], [5, 2, 6]),
        (["--since", "2026-05-28T20:27:00Z", "--until", "2026-05-28T20:28:00Z"], [2]),
        (["--limit", "2"], [4, 5]),
        (["--person", "Bo", "--exercise", "squat", "--zone", "Rack", "--camera", "a"], [6]),
    ],
)
def test_sets_by_every_choice(ask: Ask, words: list[str], expected: list[int]) -> None:
    assert [row["reps"] for row in rows(ask("sets", *words, "--format", "json"))] == expected


def test_every_question_answers(ask: Ask) -> None:
    def asked(*words: str) -> list[dict[str, object]]:
        return rows(ask(*words, "--format", "json"))

    assert [(row["person"], row["nickname"], row["sessions"], row["sets"], row["reps"]) for row in asked("people")] == [
        (3, "", 1, 1, 4),
        (1, "Bo", 1, 3, 13),
    ]
    assert [row["person"] for row in asked("people", "--until", "2026-05-28")] == [1]
    assert [row["person"] for row in asked("people", "--camera", "b", "--until", "2026-05-28")] == [1]
    assert [row["sets"] for row in asked("people", "--exercise", "lunge")] == [1]
    assert [(row["person"], row["sets"], row["reps"]) for row in asked("sessions")] == [(3, 1, 4), (1, 3, 13)]
    assert [row["person"] for row in asked("sessions", "--camera", "a")] == [1]
    assert [row["reps"] for row in asked("sessions", "--zone", "Rack")] == [11]
    reps = asked("reps", "--person", "Bo", "--exercise", "squat", "--camera", "a")
    assert [(row["number"], row["faults"]) for row in reps] == [
        (1, None),
        (2, None),
        (3, "depth"),
        (4, None),
        (5, None),
        (6, "depth"),
    ]
    assert len(asked("reps")) == 15
    assert {row["uid"] for row in asked("alerts")} == {"u1", "u2", "u3", "u4"}
    assert [row["uid"] for row in asked("alerts", "--camera", "a")] == ["u1"]
    assert [row["uid"] for row in asked("alerts", "--zone", "Rack")] == ["u2"]
    assert [row["uid"] for row in asked("alerts", "--person", "777")] == ["u3"]
    assert asked("alerts", "--since", "2026-06-01") == []
    cameras = {row["camera"]: row for row in asked("cameras")}
    assert (cameras["a"]["state"], cameras["a"]["sets"], cameras["b"]["state"]) == ("stalled", 2, None)
    assert [row["state"] for row in asked("cameras", "--camera", "a", "--until", "2026-05-28T20:30Z")] == ["online"]


@pytest.mark.parametrize("name", sorted(QUESTIONS))
def test_all_formats_say_the_same(ask: Ask, name: str) -> None:
    as_json = rows(ask(name, "--format", "json"))
    assert [json.loads(line) for line in ask(name, "--format", "jsonl").stdout.splitlines()] == as_json
    read = list(csv.DictReader(io.StringIO(ask(name, "--format", "csv").stdout)))
    assert [list(row) for row in read] == [list(row) for row in as_json]
    assert ask(name, "--out", "out.parquet").exit_code == 0
    table = parquet.read_table("out.parquet")
    assert table.num_rows == len(as_json)
    assert table.column_names == [column.name for column in QUESTIONS[name].columns]
    for column in QUESTIONS[name].columns:
        if column.kind != "time":
            assert table.column(column.name).to_pylist() == [row[column.name] for row in as_json]
    shown = ask(name).stdout.splitlines()
    assert len(shown) == len(as_json) + 1


def test_table_shows_the_gyms_time_and_says_that_there_is_more(ask: Ask) -> None:
    Path("gym.toml").write_text('[gym]\ntimezone = "Asia/Kathmandu"\n')
    result = ask("sets", "--limit", "1")
    assert "2026-05-30 02:11:50" in result.stdout
    assert result.stderr == "there are more; these are the newest 1, --limit N gives more\n"
    assert ask("sets", "--limit", "4").stderr == ""
    assert [row["reps"] for row in rows(ask("sets", "--since", "2026-05-30", "--format", "json"))] == [4]


def test_a_visit_in_the_night_when_clocks_go_back(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(database_url)
    first, last = (datetime.fromisoformat(f"2026-10-25T0{hour}:30:00+00:00") for hour in (0, 1))
    engine = create_engine(parse_url(Address(database_url)))
    with engine.begin() as connection:
        connection.execute(update(Session).where(Session.id == 1).values(started_at=first, last_seen_at=last))
    engine.dispose()
    monkeypatch.chdir(tmp_path)
    Path("gym.toml").write_text('[gym]\ntimezone = "Europe/Berlin"\n')
    ask = partial(asking, database_url, "sessions")
    assert "2026-10-25 02:30:00+0200  2026-10-25 02:30:00+0100" in ask().stdout
    assert len(rows(ask("--since", "2026-10-25", "--until", "2026-10-25", "--format", "json"))) == 1
    assert len(rows(ask("--since", "2026-10-25T02:20+01:00", "--format", "json"))) == 1
    assert len(rows(ask("--since", "2026-10-25T02:40+01:00", "--format", "json"))) == 0
    assert "showed 02:30 on 2026-10-25 twice" in one_sentence(ask("--since", "2026-10-25 02:30"), 2)
    assert "went past 02:30 on 2026-03-29" in one_sentence(ask("--until", "2026-03-29 02:30"), 2)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["sets", "--exercise", "sqat"], "there is no exercise 'sqat' in the database; did you mean 'squat'?"),
        (["sets", "--zone", "Rakc"], "did you mean 'Rack'?"),
        (["sets", "--camera", "zz"], "there is no camera 'zz' in the database; known are a, b"),
        (["sets", "--person", "Boo"], "did you mean 'Bo'?"),
        (["sets", "--person", "#99"], "there is no person '#99' in the database"),
        (["sets", "--person", ""], "a name is 1 to 500 characters"),
        (["sets", "--since", "2026-02-30"], "February 2026 has 28 days"),
        (["sets", "--since", "today", "--until", "yesterday"], "nothing lies between"),
        (["sets", "-c", "none.toml"], ""),
    ],
)
def test_what_is_unknown_is_told(ask: Ask, words: list[str], told: str) -> None:
    if told:
        assert told in one_sentence(ask(*words), 2)
    else:
        assert ask(*words).exit_code == 0  # the database is named


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["sets", "--limit", "9" * 25], "'--limit': 9999999999999999999999999 is not in the range 1<=x<="),
        (["sql", "SELECT 1", "--timeout", "nan"], "'--timeout': 'nan' is not a number of this range."),
    ],
)
def test_a_number_that_is_none_is_told(ask: Ask, words: list[str], told: str) -> None:
    result = ask(*words)
    assert result.exit_code == 2
    assert told in result.stderr.splitlines()[-1]


def test_without_gym_toml_and_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["sets"])
    assert "gym.toml: there is no such file" in one_sentence(result, 2)
    Path("gym.toml").write_text('[database]\nurl = "postgresql+psycopg://spotter:${GYM_PASSWORD}@127.0.0.1:1/gym"\n')
    result = CliRunner().invoke(main, ["sets"])
    assert "GYM_PASSWORD" in one_sentence(result, 2)
    monkeypatch.setenv("GYM_PASSWORD", "hidden")
    result = CliRunner().invoke(main, ["sets"])
    assert "hidden" not in one_sentence(result, 3)


@pytest.mark.parametrize("option", ["person", "exercise", "zone", "camera", "since", "until"])
def test_injection_in_every_option_finds_nothing_and_changes_nothing(ask: Ask, filled: str, option: str) -> None:
    before = tables_of(filled)
    for words in INJECTIONS:
        for name in ("sets", "people") if option == "person" else ("reps",):
            one_sentence(ask(name, f"--{option}", words), 2)
    assert tables_of(filled) == before


@pytest.mark.parametrize("name", INJECTIONS)
def test_injection_in_names_is_data(database_url: str, tmp_path: Path, name: str) -> None:
    if "\0" in name:
        return
    fill(database_url, nickname=name)
    runner = CliRunner()
    given = ["--database", database_url]
    found = runner.invoke(main, ["sets", "--person", "777", "--format", "json", *given])
    assert {row["nickname"] for row in json.loads(found.stdout)} == {name}
    if name.strip():
        by_name = runner.invoke(main, ["sets", f"--person={name}", "--format", "json", *given])
        assert len(rows(by_name)) == 3
    for shape in ("table", "csv", "jsonl"):
        shown = runner.invoke(main, ["sets", "--format", shape, *given]).stdout
        assert all(char.isprintable() or char == "\n" for char in shown)
    out = tmp_path / "o.parquet"
    assert runner.invoke(main, ["people", "--out", str(out), *given]).exit_code == 0
    assert name in parquet.read_table(out).column("nickname").to_pylist()
    assert len(tables_of(database_url)) == 9


def test_a_name_that_several_people_have(database_url: str) -> None:
    fill(database_url)
    ask = partial(asking, database_url)
    engine = create_engine(parse_url(Address(database_url)))
    with engine.begin() as connection:
        connection.execute(text("UPDATE people SET nickname = 'Bo', member_number = '1' WHERE id = 3"))
    engine.dispose()
    assert "may be one of #1, #3; write the number with its #" in one_sentence(ask("sets", "--person", "Bo"), 2)
    assert "#1, #3" in one_sentence(ask("sets", "--person", "1"), 2)
    assert len(rows(ask("sets", "--person", "#3", "--format", "json"))) == 1


# SQL -----------------------------------------------------------------------------------------------------------------


def test_sql_in_every_format(ask: Ask) -> None:
    statement = "SELECT exercise, count(*) AS n, 0.5 AS half, NULL AS none FROM sets GROUP BY exercise;"
    assert rows(ask("sql", statement, "--format", "json")) == [{"exercise": "squat", "n": 4, "half": 0.5, "none": None}]
    assert ask("sql", statement, "--format", "csv").stdout == "exercise,n,half,none\nsquat,4,0.5,\n"
    assert ask("sql", statement).stdout.split() == ["exercise", "n", "half", "none", "squat", "4", "0.50"]
    assert ask("sql", statement, "--out", "x.parquet").exit_code == 0
    assert parquet.read_table("x.parquet").to_pylist() == [{"exercise": "squat", "n": 4, "half": 0.5, "none": None}]
    assert rows(ask("sql", "SELECT 1 AS a, 2 AS a", "--format", "json")) == [{"a": 1, "a_2": 2}]
    assert ask("sql", "SELECT * FROM sets WHERE 1 = 0", "--format", "csv").stdout.startswith("id,uid,")
    payload = rows(ask("sql", "SELECT payload FROM set_views", "--limit", "1", "--format", "json"))[0]["payload"]
    assert len(bytes.fromhex(str(payload))) > 100
    many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    cut = ask("sql", many, "--limit", "5000", "--format", "jsonl")
    assert len(cut.stdout.splitlines()) == 5000
    assert "--limit N" in cut.stderr
    assert len(ask("sql", many).stdout.splitlines()) == 101


def test_sql_from_standard_input(filled: str) -> None:
    given = ["sql", "-", "--database", filled, "--format", "csv"]
    assert CliRunner().invoke(main, given, input="-- words\nSELECT 1 AS one\n").stdout == "one\n1\n"


FORBIDDEN = [
    "DELETE FROM sets",
    "INSERT INTO cameras VALUES ('x', '', true)",
    "UPDATE people SET nickname = 'x'",
    "DROP TABLE sets",
    "CREATE TABLE x (a int)",
    "ATTACH 'other.db' AS other",
    "PRAGMA writable_schema = 1",
    "PRAGMA journal_mode = DELETE",
    "VACUUM INTO 'copy.db'",
    "COPY sets TO PROGRAM 'touch /tmp/owned'",
    "COPY sets TO '/tmp/owned'",
    "SELECT 1; DELETE FROM sets",
    "SELECT 1; SELECT 2",
    "WITH gone AS (DELETE FROM sets RETURNING *) SELECT * FROM gone",
    "EXPLAIN ANALYZE DELETE FROM sets; SELECT 1",
    "/* SELECT */ DELETE FROM sets",
    "-- SELECT\nDELETE FROM sets",
    "(DELETE FROM sets)",
    "SELECT * INTO copied FROM sets",
    "SELECT load_extension('x')",
    "SELECT * FROM pragma_journal_mode('delete')",
    "SELECT set_config('transaction_read_only', 'off', false)",
    "SELECT pg_advisory_lock(1)",
    "SELECT query_to_xml('DELETE FROM sets', true, true, '')",
    "SELECT nextval('people_id_seq')",
    'SELECT U&"pg\\005fsleep"(1)',
    "BEGIN",
    "SET statement_timeout = 0",
    "",
    " ; ",
    "SELECT \0",
    "SELECT json('{') #>> 1",
    "SELEC 1",
    "SELECT 1 FROM nothing",
    "SELECT '" + "x" * 200_000 + "'",
]


@pytest.mark.parametrize("statement", FORBIDDEN, ids=lambda statement: statement[:30])
def test_sql_only_reads(ask: Ask, filled: str, statement: str) -> None:
    before = tables_of(filled)
    one_sentence(ask("sql", "--", statement), 2)
    assert tables_of(filled) == before
    assert names_here() == []
    assert not Path("/tmp/owned").exists()


def test_endless_statement_ends(ask: Ask, filled: str) -> None:
    endless = [
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
        "SELECT count(*) FROM reps a, reps b, reps c, reps d, reps e, reps f, reps g, reps h",
    ]
    if not filled.startswith("sqlite"):
        endless.append("SELECT pg_sleep(100)")
    for statement in endless:
        began = time.monotonic()
        assert "takes longer than 0.5 s" in one_sentence(ask("sql", statement, "--timeout", "0.5"), 2)
        assert time.monotonic() - began < 5


def test_views_can_be_asked(ask: Ask) -> None:
    assert ask("sql", "SELECT * FROM daily_volume", "--format", "json").exit_code == 0


# Files ---------------------------------------------------------------------------------------------------------------


def test_out_appears_whole_or_not_at_all(ask: Ask) -> None:
    assert ask("reps", "--out", "reps.csv").exit_code == 0
    assert len(Path("reps.csv").read_text().splitlines()) == 16
    before = Path("reps.csv").read_bytes()
    numbers = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT i, i * 7 AS j FROM n"
    )
    for shape, name in (("csv", "reps.csv"), ("parquet", "new.parquet"), ("json", "new.json")):
        with limited_files(100_000):
            result = ask("sql", numbers, "--format", shape, "--out", name)
        assert f"{name}: cannot be written" in one_sentence(result, 4)
    assert Path("reps.csv").read_bytes() == before
    assert names_here() == ["reps.csv"]
    assert "none/reps.csv: cannot be written" in one_sentence(ask("reps", "--out", "none/reps.csv"), 4)


def test_an_export_that_is_cut_names_the_folder_and_leaves_none(ask: Ask) -> None:
    with limited_files(200):
        result = ask("export", "all")
    assert "spotter: all/people.csv: cannot be written" in one_sentence(result, 4)
    assert names_here() == []


def test_a_wrong_text_in_json_is_no_damage_of_the_file(ask: Ask, filled: str) -> None:
    wrong = "SELECT json('{')" if filled.startswith("sqlite") else "SELECT '{'::json"
    assert "the database says:" in one_sentence(ask("sql", wrong), 2)


def test_out_leaves_a_device_where_it_is(ask: Ask) -> None:
    assert "/dev/null: cannot be replaced by a result" in one_sentence(ask("sets", "--out", "/dev/null"), 4)
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_statement_that_fails_in_the_middle_leaves_no_file(ask: Ask) -> None:
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    result = ask("sql", numbers, "--timeout", "0.3", "--limit", "1000000000", "--out", "n.csv")
    assert "takes longer than" in one_sentence(result, 2)
    assert names_here() == []


def test_out_never_replaces_the_database_or_gym_toml(ask: Ask, filled: str) -> None:
    Path("gym.toml").write_text("")
    assert "is a file that Spotter reads" in one_sentence(ask("sets", "--out", "gym.toml"), 2)
    if filled.startswith("sqlite"):
        file = filled.removeprefix("sqlite:///")
        Path("link.csv").symlink_to(file)
        for name in (file, file + "-wal", "link.csv", os.path.relpath(file)):
            assert "is a file that Spotter reads" in one_sentence(ask("sets", "--out", name), 2)
    assert len(rows(ask("sets", "--format", "json"))) == 4


def test_a_full_standard_output_is_one_sentence(filled: str) -> None:
    command = [sys.executable, "-m", "spotter", "reps", "--format", "csv", "--database", filled]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert done.returncode == 4
    assert done.stderr == "spotter: standard output cannot be written (No space left on device)\n"


def test_export_of_everything(ask: Ask) -> None:
    assert ask("export", "all", "--format", "jsonl").exit_code == 0
    assert sorted(each.name for each in Path("all").iterdir()) == [f"{name}.jsonl" for name in sorted(QUESTIONS)]
    assert len(Path("all/reps.jsonl").read_text().splitlines()) == 15
    assert stat.S_IMODE(Path("all").stat().st_mode) == 0o700
    assert "is there already" in one_sentence(ask("export", "all"), 4)
    assert "cannot be written" in one_sentence(ask("export", "none/all"), 4)
    assert names_here() == ["all"]


def test_what_is_taken_out_is_noted(ask: Ask) -> None:
    (before,) = rows(ask("sql", "SELECT count(*) AS n FROM access_log", "--format", "json"))
    ask("sets")
    ask("sets", "--person", "Bo", "--format", "csv")
    ask("sql", "SELECT 1")
    ask("export", "all")
    statement = f"SELECT action, what, rows FROM access_log ORDER BY id LIMIT 10 OFFSET {int(str(before['n'])) + 1}"
    noted = rows(ask("sql", statement, "--format", "json"))
    assert [tuple(row.values()) for row in noted] == [
        ("export", "sets, person #1", 3),
        ("sql", "SELECT 1", 1),
        ("export", "all", 4 + 15 + 2 + 2 + 4 + 2),
    ]


# Databases that are not as they should be ----------------------------------------------------------------------------


def test_wrong_databases_are_told(tmp_path: Path, filled: str) -> None:
    def told(file: Path, *words: str) -> str:
        return one_sentence(CliRunner().invoke(main, [*words, "--database", str(file)]), 3)

    if not filled.startswith("sqlite"):
        return
    good = Path(filled.removeprefix("sqlite:///"))
    (tmp_path / "text.db").write_text("no database" * 1000)
    sqlite3.connect(tmp_path / "empty.db").close()
    torn = bytearray(good.read_bytes())
    torn[4096:] = os.urandom(len(torn) - 4096)
    (tmp_path / "torn.db").write_bytes(torn)
    with sqlite3.connect(tmp_path / "foreign.db") as foreign:
        foreign.execute("CREATE TABLE sets (a)")
    foreign.close()
    for name in ("newer", "older"):
        shutil.copy(good, tmp_path / f"{name}.db")
        with sqlite3.connect(tmp_path / f"{name}.db") as other:
            other.execute("UPDATE alembic_version SET version_num = ?", ("9999" if name == "newer" else "0001",))
        other.close()
    for words in (["sets"], ["people", "--person", "Bo"], ["sql", "SELECT 1"]):
        assert "there is no database" in told(tmp_path / "none.db", *words)
        assert "is no SQLite database" in told(tmp_path / "text.db", *words)
        assert "has no tables of Spotter" in told(tmp_path / "empty.db", *words)
        assert "has no tables of Spotter" in told(tmp_path / "foreign.db", *words)
        assert "install the newer Spotter" in told(tmp_path / "newer.db", *words)
        assert "start Spotter once" in told(tmp_path / "older.db", *words)
        assert re_damaged(told(tmp_path / "torn.db", *words))
        told(tmp_path, *words)


def re_damaged(sentence: str) -> bool:
    return "is damaged" in sentence or "is no SQLite database" in sentence


def test_a_newer_postgres_is_left_alone(postgres_url: str) -> None:
    fill(postgres_url)
    engine = create_engine(parse_url(Address(postgres_url)))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    assert "install the newer Spotter" in one_sentence(asking(postgres_url, "sets"), 3)


def test_a_role_of_postgres_that_may_only_read(postgres_url: str) -> None:
    fill(postgres_url)
    role = f"reader_{os.getpid()}"
    engine = create_engine(parse_url(Address(postgres_url)))
    with engine.begin() as connection:
        connection.execute(text(f"CREATE ROLE {role} LOGIN"))
        connection.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}"))
    url = postgres_url.replace("postgres@", f"{role}@")
    try:
        result = asking(url, "sets", "--format", "json")
        assert len(rows(result)) == 4
        assert "was not noted in the access log" in result.stderr
        assert "the database says" in one_sentence(asking(url, "sql", "SELECT * FROM pg_authid"), 2)
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"DROP OWNED BY {role}"))
            connection.execute(text(f"DROP ROLE {role}"))
        engine.dispose()


@pytest.fixture
def other_user() -> Iterator[Path]:
    """A folder, and the rights of a user who may write nothing in it."""
    if os.geteuid() != 0:
        pytest.skip("needs root, which alone can become another user")
    folder = Path(tempfile.mkdtemp(prefix="spotter-read-only-"))
    folder.chmod(0o755)
    yield folder
    os.seteuid(0)
    shutil.rmtree(folder)


def test_a_database_on_a_read_only_medium_can_be_read(other_user: Path) -> None:
    fill(f"sqlite:///{other_user / 'gym.db'}")
    assert not (other_user / "gym.db-wal").exists()
    held = sqlite3.connect(other_user / "gym.db")
    held.execute("PRAGMA journal_mode = WAL")
    held.execute("UPDATE people SET nickname = 'Cy' WHERE id = 3")
    held.commit()
    shutil.copytree(other_user, other_user / "torn", ignore=shutil.ignore_patterns("torn", "*-shm"))
    given = ["sets", "--database", str(other_user / "gym.db"), "--format", "json"]
    os.seteuid(65534)
    beside_writer = CliRunner().invoke(main, given)
    os.seteuid(0)
    held.close()
    os.seteuid(65534)
    alone = CliRunner().invoke(main, given)
    torn = CliRunner().invoke(main, ["sets", "--database", str(other_user / "torn" / "gym.db")])
    os.seteuid(0)
    other_user.chmod(0o777)
    os.seteuid(65534)
    with spotter.open(other_user / "gym.db") as gym:
        before = gym.people(person=3).list()[0]["nickname"]
        assert not (other_user / "gym.db-shm").exists()  # it would be this user's, and no other could write then
        os.seteuid(0)
        with sqlite3.connect(other_user / "gym.db") as writer:
            writer.execute("UPDATE people SET nickname = 'Di' WHERE id = 3")
        writer.close()
        os.seteuid(65534)
        assert (before, gym.people(person=3).list()[0]["nickname"]) == ("Cy", "Di")
        people = iter(gym.people())
        next(people)
        os.seteuid(0)
        held = sqlite3.connect(other_user / "gym.db")
        held.execute("UPDATE people SET nickname = 'Ed' WHERE id = 3")
        held.commit()
        os.seteuid(65534)
        with pytest.raises(DatabaseError, match="was opened for writing meanwhile"):
            list(people)
    os.seteuid(0)
    held.close()
    for result in (beside_writer, alone):
        assert [row["nickname"] for row in rows(result)] == ["Cy", "Bo", "Bo", "Bo"]
        assert "was not noted in the access log" in result.stderr
    assert "its log (-wal) lies beside it" in one_sentence(torn, 3)

"""How long the documented questions take on a year of a busy gym: ``python -m benchmarks.bench_questions DATABASE``.

Asks each question several times on a connection that only reads, as people's programs do. The first time is *cold*: a
new connection, and the file put out of the system's memory where that is allowed (SQLite on Linux). Prints a table for
``docs/database-performance.md``; ends with status 1 if one takes longer than the target.
"""

import argparse
import os
import platform
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, text

from aggregator.database import parse_url
from core.secrets import Address

TARGET_S = 0.3
ROUNDS = 5
TOTAL_TABLES = ("people", "sessions", "tracks", "sets", "reps", "faults", "alerts", "camera_status", "zone_occupancy")


@dataclass(frozen=True, slots=True)
class Question:
    """One question, with ``:names`` in place of what is chosen."""

    told: str
    sql: str


# fmt: off
QUESTIONS = (
    Question("Volume of each day of the last month", """
        SELECT day, sum(sets) AS sets, sum(reps) AS reps FROM daily_volume
        WHERE day BETWEEN :month AND :today GROUP BY day ORDER BY day"""),
    Question("Volume by exercise, last week", """
        SELECT exercise, sum(sets) AS sets, sum(reps) AS reps FROM daily_volume
        WHERE day BETWEEN :week AND :today GROUP BY exercise ORDER BY reps DESC"""),
    Question("Volume of each day of the whole year", """
        SELECT day, count(*) AS sets, sum(coalesce(corrected_reps, reps)) AS reps FROM sets
        WHERE day BETWEEN :year AND :today GROUP BY day ORDER BY day"""),
    Question("Who trained squat yesterday", """
        SELECT person_id, nickname, count(*) AS sets, sum(reps) AS reps FROM set_summary
        WHERE exercise = 'squat' AND day = :yesterday GROUP BY person_id, nickname ORDER BY reps DESC"""),
    Question("The last 100 sets, with tempo, range and faults", """
        SELECT * FROM set_summary ORDER BY started_at DESC LIMIT 100"""),
    Question("All sets of one day", """
        SELECT * FROM set_summary WHERE day = :yesterday ORDER BY started_at"""),
    Question("All repetitions of one visit", """
        SELECT s.number, r.number AS rep, r.duration_s, r.range_of_motion, r.unit FROM sets s
        JOIN reps r ON r.set_id = s.id WHERE s.session_id = :session ORDER BY s.number, r.number"""),
    Question("Progress of one member over the year: volume, tempo, range, by day and exercise", """
        SELECT day, exercise, reps, tempo_s, range_of_motion, faulty_share FROM rep_quality
        WHERE person_id = :member ORDER BY day"""),
    Question("Progress of one member in squat over the year", """
        SELECT day, reps, tempo_s, range_of_motion FROM rep_quality
        WHERE person_id = :member AND exercise = 'squat' ORDER BY day"""),
    Question("Quality of repetitions by exercise, last week", """
        SELECT exercise, sum(reps) AS reps, sum(faulty_reps) * 1.0 / sum(reps) AS faulty FROM rep_quality
        WHERE day BETWEEN :week AND :today GROUP BY exercise ORDER BY faulty DESC"""),
    Question("Quality of repetitions by exercise, last month", """
        SELECT exercise, sum(reps) AS reps, sum(faulty_reps) * 1.0 / sum(reps) AS faulty FROM rep_quality
        WHERE day BETWEEN :month AND :today GROUP BY exercise ORDER BY faulty DESC"""),
    Question("Form faults by exercise and rule, last month", """
        SELECT s.exercise, f.rule, count(*) AS faults FROM sets s JOIN faults f ON f.set_id = s.id
        WHERE s.day BETWEEN :month AND :today GROUP BY s.exercise, f.rule ORDER BY faults DESC"""),
    Question("Use of each zone, last week", """
        SELECT zone, avg(in_use_share) AS in_use, max(people_max) AS most, sum(person_hours) AS hours
        FROM zone_utilisation WHERE day BETWEEN :week AND :today GROUP BY zone ORDER BY in_use DESC"""),
    Question("Use of each zone, last month", """
        SELECT zone, avg(in_use_share) AS in_use, max(people_max) AS most, sum(person_hours) AS hours
        FROM zone_utilisation WHERE day BETWEEN :month AND :today GROUP BY zone ORDER BY in_use DESC"""),
    Question("Uptime of each camera, last week", """
        SELECT camera_id, sum(minutes_online) * 1.0 / sum(minutes_known) AS online FROM camera_uptime
        WHERE day BETWEEN :week AND :today GROUP BY camera_id ORDER BY online"""),
    Question("Uptime of each camera, last month", """
        SELECT camera_id, sum(minutes_online) * 1.0 / sum(minutes_known) AS online FROM camera_uptime
        WHERE day BETWEEN :month AND :today GROUP BY camera_id ORDER BY online"""),
    Question("Busiest hours of the week, from the last quarter", """
        SELECT weekday, hour, sum(visits) AS visits FROM busiest_hours
        WHERE day BETWEEN :quarter AND :today GROUP BY weekday, hour ORDER BY visits DESC"""),
    Question("Busiest hours of the week, from the whole year", """
        SELECT weekday, hour, sum(visits) AS visits FROM busiest_hours
        WHERE day BETWEEN :year AND :today GROUP BY weekday, hour ORDER BY visits DESC"""),
    Question("The last visits, 50 of them", """
        SELECT s.id, s.person_id, p.nickname, s.started_at, s.ended_at,
            (SELECT count(*) FROM sets WHERE sets.session_id = s.id) AS sets
        FROM sessions s JOIN people p ON p.id = s.person_id ORDER BY s.started_at DESC LIMIT 50"""),
    Question("All visits of one member", """
        SELECT started_at, ended_at FROM sessions WHERE person_id = :member ORDER BY started_at DESC"""),
    Question("A person by member number", """
        SELECT id, nickname, first_seen_at, last_seen_at FROM people WHERE member_number = 'M00042'"""),
    Question("Alerts of the last month by kind", """
        SELECT alert, count(*) AS alerts FROM alerts WHERE since_at >= :month_at
        GROUP BY alert ORDER BY alerts DESC"""),
    Question("Alerts that are open", """
        SELECT alert, subject, text, since_at FROM alerts WHERE resolved_at IS NULL ORDER BY since_at"""),
    Question("Movements that were not counted, by reason, last week", """
        SELECT j.reason, count(*) AS movements FROM rejected_reps j JOIN sets s ON s.id = j.set_id
        WHERE s.day BETWEEN :week AND :today GROUP BY j.reason ORDER BY movements DESC"""),
    Question("What staff corrected, last month", """
        SELECT day, exercise, counted_reps, reps FROM set_summary
        WHERE day BETWEEN :month AND :today AND counted_reps <> reps ORDER BY day"""),
)
# fmt: on


@dataclass(frozen=True, slots=True)
class Times:
    """Of one question, in seconds."""

    question: Question
    rows: int
    cold_s: float
    warm_s: Sequence[float]


def open_reader(address: Address) -> Engine:
    """Read-only, with the limits of time of nobody: here, what is slow is to be seen."""
    url = parse_url(address)
    if url.get_backend_name() == "sqlite":
        return create_engine(f"sqlite:///file:{url.database}?mode=ro&uri=true")
    return create_engine(url, connect_args={"options": "-c default_transaction_read_only=on -c timezone=UTC"})


def chosen(connection: Connection) -> dict[str, Any]:
    """What is asked for: the newest day in the database, and somebody who came often."""
    newest = connection.execute(text("SELECT max(day) FROM sets")).scalar_one()
    today = date.fromisoformat(newest)
    often = "SELECT person_id FROM sessions GROUP BY person_id ORDER BY count(*) DESC, person_id LIMIT 1"
    last = "SELECT session_id FROM sets WHERE day = :day ORDER BY started_at LIMIT 1"
    back = {"yesterday": 1, "week": 6, "month": 29, "quarter": 91, "year": 364}
    days = {name: (today - timedelta(days=number)).isoformat() for name, number in back.items()}
    month_at = f"{days['month']}T00:00:00.000000+00:00"
    return {
        **days,
        "today": newest,
        "month_at": month_at if connection.dialect.name == "sqlite" else datetime.fromisoformat(month_at),
        "member": connection.execute(text(often)).scalar_one(),
        "session": connection.execute(text(last), {"day": days["yesterday"]}).scalar_one(),
    }


def _forget(path: Path) -> None:
    """Put a file out of the system's memory; a disk that is slower than memory is then read."""
    if not hasattr(os, "posix_fadvise"):
        return
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
        os.posix_fadvise(number, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(number)


@contextmanager
def _opened(address: Address) -> Iterator[Connection]:
    engine = open_reader(address)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def measure(address: Address, question: Question, values: dict[str, Any], rounds: int) -> Times:
    """Ask once cold and several times warm."""
    url = parse_url(address)
    if url.get_backend_name() == "sqlite" and url.database:
        _forget(Path(url.database))
    asked = {name: value for name, value in values.items() if f":{name}" in question.sql}
    with _opened(address) as connection:
        taken = []
        rows = 0
        for _ in range(rounds + 1):
            began = time.perf_counter()
            rows = len(connection.execute(text(question.sql), asked).all())
            taken.append(time.perf_counter() - began)
    return Times(question, rows, taken[0], taken[1:])


def sizes(address: Address) -> tuple[int, dict[str, int]]:
    """Bytes of the database, and rows by table."""
    with _opened(address) as connection:
        rows = {
            table: int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()) for table in TOTAL_TABLES
        }
        if connection.dialect.name == "sqlite":
            pages = connection.execute(text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"))
            return int(pages.scalar_one()), rows
        size = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
        return int(size), rows


def lines(address: Address, measured: Sequence[Times]) -> Iterator[str]:
    """The table, in Markdown."""
    size, rows = sizes(address)
    kind = "SQLite" if parse_url(address).get_backend_name() == "sqlite" else "Postgres"
    yield f"{kind}, {datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, synthetic data"
    yield ", ".join(f"{count:,} {table}" for table, count in rows.items())
    yield f"{size / 1e9:.2f} GB, {size / max(rows['reps'], 1):.0f} bytes a repetition, everything included"
    yield ""
    yield "| Question | Rows | Cold, ms | Warm median, ms | Warm max, ms |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for one in measured:
        median, most = statistics.median(one.warm_s) * 1000, max(one.warm_s) * 1000
        yield f"| {one.question.told} | {one.rows} | {one.cold_s * 1000:.0f} | {median:.1f} | {most:.1f} |"


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("database", help="address of a database made by benchmarks.year_of_gym")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="warm ones (default: %(default)s)")
    parser.add_argument("--only", default="", help="questions whose text holds this")
    options = parser.parse_args()
    address = Address(options.database)
    with _opened(address) as connection:
        values = chosen(connection)
    wanted = [question for question in QUESTIONS if options.only.lower() in question.told.lower()]
    measured = []
    for question in wanted:
        measured.append(measure(address, question, values, max(1, options.rounds)))
        print(f"{statistics.median(measured[-1].warm_s):8.3f} s  {question.told}", file=sys.stderr, flush=True)
    print("\n".join(lines(address, measured)))
    slow = [one.question.told for one in measured if statistics.median(one.warm_s) > TARGET_S]
    for told in slow:
        print(f"slower than {TARGET_S:g} s: {told}", file=sys.stderr)
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())

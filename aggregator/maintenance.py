"""Looks after a database: says what is wrong with it, copies it, puts a copy in its place.

Changes no rows. Who calls makes sure that nothing writes while a copy is put back.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, exists, func, or_, select

from aggregator.copies import copy_file, keep_copy
from aggregator.database import is_newer, known_version, told
from aggregator.local_days import rows_without_day
from aggregator.schema import About, Base, Person, Session, Set, SetView, Track, TrackDecision
from aggregator.views import missing_views
from core.clock import utc_datetime, utc_ns
from core.errors import DatabaseError, OutputError
from core.names import shown_name

MOST_FINDINGS = 20
"""Lines of one check of the file; a damaged one would fill the screen."""
LONGEST_VISIT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer of one check."""

    check: str
    state: str
    """``ok``, ``warning`` or ``problem``."""
    text: str


def check(engine: Engine) -> list[Finding]:
    """All checks, in order; raises ``DatabaseError`` when the database is away."""
    with told(engine), engine.connect() as connection:
        version = MigrationContext.configure(connection).get_current_revision()
        findings = [*_file(connection), _version(version)]
        if version == known_version():
            findings += [_shape(connection), _views(connection), *_rows(connection)]
        return findings


def _file(connection: Connection) -> Iterator[Finding]:
    if connection.dialect.name != "sqlite":
        yield Finding("file", "ok", "is the server's; pg_amcheck looks at it")
        return
    lines = connection.exec_driver_sql(f"PRAGMA integrity_check({MOST_FINDINGS})").scalars().all()
    if list(lines) == ["ok"]:
        yield Finding("file", "ok", "is whole")
    else:
        # A second line may be a list of its own.
        said = "; ".join(line.strip() for line in " \n".join(map(str, lines)).splitlines()[:MOST_FINDINGS])
        yield Finding("file", "problem", f"is damaged ({said}); bring back a copy with: spotter db restore FILE")
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        tables = ", ".join(sorted({str(row[0]) for row in broken}))
        yield Finding("references", "problem", f"{len(broken)} rows of {tables} point to rows that are not there")
    else:
        yield Finding("references", "ok", "all rows that are pointed to are there")


def _version(version: str | None) -> Finding:
    if version == known_version():
        return Finding("version", "ok", f"is {version}, the newest")
    if version is None:
        return Finding("version", "problem", "there are no tables yet; spotter db upgrade makes them")
    if is_newer(version):
        return Finding("version", "problem", f"is {version}, of a newer Spotter than this ({known_version()})")
    return Finding("version", "warning", f"is {version}; spotter db upgrade brings it to {known_version()}")


def _shape(connection: Connection) -> Finding:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    known = set(Base.metadata.tables)
    # Tables that somebody added are theirs.
    differences = [each for each in compare_metadata(context, Base.metadata) if not _is_foreign(each, known)]
    if not differences:
        return Finding("tables", "ok", "are as this Spotter makes them")
    first = " ".join(str(part) for part in _flat(differences[0])[:3])
    text = f"differ in {len(differences)} things from what this Spotter makes, such as {first}; somebody changed them"
    return Finding("tables", "problem", text)


def _flat(difference: object) -> tuple[object, ...]:
    while isinstance(difference, list):
        difference = difference[0]
    return difference if isinstance(difference, tuple) else (difference,)


def _is_foreign(difference: object, known: set[str]) -> bool:
    parts = _flat(difference)
    if parts[0] == "remove_table":
        return getattr(parts[1], "name", "") not in known
    return parts[0] == "remove_index"  # one more does no harm


def _views(connection: Connection) -> Finding:
    missing = missing_views(connection)
    if missing:
        return Finding("views", "problem", f"{', '.join(missing)} cannot be read; spotter db upgrade makes them anew")
    return Finding("views", "ok", "are there")


def _rows(connection: Connection) -> Iterator[Finding]:
    long_ago = utc_datetime(utc_ns()) - LONGEST_VISIT
    open_ones = connection.scalar(
        select(func.count()).select_from(Session).where(Session.ended_at.is_(None), Session.last_seen_at < long_ago)
    )
    if open_ones:
        text = f"{open_ones} go on though nobody was seen for a day; the aggregator ends them when it runs"
        yield Finding("visits", "warning", text)
    else:
        yield Finding("visits", "ok", "none goes on that should have ended")
    lost = _orphans(connection)
    if lost:
        text = ", ".join(f"{count} {what}" for what, count in lost.items())
        yield Finding("orphans", "warning", f"{text}: nothing leads to them")
    else:
        yield Finding("orphans", "ok", "no row is left behind")
    without = rows_without_day(connection)
    if without:
        text = f"{without} rows have no day yet; the aggregator fills it in, or: spotter db upgrade"
        yield Finding("days", "warning", text)
    else:
        zone = connection.scalar(select(About.value).where(About.name == "time zone"))
        yield Finding("days", "ok", f"are those of {zone or 'no time zone yet'}")


def _orphans(connection: Connection) -> dict[str, int]:
    """What should not be left by itself, by what it is."""
    counted = {
        "sets in a visit of somebody else": select(func.count())
        .select_from(Set)
        .join(Session, Session.id == Set.session_id)
        .where(Session.person_id != Set.person_id),
        "tracks of somebody without a decision": select(func.count())
        .select_from(Track)
        .where(Track.person_id.is_not(None), ~exists().where(TrackDecision.track_id == Track.id)),
        "closed views of sets in no set": select(func.count())
        .select_from(SetView)
        .join(Track, Track.id == SetView.track_id)
        .where(
            SetView.set_id.is_(None),
            SetView.withdrawn.is_(False),
            SetView.closed.is_(True),
            Track.person_id.is_not(None),
            Track.ended_at.is_not(None),
        ),
        "people without a number to come": select(func.count())
        .select_from(Person)
        .where(or_(Person.id <= 0, Person.id > _last_number(connection))),
    }
    found = {what: connection.scalar(query) or 0 for what, query in counted.items()}
    return {what: count for what, count in found.items() if count}


def _last_number(connection: Connection) -> int:
    known = connection.scalar(select(About.value).where(About.name == "people"))
    return int(known) if known and known.isdigit() else 0


# Copies --------------------------------------------------------------------------------------------------------------


def require_gym_file(file: Path) -> str:
    """Version of the tables in a SQLite file; raises ``DatabaseError`` for anything but a whole database of Spotter."""
    name = shown_name(file)
    if not file.is_file():
        raise DatabaseError(f"{name} is not there; name a copy that spotter db backup made")
    try:
        # A copy needs no log beside it, and the folder may be read-only.
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
            (whole,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            connection.execute("SELECT count(*) FROM people, sets WHERE people.id < 0").fetchone()
    except sqlite3.Error as error:
        raise DatabaseError(
            f"{name} is no database of Spotter ({error}); name a copy that spotter db backup made"
        ) from None
    if whole != "ok" or len(rows) != 1:
        raise DatabaseError(f"{name} is damaged; name another copy")
    version = str(rows[0][0])
    if is_newer(version):
        raise DatabaseError(
            f"{name} has tables of version {version} and this Spotter knows them up to {known_version()}; install the "
            "newer Spotter that wrote it"
        )
    return version


def restore(file: Path, database: Path) -> Path | None:
    """Put a copy in the place of a database that nobody uses; gives where the replaced one lies, None if none was."""
    require_gym_file(file)
    if database.exists() and file.resolve() == database.resolve():
        raise DatabaseError(f"{shown_name(file)} is the database itself; name a copy of it")
    kept = None
    fresh = database.with_name(f"{database.name}.restored")
    copy_file(file, fresh)
    try:
        if database.exists():
            kept = _put_aside(database)
        fresh.replace(database)
    except OSError as error:
        raise OutputError(f"{shown_name(database)}: cannot be replaced ({error.strerror})") from None
    finally:
        fresh.unlink(missing_ok=True)
    return kept


def _put_aside(database: Path) -> Path:
    """Keep what is replaced: as a whole copy, or, if it cannot be read, as the files that there are."""
    try:
        kept = keep_copy(database, "replaced")
        for end in ("-wal", "-shm"):
            database.with_name(database.name + end).unlink(missing_ok=True)
    except DatabaseError:
        stamp = utc_datetime(utc_ns()).strftime("%Y%m%dT%H%M%S")
        kept = database.with_name(f"{database.name}.damaged.{stamp}Z")
        for end in ("-wal", "-shm", ""):
            part = database.with_name(database.name + end)
            if part.exists():
                part.replace(kept.with_name(kept.name + end))
    return kept

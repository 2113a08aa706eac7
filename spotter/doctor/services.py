"""Checks of what runs beside us: Redis, the database, and the heartbeats of the other processes."""

import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from core.clock import NANOSECONDS
from core.errors import ConfigError, ExitCode, SpotterError, StoreError
from core.messages import AnyHeartbeat
from core.secrets import Address
from core.store import Store, server_facts
from spotter.doctor.finding import Finding, ok, problem, warning
from spotter.doctor.machine import nearest_folder
from spotter.places import network_file_system

CLOCK_OFF_S = 2.0
"""Frames carry the time of their camera's machine; beyond, sets of two cameras no longer overlap as they should."""


def check_own_redis() -> Finding:
    """Whether ``spotter run`` finds a redis-server to start."""
    from spotter.redis_server import find_redis_server

    try:
        return ok("redis", f"{find_redis_server()} for spotter run; none is named in gym.toml")
    except SpotterError as error:
        return problem("redis", str(error), "", error.exit_code)


def check_redis(address: Address) -> list[Finding]:
    """Whether Redis answers, is new enough, and keeps what it is given."""
    try:
        with closing(Store(address)) as store:
            version = store.check()
            facts = dict(server_facts(store))
    except (StoreError, ConfigError) as error:
        return [problem("redis", str(error), "", error.exit_code)]
    return [ok("redis", f"{version} at {address}"), judge_policy(facts), judge_persistence(facts)]


def judge_policy(facts: Mapping[str, str]) -> Finding:
    """Whether Redis refuses when it is full instead of dropping events."""
    policy = facts.get("policy", "unknown")
    if policy == "unknown":
        return warning("redis policy", "the server does not tell its maxmemory-policy", "see that it is noeviction")
    if policy != "noeviction":
        advice = "redis-cli CONFIG SET maxmemory-policy noeviction, and the same in redis.conf"
        said = f"maxmemory-policy is {policy}: a full Redis drops events that nobody has stored yet"
        return problem("redis policy", said, advice, ExitCode.USAGE)
    return ok("redis policy", f"noeviction, {facts.get('memory', 'unknown')} of {facts.get('most memory', 'unknown')}")


def judge_persistence(facts: Mapping[str, str]) -> Finding:
    """Whether events that wait survive a restart of Redis."""
    kept = facts.get("persistence", "unknown")
    if facts.get("last write", "ok") not in ("ok", "unknown"):
        advice = "look at its log and its disk"
        return problem("redis persistence", "Redis failed to write its data to disk", advice, ExitCode.UNUSABLE)
    if not kept.startswith("append-only"):
        return warning("redis persistence", kept, "set appendonly yes and appendfsync everysec in redis.conf")
    return ok("redis persistence", kept)


def check_database_folder(file: Path) -> list[Finding]:
    """Whether SQLite can keep its write-ahead log beside a database file that need not be there yet."""
    folder = nearest_folder(file.parent)
    kind = network_file_system(folder)
    if kind is not None:
        said = f"{folder} lies on a network file system ({kind}), on which SQLite may lose or damage data"
        return [problem("database disk", said, "keep the file on a local disk, or use Postgres", ExitCode.USAGE)]
    try:
        with tempfile.TemporaryDirectory(prefix=".spotter-doctor-", dir=folder) as scratch:
            mode = _journal_mode(Path(scratch) / "try.db")
    except OSError as error:
        advice = "give Spotter's user the right to write there, or name another file under [database] in gym.toml"
        said = f"{folder} cannot be written ({error.strerror})"
        return [problem("database disk", said, advice, ExitCode.UNUSABLE)]
    except sqlite3.Error as error:
        said = f"SQLite cannot work in {folder} ({error})"
        return [problem("database disk", said, "keep the file on a local disk, or use Postgres", ExitCode.UNUSABLE)]
    if mode != "wal":
        said = f"{folder} allows SQLite no write-ahead log (it chose {mode})"
        return [problem("database disk", said, "keep the file on a local disk, or use Postgres", ExitCode.UNUSABLE)]
    return [ok("database disk", f"{folder} is local and allows a write-ahead log")]


def _journal_mode(file: Path) -> str:
    with closing(sqlite3.connect(file, timeout=2.0)) as connection:
        return str(connection.execute("PRAGMA journal_mode=WAL").fetchone()[0])


def check_heartbeat(name: str, processes: Mapping[str, AnyHeartbeat], now_utc_ns: int, max_age_s: float) -> Finding:
    """Whether one process lives and works, by its newest heartbeat."""
    heartbeat = processes.get(name)
    if heartbeat is None:
        known = ", ".join(sorted(processes)) or "none at all"
        said = f"has no heartbeat; there are those of: {known}"
        return problem(name, said, "start it, or look at its log", ExitCode.OUT_OF_REACH)
    age_s = (now_utc_ns - heartbeat.beat_utc_ns) / NANOSECONDS
    if age_s > max_age_s:
        said = f"gave its last heartbeat {age_s:.0f} s ago"
        return problem(name, said, "look at its log; a supervisor should start it anew", ExitCode.OUT_OF_REACH)
    if heartbeat.state == "failed":
        return problem(name, f"has failed: {heartbeat.trouble or 'it does not say why'}", "", ExitCode.UNUSABLE)
    if heartbeat.trouble:
        return warning(name, f"{heartbeat.state}: {heartbeat.trouble}", "")
    return ok(name, f"{heartbeat.state}, last heartbeat {max(age_s, 0.0):.1f} s ago")


def clock_differences(
    before: Mapping[str, AnyHeartbeat], after: Mapping[str, AnyHeartbeat], now_utc_ns: int, period_s: float
) -> dict[str, float]:
    """By how many seconds each other host's clock is ahead of ours, told from processes that beat between two looks.

    A heartbeat that came between the looks is at most ``period_s`` old; half of that is taken off.
    """
    differences: dict[str, float] = {}
    for name, heartbeat in after.items():
        earlier = before.get(name)
        if earlier is None or earlier.beat_utc_ns == heartbeat.beat_utc_ns:
            continue
        ahead_s = (heartbeat.beat_utc_ns - now_utc_ns) / NANOSECONDS + period_s / 2
        differences[heartbeat.host] = ahead_s
    return differences


def judge_clocks(differences: Mapping[str, float]) -> Finding:
    """Whether the clocks of all machines agree."""
    off = {host: ahead_s for host, ahead_s in differences.items() if abs(ahead_s) > CLOCK_OFF_S}
    if off:
        said = ", ".join(f"{host} is {abs(s):.0f} s {'ahead of' if s > 0 else 'behind'} us" for host, s in off.items())
        return problem("clocks", said, "start time synchronisation (NTP) on every machine", ExitCode.UNUSABLE)
    if not differences:
        return ok("clocks", "no process of another time to compare with")
    return ok("clocks", f"those of {', '.join(sorted(differences))} agree within {CLOCK_OFF_S:g} s")


def check_database(address: Address) -> list[Finding]:
    """Whether the database answers, and its tables are of a version that this Spotter knows."""
    from aggregator.database import parse_url

    try:
        url = parse_url(address)
    except ConfigError as error:
        return [problem("database", str(error), "", error.exit_code)]
    if url.get_backend_name() != "sqlite":
        return [_check_tables(address)]
    file = Path(str(url.database))
    findings = check_database_folder(file)
    if not file.exists():
        # To connect would make the file.
        return [*findings, ok("database", f"{file} is not there yet; the aggregator makes it")]
    return [*findings, _check_tables(address)]


def _check_tables(address: Address) -> Finding:
    from alembic.runtime.migration import MigrationContext

    from aggregator.database import known_version, open_engine, told

    engine = open_engine(address)
    try:
        with told(engine), engine.connect() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
            backend = connection.dialect.name
    except SpotterError as error:
        return problem("database", str(error), "", error.exit_code)
    finally:
        engine.dispose()
    return judge_version(f"{backend} at {address}", found, known_version(), _known_versions())


def _known_versions() -> set[str]:
    from alembic.script import ScriptDirectory

    import aggregator.migrations

    folder = Path(next(iter(aggregator.migrations.__path__)))
    return {script.revision for script in ScriptDirectory(str(folder)).walk_revisions()}


def judge_version(name: str, found: str | None, newest: str, known: set[str]) -> Finding:
    """Whether tables of version ``found`` (None: there are none yet) can be used or brought up to date."""
    if found is None:
        return ok("database", f"{name} is empty; the aggregator makes its tables")
    if found not in known:
        said = f"{name} has tables of version {found}, which is newer than this Spotter ({newest})"
        return problem("database", said, "install the newer Spotter that wrote it", ExitCode.UNUSABLE)
    if found != newest:
        advice = "back it up; the aggregator brings it up to date when it starts"
        return warning("database", f"{name} has tables of version {found}, the newest is {newest}", advice)
    return ok("database", f"{name}, tables of version {found}")

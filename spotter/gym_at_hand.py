"""The gym that a command is about: its settings, its database, and whether it runs now.

What staff do goes to the aggregator where one runs, and into the database by itself where none does.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine

from aggregator.access import os_user
from aggregator.database import open_engine, parse_url, upgrade, writing
from aggregator.fold import fold
from aggregator.visits import fold_rules
from core.clock import NANOSECONDS, utc_ns
from core.errors import ConfigError, DatabaseError, StoreError
from core.messages import AggregatorHeartbeat, AnyStaffAction
from core.names import shown_name
from core.runtime import STALE_AFTER_S
from core.secrets import Address
from core.settings import Settings
from core.store import Store
from spotter.config_watch import read_config
from spotter.places import Places, locked, places_of

LONGEST_NAME = 80
"""Characters of what staff call themselves, or somebody else."""
FOLDED_WITHIN_S = 30.0
"""How long a command waits until the aggregator has done what it was told."""
LOOK_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Gym:
    """One gym.toml, and where everything of it lies."""

    settings: Settings
    places: Places
    database: Address
    redis: Address

    @property
    def file(self) -> Path | None:
        """The file of a SQLite database; None for a server."""
        url = parse_url(self.database)
        return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def gym_at_hand(config: Path, database: str | None = None, data: Path | None = None) -> Gym:
    """The gym of a gym.toml; raises ``ConfigError``."""
    settings = read_config(config, os.environ, may_miss=True).settings
    places = places_of(config, "run", data)
    address = settings.database.url if database is None else _address(database)
    parse_url(address)
    if "${" in address.reveal():
        raise ConfigError(f"[database] url waits for a variable of the environment: {address}; set it, and try again")
    redis = settings.redis.url or Address(f"unix://{places.redis_socket}")
    return Gym(settings, places, address, redis)


def _address(text: str) -> Address:
    return Address(text if "://" in text else f"sqlite:///{Path(text).absolute()}")


def leads_now(gym: Gym) -> bool:
    """Whether an aggregator folds events into the database now; False where no Redis answers."""
    store = Store(gym.redis)
    try:
        oldest = utc_ns() - round(STALE_AFTER_S * NANOSECONDS)
        beats = store.processes().values()
        return any(
            isinstance(beat, AggregatorHeartbeat) and beat.leads and beat.beat_utc_ns >= oldest for beat in beats
        )
    except StoreError:
        return False
    finally:
        store.close()


@contextmanager
def nobody_runs(gym: Gym) -> Iterator[None]:
    """Hold the gym for this command alone; raises ``ConfigError`` if it runs."""
    with locked(gym.places):
        if leads_now(gym):
            raise ConfigError("an aggregator runs and writes to the database; stop it first")
        yield


@contextmanager
def opened(gym: Gym) -> Iterator[Engine]:
    """An engine that may write, of a database that is there and up to date; raises ``DatabaseError``."""
    if gym.file is not None and not gym.file.exists():
        raise DatabaseError(
            f"there is no database {shown_name(gym.file)}; start Spotter, which makes it, or name another"
        )
    engine = open_engine(gym.database)
    try:
        yield engine
    finally:
        engine.dispose()


def do_action(gym: Gym, action: AnyStaffAction, is_done: Callable[[Connection], bool]) -> str:
    """Let staff do something: through the aggregator where it runs, else into the database; says which.

    Raises ``DatabaseError`` if the aggregator does not do it in time; it will do it later.
    """
    if not leads_now(gym):
        with nobody_runs(gym), opened(gym) as engine:
            upgrade(engine)
            with writing(engine) as connection:
                fold(connection, [action], fold_rules(gym.settings))
        return "database"
    store = Store(gym.redis)
    try:
        store.append_events([action])
    finally:
        store.close()
    ends = time.monotonic() + FOLDED_WITHIN_S
    with opened(gym) as engine:
        while time.monotonic() < ends:
            with engine.connect() as connection:
                if is_done(connection):
                    return "aggregator"
            time.sleep(LOOK_EVERY_S)
    raise DatabaseError(f"the aggregator has not done it within {FOLDED_WITHIN_S:g} s; it will, see: spotter doctor")


def staff_name(by: str | None) -> str:
    """Who does it: as said, else this system's user; raises ``ConfigError`` for what no screen should show."""
    if by is not None and (len(by) > LONGEST_NAME or not by.isprintable()):
        raise ConfigError(f"--by: a name has at most {LONGEST_NAME} printable characters")
    return by or os_user()

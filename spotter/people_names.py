"""Whom somebody means who types a person's number, nickname or member number."""

from aggregator.reading import open_reader
from core.clock import utc_datetime, utc_ns
from core.errors import DatabaseError
from core.names import shown_name
from spotter.gym_at_hand import Gym
from spotter.query.names import Elsewhere, Typed, find_chosen
from spotter.query.times import span_of


def person_number(gym: Gym, name: str) -> int:
    """The number of a person; raises ``ConfigError`` for nobody and for several."""
    if gym.file is not None and not gym.file.exists():
        raise DatabaseError(f"there is no database {shown_name(gym.file)}; start Spotter, which makes it")
    reader = open_reader(gym.database)
    try:
        with reader.connect() as connection:
            span = span_of(None, None, gym.settings.gym.zone, utc_datetime(utc_ns()))
            chosen = find_chosen(connection, Typed(person=name), span, Elsewhere())
    finally:
        reader.dispose()
    assert chosen.person is not None
    return chosen.person

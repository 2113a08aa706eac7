"""Whom somebody means who types a person's number, nickname or member number."""

from core.clock import utc_datetime, utc_ns
from spotter.gym_at_hand import Gym
from spotter.query.names import Elsewhere, Typed
from spotter.query.source import Source
from spotter.query.times import span_of


def person_number(gym: Gym, name: str) -> int:
    """The number of a person; raises ``ConfigError`` for nobody and for several, ``DatabaseError``."""
    with Source(gym.database) as source:
        span = span_of(None, None, gym.settings.gym.zone, utc_datetime(utc_ns()))
        chosen = source.choose(Typed(person=name), span, Elsewhere())
    assert chosen.person is not None
    return chosen.person

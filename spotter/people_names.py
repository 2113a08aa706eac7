"""What somebody means who types a person's number, nickname or member number, or an exercise."""

from core.clock import utc_datetime, utc_ns
from spotter.gym_at_hand import Gym
from spotter.query.gym import elsewhere_of
from spotter.query.names import Typed
from spotter.query.questions import Chosen
from spotter.query.source import Source
from spotter.query.times import span_of


def exercise_name(gym: Gym, name: str) -> str:
    """An exercise as the database spells it; raises ``ConfigError`` for an unknown one."""
    exercise = _chosen(gym, Typed(exercise=name)).exercise
    assert exercise is not None
    return exercise


def person_number(gym: Gym, name: str) -> int:
    """The number of a person; raises ``ConfigError`` for nobody and for several, ``DatabaseError``."""
    person = _chosen(gym, Typed(person=name)).person
    assert person is not None
    return person


def _chosen(gym: Gym, typed: Typed) -> Chosen:
    with Source(gym.database) as source:
        span = span_of(None, None, gym.settings.gym.zone, utc_datetime(utc_ns()))
        return source.choose(typed, span, elsewhere_of(gym.settings))

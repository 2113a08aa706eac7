"""Finds out what a name means that somebody typed: a camera, zone, exercise or person of this database.

Asks only for what an index finds; lists what there is only to say what was probably meant.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, or_, select, text

from aggregator.schema import Camera, Correction, Person, Set
from core.errors import ConfigError
from core.names import shown_name
from core.toml_tables import suggestion
from spotter.query.questions import Chosen
from spotter.query.times import Span

MOST_KNOWN = 500
"""Names that are looked through for one like that which was typed."""
LONGEST_NAME = 500
LARGEST_NUMBER = 2**63 - 1
_NUMBER = re.compile(r"#?([0-9]{1,19})")


def _nothing() -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Names that are right though the database has nothing of them yet; asked for only when needed."""

    zones: Callable[[], Sequence[str]] = field(default=_nothing)
    exercises: Callable[[], Sequence[str]] = field(default=_nothing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What somebody typed; None: does not restrict."""

    camera: str | None = None
    zone: str | None = None
    exercise: str | None = None
    person: str | int | None = None


def find_chosen(connection: Connection, typed: Typed, span: Span, elsewhere: Elsewhere) -> Chosen:
    """What is meant; raises ``ConfigError`` that names what is unknown or means several, with the nearest spelling."""
    camera = None if typed.camera is None else _camera(connection, _short(typed.camera, "camera"))
    person = None if typed.person is None else _person(connection, _short(str(typed.person), "person"))
    return Chosen(
        span=span,
        camera=camera[0] if camera else None,
        camera_titles=camera if camera else (),
        zone=None if typed.zone is None else _zone(connection, _short(typed.zone, "zone"), elsewhere),
        exercise=None
        if typed.exercise is None
        else _exercise(connection, _short(typed.exercise, "exercise"), elsewhere),
        as_seen=typed.exercise is not None and not _is_any_exercise_corrected(connection),
        person=person[0] if person else None,
        person_titles=person[1] if person else (),
    )


def _short(name: str, what: str) -> str:
    """The name without what surrounds it, if it can be one at all."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or "\0" in name or any(0xD800 <= ord(char) < 0xE000 for char in name):
        raise ConfigError(f"--{what}: a name is 1 to {LONGEST_NAME} characters of UTF-8 text")
    return name


def _shown(name: str) -> str:
    return "".join(char if char.isprintable() else shown_name(char) for char in name[:80])


def _form(name: str) -> str:
    """What is the same in two spellings of a name."""
    return re.sub(r"[\s_-]+", " ", name).strip().casefold()


def _same_or_none(name: str, known: Iterable[str]) -> str | None:
    """The only one that is spelled the same but for capitals, spaces and dashes."""
    same = {each for each in known if each and _form(each) == _form(name)}
    return same.pop() if len(same) == 1 else None


def _unknown(what: str, name: str, known: Iterable[str], *, listed: bool = True) -> ConfigError:
    names = sorted({each for each in known if each})
    plain = {_form(each): each for each in names}
    near = suggestion(_form(name), list(plain))
    found = re.fullmatch(r"; did you mean '(.*)'\?", near, re.DOTALL)
    if found:
        near = f"; did you mean '{_shown(plain[found[1]])}'?"
    else:
        near = f"; known are {', '.join(_shown(each) for each in names[:30])}" if names and listed else ""
    return ConfigError(f"there is no {what} '{_shown(name)}' in the database{near}")


def _listed(connection: Connection, table: str, column: str) -> list[str]:
    """The different values of an indexed column, by jumps along the index; for names of ours, never typed ones."""
    query = f"""WITH RECURSIVE known(name) AS (
        SELECT min({column}) FROM {table}
        UNION ALL SELECT (SELECT min({column}) FROM {table} WHERE {column} > known.name) FROM known
        WHERE known.name IS NOT NULL) SELECT name FROM known WHERE name IS NOT NULL LIMIT {MOST_KNOWN}"""
    return list(connection.execute(text(query)).scalars())


def _is_any_exercise_corrected(connection: Connection) -> bool:
    query = select(Correction.view_uid).where(Correction.exercise.is_not(None)).limit(1)
    return connection.execute(query).first() is not None


def _there_is(connection: Connection, condition: Any) -> bool:  # noqa: ANN401  # of any column
    return connection.execute(select(Set.id).where(condition).limit(1)).first() is not None


def _camera(connection: Connection, name: str) -> tuple[str, ...]:
    """Its id and its name."""
    cameras = {row.id: row.name for row in connection.execute(select(Camera.id, Camera.name).limit(MOST_KNOWN))}
    identity: str | None = name if name in cameras else None
    if identity is None:
        called = [each for each, title in cameras.items() if title and _form(title) == _form(name)]
        identity = called[0] if len(called) == 1 else _same_or_none(name, cameras)
    if identity is None:
        raise _unknown("camera", name, [*cameras, *cameras.values()])
    return tuple(dict.fromkeys(each for each in (identity, cameras[identity]) if each))


def _zone(connection: Connection, name: str, elsewhere: Elsewhere) -> str:
    if _there_is(connection, Set.zone == name):
        return name
    known = [*_listed(connection, "sets", "zone"), *_listed(connection, "zone_occupancy", "zone"), *elsewhere.zones()]
    same = name if name in known else _same_or_none(name, known)
    if same is None:
        raise _unknown("zone", name, known)
    return same


def _exercise(connection: Connection, name: str, elsewhere: Elsewhere) -> str:
    if _there_is(connection, Set.exercise == name):
        return name
    corrected = connection.execute(select(Correction.exercise).distinct().limit(MOST_KNOWN)).scalars()
    known = [*_listed(connection, "sets", "exercise"), *(each for each in corrected if each), *elsewhere.exercises()]
    same = name if name in known else _same_or_none(name, known)
    if same is None:
        raise _unknown("exercise", name, known)
    return same


def _person(connection: Connection, name: str) -> tuple[int, tuple[str, ...]]:
    """Number of a person, and what alerts call them.

    ``#7`` is a person's number; ``7`` too, unless it is somebody else's member number.
    """
    number = _NUMBER.fullmatch(name)
    wanted = int(number[1]) if number and int(number[1]) <= LARGEST_NUMBER else None
    people = select(Person.id, Person.nickname, Person.member_number, Person.merged_into_id)
    if name.startswith("#") and wanted is not None:
        query = people.where(Person.id == wanted)
    else:
        called = [func.lower(Person.nickname) == name.lower(), Person.nickname == name, Person.member_number == name]
        query = people.where(or_(*called, *([Person.id == wanted] if wanted is not None else [])))
    found = {_in_the_end(connection, row) for row in connection.execute(query.limit(MOST_KNOWN)).all()}
    if not found:
        known = connection.execute(select(Person.nickname).where(Person.nickname != "").limit(MOST_KNOWN)).scalars()
        members = select(Person.member_number).where(Person.member_number.is_not(None)).limit(MOST_KNOWN)
        near = [*known, *(each for each in connection.execute(members).scalars() if each)]
        raise _unknown("person", name, near, listed=False)  # nobody asked for the names of all members
    if len(found) > 1:
        numbers = ", ".join(f"#{each}" for each in sorted(found)[:20])
        raise ConfigError(f"'{_shown(name)}' may be one of {numbers}; write the number with its #")
    identity = found.pop()
    row = connection.execute(people.where(Person.id == identity)).one()
    return identity, (*((row.nickname,) if row.nickname else ()), f"Person {identity}")


def _in_the_end(connection: Connection, row: Any) -> int:  # noqa: ANN401  # a row of people
    """Who has all of the person's tracks now."""
    identity: int = row.id
    into, passed = row.merged_into_id, {row.id}
    while into is not None and into not in passed:
        passed.add(into)
        identity = into
        into = connection.execute(select(Person.merged_into_id).where(Person.id == into)).scalar()
    return identity

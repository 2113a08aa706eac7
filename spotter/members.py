"""Links people on the floor to the gym's members: by staff alone, never by a face.

Who comes back on another day is another person to Spotter. Linking both to one member number makes them one.
"""

from sqlalchemy import Connection, select

from aggregator.reading import open_reader
from aggregator.schema import Merge, Person
from core.clock import utc_ns
from core.errors import ConfigError
from core.messages import AnyStaffAction, MergePeople, NamePerson
from spotter.gym_at_hand import LONGEST_NAME, Gym, do_action


def link(gym: Gym, person: int, number: str | None, nickname: str | None, by: str) -> str:
    """Give a person a member number, a nickname or both; says what was done.

    A number that somebody else has makes both one person. None leaves as it is, an empty text takes away.
    """
    for text in (number, nickname):
        if text is not None and (len(text) > LONGEST_NAME or not text.isprintable() or text != text.strip()):
            raise ConfigError(
                f"a name or number has at most {LONGEST_NAME} printable characters, and no space around it"
            )
    reader = open_reader(gym.database)
    try:
        with reader.connect() as connection:
            row = connection.execute(select(Person).with_only_columns(*_COLUMNS).where(Person.id == person)).one()
            holder = (
                connection.execute(select(*_COLUMNS).where(Person.member_number == number)).one_or_none()
                if number
                else None
            )
    finally:
        reader.dispose()
    now = utc_ns() // 1000 * 1000
    done = []
    into = person
    if holder is not None and holder.id != person:
        action: AnyStaffAction = MergePeople(
            sender="command", by=by, at_utc_ns=now, from_uid=row.uid, into_uid=holder.uid, before=f"Person {person}"
        )
        do_action(gym, action, lambda connection: _is_merged(connection, person, holder.id))
        done.append(f"person #{person} is member {number}, whom staff know as person #{holder.id}")
        into, row, number = holder.id, holder, None
    if number is not None or nickname is not None:
        named = NamePerson(
            sender="command",
            by=by,
            at_utc_ns=now + 1000,
            uid=row.uid,
            nickname=row.nickname if nickname is None else nickname,
            member_number=(row.member_number or "") if number is None else number,
            before=", ".join(part for part in (row.nickname, row.member_number) if part),
        )
        wanted = (named.nickname, named.member_number or None)
        do_action(gym, named, lambda connection: _names(connection, into) == wanted)
        said = [f"member {named.member_number}" if named.member_number else "", named.nickname]
        done.append(f"person #{into} is {', '.join(part for part in said if part) or 'nobody by name'}")
    return "; ".join(done)


_COLUMNS = (Person.id, Person.uid, Person.nickname, Person.member_number)


def _names(connection: Connection, person: int) -> tuple[str, str | None] | None:
    query = select(Person.nickname, Person.member_number).where(Person.id == person)
    row = connection.execute(query).one_or_none()
    return None if row is None else (row.nickname, row.member_number)


def _is_merged(connection: Connection, person: int, into: int) -> bool:
    return connection.scalar(select(Merge.into_id).where(Merge.from_id == person)) == into

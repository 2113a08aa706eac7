"""The people on the floor as rows: chosen, sorted, grouped; pure."""

from core.messages import LivePerson
from tui.plain import plain


def name_of(person: LivePerson) -> str:
    """What staff call somebody: nickname, number, or a sign for somebody who has none yet."""
    return plain(person.nickname) if person.nickname else f"#{person.number}" if person.number else "new"


def exercise_text(name: str) -> str:
    """Name of an exercise as words."""
    return plain(name.replace("_", " "))

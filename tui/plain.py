"""Texts from outside (names, zones, cues, addresses) as one harmless line; pure.

What a terminal could take for a command, and what different terminals draw in different widths, never gets through.
"""

import unicodedata

from rich.cells import cell_len, get_character_cell_size

_FLAG_LETTERS = {0x1F1E6 + index: chr(ord("A") + index) for index in range(26)}
_DROPPED = {*range(0xFE00, 0xFE10), *range(0x1F3FB, 0x1F400), *range(0xE0100, 0xE01F0), 0x200D, 0x20E3}
"""Variation selectors, skin tones, joiners: terminals disagree on how wide they make what stands before them."""
_HARMLESS: dict[int, str | None] = {**_FLAG_LETTERS, **dict.fromkeys(_DROPPED)}
ELLIPSIS = "…"


def plain(text: str) -> str:
    """One line of printable characters; control characters become ``·`` and at most one accent stays on a letter."""
    if text.isascii() and text.isprintable():
        return text
    composed = unicodedata.normalize("NFC", text.translate(_HARMLESS))
    shown: list[str] = []
    for char in composed:
        if unicodedata.combining(char) or (char.isprintable() and get_character_cell_size(char) == 0):
            if shown and not unicodedata.combining(shown[-1]) and shown[-1].isalpha():
                shown.append(char)
        else:
            shown.append(char if char.isprintable() else " " if char in "\n\t" else "·")
    return "".join(shown)


def cut(text: str, cells: int, *, ellipsis: str = ELLIPSIS) -> str:
    """At most so many terminal cells of an already plain text."""
    if cells <= 0:
        return ""
    if text.isascii():
        return text if len(text) <= cells else text[: cells - len(ellipsis)] + ellipsis[:cells]
    if cell_len(text) <= cells:
        return text
    room = cells - len(ellipsis)
    taken: list[str] = []
    for char in text:
        room -= get_character_cell_size(char)
        if room < 0:
            break
        taken.append(char)
    return "".join(taken) + ellipsis[:cells]


def fitted(text: str, cells: int, *, right: bool = False, ellipsis: str = ELLIPSIS) -> str:
    """Exactly so many terminal cells of an already plain text: cut, or filled with blanks."""
    text = cut(text, cells, ellipsis=ellipsis)
    fill = " " * (cells - (len(text) if text.isascii() else cell_len(text)))
    return fill + text if right else text + fill

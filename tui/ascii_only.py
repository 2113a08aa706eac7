"""For terminals that draw nothing but ASCII: every character on its way to the screen has one that looks like it."""

from rich.cells import get_character_cell_size
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_LIKE = {
    "●": "*", "○": "o", "▲": "^", "▼": "v", "✖": "x", "■": "#", "‼": "!", "›": ">", "…": "~", "·": "-", "←": "<",
    "→": ">", "⏎": "E", "–": "-", "°": "o", "×": "x", "░": ".", "▒": ":", "▓": "%", "█": "#",
}  # fmt: skip
_UPRIGHT = "│┃║▌▐▊▎▏▍▋▉┆┇┊┋"
_LEVEL = "─━═▔▁▀▄▂▃▅▆▇╌╍"


def ascii_of(char: str) -> str:
    """What is drawn instead, in as many cells."""
    if char.isascii():
        return char
    if char in _LIKE:
        return _LIKE[char]
    if char in _UPRIGHT:
        return "|"
    if char in _LEVEL:
        return "-"
    if "\u2500" <= char <= "\u257f":
        return "+"
    return "?" * get_character_cell_size(char)


class AsciiOnly(LineFilter):
    """Translates whole lines; those that are ASCII already cost nothing."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments in ASCII."""
        return [
            segment if segment.text.isascii() else Segment("".join(map(ascii_of, segment.text)), *segment[1:])
            for segment in segments
        ]

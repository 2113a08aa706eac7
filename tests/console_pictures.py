"""Pictures of the console kept as text: what is written in every cell, and in which colours.

``same_picture`` compares with the file beside the test; ``SPOTTER_NEW_PICTURES=1`` writes it anew, to be looked at in
the diff. The colours stand below the text: a letter and a number of cells for every piece, and what the letters mean.
"""

import os
import string
from pathlib import Path

from tui.app import ConsoleApp

LETTERS = string.ascii_lowercase + string.ascii_uppercase


def picture_of(app: ConsoleApp) -> str:
    """Text, then colours."""
    strips = app.screen._compositor.render_strips()
    letters: dict[str, str] = {}
    colours = []
    for strip in strips:
        pieces: list[tuple[str, int]] = []
        for segment in strip.simplify():
            style = str(segment.style)
            letter = letters.setdefault(style, LETTERS[len(letters) % len(LETTERS)])
            if pieces and pieces[-1][0] == letter:
                pieces[-1] = (letter, pieces[-1][1] + segment.cell_length)
            else:
                pieces.append((letter, segment.cell_length))
        colours.append("".join(f"{letter}{cells}" for letter, cells in pieces))
    text = "\n".join(strip.text.rstrip() for strip in strips)
    legend = "\n".join(f"{letter}: {style}" for style, letter in letters.items())
    return f"{text}\n---\n" + "\n".join(colours) + f"\n---\n{legend}\n"


def same_picture(app: ConsoleApp, file: Path) -> None:
    """Fail if the console does not look as in the file."""
    picture = picture_of(app)
    if os.environ.get("SPOTTER_NEW_PICTURES"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(picture, encoding="utf-8")
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    assert picture.split("---")[0] == before.split("---")[0], picture
    assert picture == before, "the same words in other colours"

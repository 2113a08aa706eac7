"""How the name of a file is shown to a person: on one line, whatever bytes it is made of."""

import os
from pathlib import Path


def valid_text(text: str) -> str:
    """Replace what cannot be encoded as UTF-8, so that the text can be printed and stored as JSON."""
    return text.encode("utf-8", "replace").decode("utf-8")


def shown_name(path: str | os.PathLike[str]) -> str:
    r"""Write a path for an error message: line breaks and other control characters as escapes such as ``\n``.

    Bytes that are not UTF-8 become ``?``; everything printable stays as it is, so that a name can be copied.
    """
    text = valid_text(str(Path(path)))
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)

"""Pictures of the console kept as SVG: what a browser shows of them is what a terminal does.

``same_svg`` compares with the file in ``snapshots``; ``SPOTTER_NEW_PICTURES=1`` writes it anew, to be looked at in a
browser. Fonts from the network and names that depend on the content are left out, so that a change of one cell is a
change of one line.
"""

import os
import re
from pathlib import Path

from tui.app import ConsoleApp

SNAPSHOTS = Path(__file__).with_name("snapshots")
_FONT = re.compile(r"\s*@font-face \{.*?\n    \}\n", re.DOTALL)
_NUMBER = re.compile(r'(?<=")(\d+\.\d+)(?=")')
_NAME = re.compile(r"terminal-\d+")
_CLIP = re.compile(r'\s*<clipPath id="t-line-\d+">.*?</clipPath>', re.DOTALL)


def svg_of(app: ConsoleApp) -> str:
    """What is on the screen, a line of SVG for every piece of one style."""
    text = app.export_screenshot(title="Spotter", simplify=True)
    text = _NAME.sub("t", _FONT.sub("\n", text))
    # Every line of a terminal is clipped to itself, which says nothing that the text does not.
    text = _CLIP.sub("", text)
    text = re.sub(r' clip-path="url\(#t-line-\d+\)"| shape-rendering="crispEdges"', "", text)
    text = _NUMBER.sub(lambda found: f"{float(found[1]):.1f}".removesuffix(".0"), text)
    text = text.replace("><", ">\n<")
    return "\n".join(line.strip() for line in text.splitlines() if line.strip()) + "\n"


def same_svg(app: ConsoleApp, name: str) -> None:
    """Fail if the console does not look as in the file of this name."""
    file, picture = SNAPSHOTS / f"{name}.svg", svg_of(app)
    if os.environ.get("SPOTTER_NEW_PICTURES"):
        SNAPSHOTS.mkdir(exist_ok=True)
        file.write_text(picture, encoding="utf-8")
    before = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    now = picture.splitlines()
    changed = [f"- {old}\n+ {new}" for old, new in zip(before, now, strict=False) if old != new]
    assert before == now, f"{file.name} looks otherwise, in {len(changed)} lines:\n" + "\n".join(changed[:20])

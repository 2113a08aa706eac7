"""Pictures of the console from a real demo: ``python docs/images/make_console_pictures.py``; needs tmux.

Plays the scene that is named on a real terminal, goes through the main screens, and draws what stands there, cell by
cell; then a gym of which one camera is away, because nothing is ever wrong in a demo. Braille is drawn as dots, because
few fonts have it.
"""

import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from rich.ansi import AnsiDecoder
from rich.cells import cell_len
from rich.console import Console
from rich.style import Style

HERE = Path(__file__).parent
WIDTH, HEIGHT = 160, 45
CELL_X, CELL_Y, FONT_PX = 9, 18, 15
FOREGROUND, BACKGROUND = "#dfe6ee", "#10151b"
BRAILLE = range(0x2800, 0x2900)
DOTS = ((0x01, 0, 0), (0x02, 0, 1), (0x04, 0, 2), (0x08, 1, 0), (0x10, 1, 1), (0x20, 1, 2), (0x40, 0, 3), (0x80, 1, 3))
"""Bit of a braille character, column and row of its dot."""
Shot = tuple[str, tuple[str, ...], float]
"""Name, the keys that lead there, and how long to look first."""
SHOTS: tuple[Shot, ...] = (
    ("floor", (), 0.0),
    ("person", ("Down", "Enter"), 8.0),
    ("camera", ("Escape", "5"), 4.0),
    ("history", ("Escape", "3"), 3.0),
    ("health", ("4",), 3.0),
)
ALERTS: tuple[Shot, ...] = (("alerts", ("2",), 3.0),)
TROUBLED = """
[gym]
name = "Eastside"
[alerts]
quiet_after_start = "0s"
[[camera]]
id = "racks"
source = "rehearsal:small#cam-1"
fps = 6
[[camera]]
id = "mirror"
source = "rtsp://127.0.0.1:9/stream"
"""
ALERTED_AFTER_S = 60.0
STOPS_WITHIN_S = 6.0


def main() -> None:
    """Draw all of them; optional arguments: scene, and seconds until the first picture."""
    scene = sys.argv[1] if len(sys.argv) > 1 else "floor"
    after_s = float(sys.argv[2]) if len(sys.argv) > 2 else 30.0
    shoot(["demo", "--scene", scene], "", after_s, SHOTS)
    shoot(["run"], TROUBLED, ALERTED_AFTER_S, ALERTS)


def shoot(arguments: list[str], config: str, after_s: float, shots: tuple[Shot, ...]) -> None:
    """Run spotter in a folder with this gym.toml on a terminal, press keys, and draw what comes."""
    tmux = ["tmux", "-L", "spotter-pictures", "-f", "/dev/null"]
    with tempfile.TemporaryDirectory(prefix="spotter-pictures-") as folder:
        (Path(folder) / "gym.toml").write_text(config, encoding="utf-8")
        command = shlex.join([sys.executable, "-m", "spotter", *arguments])
        size = ["-x", str(WIDTH), "-y", str(HEIGHT)]
        shell = (
            f"cd {shlex.quote(folder)}; COLORTERM=truecolor PYTHONPATH={shlex.quote(str(HERE.parents[1]))} {command}"
        )
        subprocess.run([*tmux, "new-session", "-d", *size, "sh", "-c", shell], check=True)
        try:
            time.sleep(after_s)
            for name, keys, look_s in shots:
                for key in keys:
                    subprocess.run([*tmux, "send-keys", key], check=True)
                    time.sleep(0.8)
                time.sleep(look_s)
                line = [*tmux, "capture-pane", "-e", "-p", "-N"]
                shown = subprocess.run(line, check=True, capture_output=True, text=True).stdout
                draw(shown, HERE / f"console-{name}.png")
        finally:
            subprocess.run([*tmux, "kill-server"], check=False)
            time.sleep(STOPS_WITHIN_S)


def draw(shown: str, file: Path) -> None:
    """Lines with escape sequences for colours as a picture."""
    picture = Image.new("RGB", (WIDTH * CELL_X, HEIGHT * CELL_Y), BACKGROUND)
    pen = ImageDraw.Draw(picture)
    console = Console(width=WIDTH, color_system="truecolor", force_terminal=True)
    fonts = {bold: ImageFont.truetype(font_file(bold=bold), FONT_PX) for bold in (False, True)}
    # One decoder for all lines: tmux says a colour once, however many lines it goes on.
    for row, line in enumerate(list(AnsiDecoder().decode(shown))[:HEIGHT]):
        column = 0
        for segment in line.render(console):
            style = segment.style if isinstance(segment.style, Style) else Style.null()
            for char in segment.text.rstrip("\n"):
                cells = cell_len(char)
                draw_cell(pen, char, style, (column * CELL_X, row * CELL_Y), cells, fonts)
                column += cells
    picture.quantize(64, dither=Image.Dither.NONE).save(file, optimize=True)


def draw_cell(
    pen: ImageDraw.ImageDraw,
    char: str,
    style: Style,
    at: tuple[int, int],
    cells: int,
    fonts: dict[bool, ImageFont.FreeTypeFont],
) -> None:
    """One character."""
    front = style.color.get_truecolor().hex if style.color and not style.color.is_default else FOREGROUND
    back = style.bgcolor.get_truecolor().hex if style.bgcolor and not style.bgcolor.is_default else BACKGROUND
    if style.reverse:
        front, back = back, front
    x, y = at
    pen.rectangle((x, y, x + cells * CELL_X - 1, y + CELL_Y - 1), fill=back)
    if ord(char) in BRAILLE:
        for bit, across, down in DOTS:
            if ord(char) & bit:
                left, top = x + 0.6 + across * 4.5, y + 0.6 + down * 4.5
                pen.ellipse((left, top, left + 3.2, top + 3.2), fill=front)
    elif char.strip():
        pen.text((x, y + 1), char, fill=front, font=fonts[bool(style.bold)])


def font_file(*, bold: bool) -> str:
    """A font that every installation has: it comes with matplotlib."""
    import matplotlib

    name = "DejaVuSansMono-Bold.ttf" if bold else "DejaVuSansMono.ttf"
    return str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name)


if __name__ == "__main__":
    main()

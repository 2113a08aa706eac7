"""The leaderboard as Markdown, and its place in a page: between two markers, the rest of the page stays."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from core.errors import ConfigError, OutputError
from core.names import shown_name

BEGIN = "<!-- leaderboard: begin; made by `spotter leaderboard`, changes are overwritten -->"
END = "<!-- leaderboard: end -->"
_COLUMNS = (
    "model", "parameters", "KB", "ms a person", "macro-F1, strangers", "the same by recording",
    "recordings of exercises alone", "the same, trained on drawn people alone", "idle and other rejected",
    "exercises lost", "right within 2 s, for good", "calibration error", "8 bits: KB, ms, change of F1",
)  # fmt: skip


def leaderboard(rows: Sequence[Mapping[str, Any]], about: str, today: date) -> str:
    """The table, best first, and what stands above and below it."""
    ordered = sorted(rows, key=lambda row: -(row["f1"]["value"] or 0))
    first = ordered[0]
    people = "**synthetic** people" if first["synthetic"] else "real people"
    lines = [
        f"{today.isoformat()}. {about} {first['windows']} windows of {first['recordings']} recordings (one person, one "
        f"class) of {first['groups']} groups. In brackets 95 % intervals, bootstrapped over groups. Every figure is of "
        f"{people} that the model was not trained on; thresholds (for 5 % false exercises) and temperatures are those "
        "of the other folds.",
        "",
        "| " + " | ".join(_COLUMNS) + " |",
        "|---" * len(_COLUMNS) + "|",
        *(_line(row) for row in ordered),
    ]
    return "\n".join(lines) + "\n"


def put_into_page(page: Path, text: str) -> None:
    """Write a leaderboard between the markers of a page; raises ConfigError where it has none."""
    begin_end = check_page(page)
    content, begin, end = begin_end
    new = f"{content[:begin]}{BEGIN}\n{text}{content[end:]}"
    part = page.with_name(f".{page.name}.part")
    try:
        part.write_text(new, encoding="utf-8")
        part.replace(page)
    except OSError as error:
        raise OutputError(f"{shown_name(page)}: cannot be written ({error.strerror})") from None


def check_page(page: Path) -> tuple[str, int, int]:
    """The page and where its markers are; raises ConfigError. Ask before hours of training."""
    try:
        content = page.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{shown_name(page)}: cannot be read ({error.strerror})") from None
    begin, end = content.find(BEGIN.partition(";")[0]), content.find(END)
    if begin < 0 or end < begin:
        raise ConfigError(f"{shown_name(page)}: lacks the lines '{BEGIN}' and '{END}' that the table goes between")
    return content, begin, end


def _line(row: Mapping[str, Any]) -> str:
    cost, int8 = row["cost"], row["int8"]
    cells = [
        row["model"],
        f"{cost['parameters']:,}" if cost else "",
        f"{cost['size_bytes'] / 1024:.0f}" if cost else "",
        f"{cost['batch_ms']:.3f}" if cost else "",
        _figure(row["f1"]),
        _figure(row["recording_f1"]),
        _figure(row["among_f1"]),
        _figure(row["synthetic_f1"]),
        _figure(row["rejected"]),
        _figure(row["lost"]),
        _figure(row["stays_in_time"]),
        _error(row),
        f"{int8['size_kb']:.0f}, {int8['batch_ms']:.3f}, {int8['f1_change']:+.3f}" if int8 else "not possible",
    ]
    return "| " + " | ".join(cells) + " |"


def _figure(figure: Mapping[str, Any] | None) -> str:
    if figure is None or not figure["n"]:
        return "–"
    return f"{figure['value']:.2f} [{figure['low']:.2f}, {figure['high']:.2f}]"


def _error(row: Mapping[str, Any]) -> str:
    fitted = row["calibrated_error"]
    return f"{row['error']:.2f}" + (f", {fitted:.2f} with temperature" if fitted is not None else "")

"""The form of a camera as data: its fields out of what gym.toml may say, and options out of what was typed; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from core.config_options import Option, options
from core.durations import duration_text
from core.settings import Camera
from tui.editing import CameraTrial

FIELDS = (
    "id", "name", "source", "fps", "enabled", "preview", "loop", "rtsp_transport",
    "open_timeout", "read_timeout", "stall_after",
)  # fmt: skip
"""In the order of the form. Zones have a screen of their own; masks and floor points are drawn better in the file."""
LABELS = {
    "id": "Id", "name": "Name", "source": "Source", "fps": "Frames a second", "enabled": "Runs", "preview": "Pictures",
    "loop": "Begins again", "rtsp_transport": "RTSP over", "open_timeout": "Time to connect",
    "read_timeout": "Time to wait", "stall_after": "Stalled after",
}  # fmt: skip

Typed = Mapping[str, str | bool]
"""What stands in the form, by field."""


@dataclass(frozen=True, slots=True)
class Field:
    """One line of the form."""

    name: str
    label: str
    kind: Literal["text", "number", "flag", "choice"]
    help: str
    placeholder: str
    choices: tuple[str, ...]
    default: str | bool
    """What holds when it is left out."""
    required: bool


def fields() -> tuple[Field, ...]:
    """All lines."""
    known = options(Camera)
    return tuple(_field(known[name]) for name in FIELDS)


def _field(option: Option) -> Field:
    shape = option.shape
    is_choice = get_origin(shape.kind) is Literal
    kind: Literal["text", "number", "flag", "choice"] = "text"
    if shape.kind is bool:
        kind = "flag"
    elif is_choice:
        kind = "choice"
    elif shape.kind in (int, float) and not shape.limits.duration:
        kind = "number"
    default: str | bool = ""
    if kind == "flag":
        default = bool(option.default)
    elif shape.limits.duration:
        default = duration_text(option.default)
    elif is_choice:
        default = str(option.default)
    example = str(shape.examples[0]) if shape.examples else ""
    return Field(
        name=option.name,
        label=LABELS[option.name],
        kind=kind,
        help=shape.description.replace("`", ""),
        placeholder=str(default) if isinstance(default, str) and default else f"such as {example}" if example else "",
        choices=tuple(str(each) for each in get_args(shape.kind)) if is_choice else (),
        default=default,
        required=option.required,
    )


def typed_of(before: Mapping[str, Any]) -> dict[str, str | bool]:
    """What the form begins with, out of the options in the file."""
    typed: dict[str, str | bool] = {}
    for field in fields():
        value = before.get(field.name)
        if field.kind == "flag":
            typed[field.name] = bool(field.default if value is None else value)
        elif field.kind == "choice":
            typed[field.name] = str(value or field.default)
        else:
            typed[field.name] = "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
    return typed


def options_of(typed: Typed, before: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Options to be written and those to be left out, where the form differs from what is in the file."""
    started = typed_of(before)
    changed: dict[str, Any] = {}
    left_out: list[str] = []
    for field in fields():
        value = typed.get(field.name, started[field.name])
        value = value.strip() if isinstance(value, str) else value
        if value == started[field.name] and (field.name in before or not field.required):
            continue
        if value == "" and not field.required:
            left_out.append(field.name)
        elif value != "":
            changed[field.name] = _number(value) if field.kind == "number" and isinstance(value, str) else value
    return changed, left_out


def _number(text: str) -> int | float | str:
    """A number as a person would write it in the file; the text itself if it is none, for the file's own check."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return text
    return int(value) if value.is_integer() else value


def empty_fields(typed: Typed) -> dict[str, str]:
    """Required fields without a text."""
    return {
        field.name: "must not be empty"
        for field in fields()
        if field.required and not str(typed.get(field.name, "")).strip()
    }


def trial_lines(trial: CameraTrial) -> list[str]:
    """What was found when a camera was tried."""
    rate = f"{trial.frames_per_second:.1f} frames a second" if trial.frames_per_second else "one frame only"
    lines = [
        f"{trial.width}x{trial.height}, {rate}",
        f"first picture after {trial.first_frame_after_s:.1f} s, delay {trial.delay_s * 1000:.0f} ms",
    ]
    if trial.people is not None:
        lines.append(f"{trial.people} {'person' if trial.people == 1 else 'people'} found at most")
    elif trial.people_trouble:
        lines.append(f"people were not looked for: {trial.people_trouble}")
    if trial.dropped:
        lines.append("left out: " + ", ".join(f"{count} {reason}" for reason, count in sorted(trial.dropped.items())))
    return lines

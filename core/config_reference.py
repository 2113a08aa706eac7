"""The reference of gym.toml, written from ``core.settings``: the tables of the documentation and the JSON schema.

``python -m core.config_reference docs`` rewrites ``configuration.md`` (between its marks) and ``gym.schema.json``.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from msgspec import Struct

from core.config_options import Option, Shape, is_section, item_of, options, shape_of
from core.durations import UNITS, duration_text
from core.secrets import Address, Secret
from core.settings import Settings

BEGIN, END = "<!-- written from the settings: begin -->", "<!-- written from the settings: end -->"
PAGE, SCHEMA = "configuration.md", "gym.schema.json"
_HEAD = ("Option", "Type", "Unit", "Default", "Meaning", "Example")
_REFERENCE = r".*\$\{.*"
"""A text with something from the environment, which only the reader of the file can judge."""


def sections(kind: type[Struct] = Settings, path: tuple[str, ...] = ()) -> Iterator[tuple[str, type[Struct]]]:
    """Every table of the file by its header, such as ``[[camera.zone]]``, in the order of the declaration."""
    for name, option in options(kind).items():
        item = item_of(option.shape.kind)
        inner, brackets = (item, 2) if is_section(item) else (option.shape.kind, 1)
        if is_section(inner):
            here = (*path, name)
            yield f"{'[' * brackets}{'.'.join(here)}{']' * brackets}", inner
            yield from sections(inner, here)


def reference() -> str:
    """All tables as Markdown."""
    return "\n\n".join(_section(header, kind) for header, kind in sections())


def with_reference(page: str) -> str:
    """The page with what stands between its marks replaced by the present tables; raises ValueError without marks."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page lacks the marks {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{reference()}\n\n{END}{after}"


def _section(header: str, kind: type[Struct]) -> str:
    rows = [_row(option) for option in options(kind).values() if not _is_table(option)]
    lines = "\n".join(f"| {' | '.join(cells)} |" for cells in (_HEAD, ["---"] * len(_HEAD), *rows))
    return f"### `{header}`\n\n{(kind.__doc__ or '').strip()}\n\n{lines}"


def _is_table(option: Option) -> bool:
    """Whether an option has a section of its own instead of a row."""
    return is_section(option.shape.kind) or is_section(item_of(option.shape.kind))


def _row(option: Option) -> Sequence[str]:
    shape = option.shape
    default = "**required**" if option.required else _code(option.default, shape)
    cells = (f"`{option.name}`", _type(shape), _unit(shape), default, shape.description, f"`{_example(option)}`")
    return [cell.replace("|", "\\|") for cell in cells]


def _type(shape: Shape) -> str:
    kind, limits = shape.kind, shape.limits
    if get_origin(kind) is Literal:
        return ", ".join(f"`{json.dumps(each)}`" for each in get_args(kind))
    if get_origin(kind) is tuple:
        return _array_type(shape)
    words = "duration" if limits.duration else _words(kind)
    return words + _bounds(shape)


def _array_type(shape: Shape) -> str:
    item = item_of(shape.kind)
    if item is None:
        return f"{len(get_args(shape.kind))} {_words(shape_of(get_args(shape.kind)[0]).kind)}s"
    of = shape_of(item)
    if get_origin(of.kind) is Literal:
        return f"some of {_type(of)}"
    if item_of(of.kind) is not None:
        return "polygons"
    least = f", at least {shape.limits.least_length}" if shape.limits.least_length else ""
    return f"points{least}"


def _words(kind: Any) -> str:  # noqa: ANN401  # a type expression
    return {bool: "`true` or `false`", int: "whole number", float: "number", Address: "address", Secret: "secret"}.get(
        kind, "text"
    )


def _bounds(shape: Shape) -> str:
    low, high = (None if each is None else _number(each, shape) for each in (shape.limits.least, shape.limits.most))
    if low is not None and high is not None:
        return f", {low} to {high}"
    return f", at least {low}" if low is not None else f", at most {high}" if high is not None else ""


def _number(value: float, shape: Shape) -> str:
    return duration_text(value) if shape.limits.duration else f"{value:g}"


def _unit(shape: Shape) -> str:
    return ", ".join(UNITS) if shape.limits.duration else shape.unit


def _code(value: Any, shape: Shape) -> str:  # noqa: ANN401  # as the option is declared
    return "none" if value is None or value == () else f"`{written(value, shape)}`"


def written(value: Any, shape: Shape) -> str:  # noqa: ANN401  # as the option is declared
    """A value as it is written in the file."""
    return json.dumps(_plain(value, shape), ensure_ascii=False)


def _plain(value: Any, shape: Shape) -> Any:  # noqa: ANN401  # as the option is declared
    """A value in the types that TOML and JSON share."""
    if shape.limits.duration and isinstance(value, (int, float)):
        return duration_text(value)
    if isinstance(value, Address):
        return value.reveal()
    if isinstance(value, float) and value.is_integer() and shape.kind is float:
        return int(value)
    return value


def _example(option: Option) -> str:
    shape = option.shape
    if shape.examples:
        value = shape.examples[0]
    elif get_origin(shape.kind) is Literal:
        value = next(each for each in reversed(get_args(shape.kind)) if each != option.default)
    elif isinstance(option.default, bool):
        value = not option.default
    elif shape.kind in (int, float) and not option.required and option.default is not None:
        value = _another(option.default, shape)
    else:
        value = option.default
    return f"{option.name} = {written(value, shape)}"


def _another(default: float, shape: Shape) -> float:
    """A number beside the default: half of it, or twice where that is too little."""
    kind = int if shape.kind is int else float
    half, least = kind(default / 2), shape.limits.least
    return half if half and (least is None or half >= least) else kind(default * 2) or kind(1)


def schema() -> dict[str, Any]:
    """The JSON schema of the file, for editors."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "gym.toml",
        "description": "What Spotter is told of a gym.",
        **_table_schema(Settings),
    }


def schema_text() -> str:
    """The JSON schema as it stands in its file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _table_schema(kind: type[Struct]) -> dict[str, Any]:
    known = options(kind)
    found: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _option_schema(option) for name, option in known.items()},
    }
    required = [name for name, option in known.items() if option.required]
    return {**found, "required": required} if required else found


def _option_schema(option: Option) -> dict[str, Any]:
    found = _value_schema(option.shape)
    if option.shape.description:
        found["description"] = option.shape.description
    if is_section(option.shape.kind):
        found["description"] = (option.shape.kind.__doc__ or "").strip()
    elif not option.required and option.default is not None and option.default != ():
        found["default"] = _plain(option.default, option.shape)
    if option.shape.examples:
        found["examples"] = list(option.shape.examples)
    return found


def _value_schema(shape: Shape) -> dict[str, Any]:
    kind, limits = shape.kind, shape.limits
    if is_section(kind):
        return _table_schema(kind)
    if get_origin(kind) is Literal:
        return {"anyOf": [{"enum": list(get_args(kind))}, {"type": "string", "pattern": _REFERENCE}]}
    if limits.duration:
        duration = rf"^\s*[0-9]+(\.[0-9]+)?\s*({'|'.join(UNITS)})\s*$"
        return {"type": "string", "pattern": f"{duration}|{_REFERENCE}"}
    if get_origin(kind) is tuple:
        return _array_schema(shape)
    if kind in (bool, int, float):
        bounds = {"minimum": limits.least, "maximum": limits.most}
        return {"type": {bool: "boolean", int: "integer", float: "number"}[kind], **_given(bounds)}
    pattern = None if limits.pattern is None else f"{limits.pattern}|{_REFERENCE}"
    return {"type": "string", "minLength": 1, **_given({"pattern": pattern})}


def _array_schema(shape: Shape) -> dict[str, Any]:
    item = item_of(shape.kind)
    if item is None:
        parts = [_value_schema(shape_of(each)) for each in get_args(shape.kind)]
        return {"type": "array", "items": parts[0], "minItems": len(parts), "maxItems": len(parts)}
    return {
        "type": "array",
        "items": _value_schema(shape_of(item)),
        **_given({"minItems": shape.limits.least_length}),
    }


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def main() -> None:
    """Rewrite the page and the schema in the folder that is named on the command line."""
    folder = Path(sys.argv[1])
    page = folder / PAGE
    page.write_text(with_reference(page.read_text(encoding="utf-8")), encoding="utf-8")
    (folder / SCHEMA).write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    main()

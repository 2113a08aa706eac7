"""The tables of ``docs/protocol.md``, made from the code: ``python -m core.protocol_reference docs/protocol.md``.

Reads ``core/messages.py`` and ``core/keys.py`` as text, because only the text has the docstrings of attributes. The
prose around the tables is written by hand; a table stands between two comments that name it.
"""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import ConfigError

HERE = Path(__file__).parent
_SECTION = re.compile(r"^# (?P<title>[^-].*?) -{5,}$", re.MULTILINE)
_SINCE = re.compile(r"\s*Since protocol (?P<version>\d+)\.")
_TABLE = re.compile(r"(?P<begin><!-- table: (?P<name>\w+) -->\n).*?(?P<end><!-- end of table -->)", re.DOTALL)
UNITS = {
    "_utc_ns": "ns since 1970, UTC", "_ns": "ns", "_ms": "ms", "_s": "s", "_px": "px", "_mb": "MB", "_m": "m",
}  # fmt: skip
"""What the end of a name says of its unit; the longest that fits."""
EVERYWHERE = {
    "camera": "Id of the camera.",
    "boot": "Names one run of the camera's ingest process.",
    "epoch": "Names one unbroken stretch of tracking in a camera.",
    "track": "Number of the person in the camera's epoch.",
    "sequence": "Number of the frame.",
    "captured_ns": "Capture time of the frame, by the monotonic clock of the camera's host.",
    "captured_utc_ns": "Capture time of the frame.",
    "width": "Of the picture, pixels.",
    "height": "Of the picture, pixels.",
    "reps": "Repetitions of the set so far.",
}
"""What fields mean that have the same name in many messages and are not explained in each."""
ABSTRACT = ("Message", "Event", "StaffAction", "Struct")
"""Bases that are never sent themselves; their fields stand in every message that has them."""


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    type: str
    default: str
    meaning: str
    since: int


def updated(text: str) -> str:
    """A document with its tables made anew; raises ``ConfigError`` if it names a table that there is not."""
    tables = {"messages": messages_table, "keys": keys_table}

    def fill(found: re.Match[str]) -> str:
        if found["name"] not in tables:
            raise ConfigError(f"no table is called {found['name']!r}; there are {', '.join(tables)}")
        return f"{found['begin']}\n{tables[found['name']]()}\n{found['end']}"

    return _TABLE.sub(fill, text)


def messages_table() -> str:
    """All messages, section by section, each with its fields."""
    source = (HERE / "messages.py").read_text("utf-8")
    sections = [(source[: found.start()].count("\n"), found["title"]) for found in _SECTION.finditer(source)]
    classes = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    by_name = {each.name: each for each in classes}
    lines = _types_table(source)
    for each in classes:
        while sections and sections[0][0] < each.lineno:
            lines += [f"### {sections.pop(0)[1]}", ""]
        lines += _class_lines(each, by_name)
    return "\n".join(lines)


def keys_table() -> str:
    """All keys, streams and channels in Redis."""
    lines = ["| name | in Redis | holds |", "|---|---|---|"]
    body = ast.parse((HERE / "keys.py").read_text("utf-8")).body
    for node, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id != "PREFIX":
            name, value, meaning = node.targets[0].id, _spelled(node.value), _text_of(after)
        elif isinstance(node, ast.FunctionDef) and isinstance(node.body[-1], ast.Return):
            name, value, meaning = f"{node.name}(…)", _spelled(node.body[-1].value), ast.get_docstring(node) or ""
        else:
            continue
        lines.append(f"| `{name}` | `{value}` | {_cell(meaning)} |")
    return "\n".join([*lines, ""])


def _types_table(source: str) -> list[str]:
    """What the names of types stand for that the messages use."""
    lines = ["### Types", "", "| name | stands for | meaning |", "|---|---|---|"]
    body = ast.parse(source).body
    for node, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = _escape(ast.unparse(node.value))
            lines.append(f"| `{node.targets[0].id}` | `{value}` | {_cell(_text_of(after))} |")
    return [*lines, ""]


def _class_lines(node: ast.ClassDef, by_name: dict[str, ast.ClassDef]) -> Iterator[str]:
    base = node.bases[0].id if isinstance(node.bases[0], ast.Name) else ""
    tag = next((ast.literal_eval(word.value) for word in node.keywords if word.arg == "tag"), None)
    is_part = base == "Struct" and node.name not in ABSTRACT
    kind = f"kind `{tag}`" if tag else "a part of others" if is_part else "the base of others, not sent itself"
    yield f"#### {node.name}"
    yield ""
    also = f" Has the fields of `{base}` too." if base in by_name else ""
    yield f"{_prose(ast.get_docstring(node) or '')} ({kind[0].upper()}{kind[1:]}.){also}"
    yield ""
    fields = list(_fields(node))
    if fields:
        yield "| field | type | unit | if left out | meaning | since |"
        yield "|---|---|---|---|---|---|"
        for field in fields:
            default = f"`{field.default}`" if field.default else "required"
            yield (
                f"| `{field.name}` | `{_escape(field.type)}` | {_unit(field.name)} | {default} | "
                f"{_cell(field.meaning)} | {field.since} |"
            )
        yield ""


def _fields(node: ast.ClassDef) -> Iterator[_Field]:
    for statement, after in zip(node.body, [*node.body[1:], None], strict=True):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            meaning = _text_of(after)
            since = _SINCE.search(meaning)
            yield _Field(
                statement.target.id,
                ast.unparse(statement.annotation),
                _default(statement.value),
                _SINCE.sub("", meaning) or EVERYWHERE.get(statement.target.id, ""),
                int(since["version"]) if since else 1,
            )


def _default(value: ast.expr | None) -> str:
    if value is None:
        return ""
    if isinstance(value, ast.Call):  # field(default_factory=lambda: PROTOCOL)
        factory = value.keywords[0].value
        return ast.unparse(factory.body if isinstance(factory, ast.Lambda) else factory)
    return ast.unparse(value)


def _text_of(node: ast.AST | None) -> str:
    """The docstring below an attribute; empty if there is none."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return node.value.value
    return ""


def _spelled(value: ast.expr | None) -> str:
    """A key as it is in Redis, with its variable parts in capitals."""
    from core.keys import PREFIX

    if isinstance(value, ast.JoinedStr):
        parts = [
            str(part.value) if isinstance(part, ast.Constant) else ast.unparse(part).strip("f'{}").upper()
            for part in value.values
        ]
        return "".join(PREFIX if part == "PREFIX" else part for part in parts)
    return str(ast.literal_eval(value)) if value else ""


def _unit(name: str) -> str:
    return next((unit for ending, unit in UNITS.items() if name.endswith(ending)), "")


def _prose(text: str) -> str:
    return " ".join(text.split()).replace("``", "`")


def _cell(text: str) -> str:
    return _escape(_prose(text))


def _escape(text: str) -> str:
    return text.replace("|", "\\|")


def main(arguments: list[str]) -> int:
    """Bring the tables of a document up to date."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m core.protocol_reference docs/protocol.md\n")
        return ConfigError.exit_code
    document = Path(arguments[0])
    document.write_text(updated(document.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Write the golden bytes of each message that has none yet: ``python tests/contract/make_golden.py``.

Never replaces a file: what an earlier version wrote must decode for ever. Beside the bytes stands a JSON file with what
they say, for the eye and for the test.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect

from core import messages
from core.messages import PROTOCOL, Message
from core.wire import encode

GOLDEN = Path(__file__).parent / "golden"


def kinds(base: type[Message] = Message) -> Iterator[type[Message]]:
    """All messages that are sent: those with a tag that was chosen."""
    for each in base.__subclasses__():
        if each.__module__ == messages.__name__:
            if tag(each) != each.__name__:
                yield each
            yield from kinds(each)


def tag(kind: type[Message]) -> str:
    return str(kind.__struct_config__.tag)


def golden_file(kind: type[Message]) -> Path:
    return GOLDEN / f"{tag(kind).replace(' ', '-')}-v{PROTOCOL}.bin"


def example(kind: inspect.Type, numbers: Iterator[int], name: str = "") -> Any:
    """A value in which no field has its default and no two fields are alike."""
    match kind:
        case inspect.StructType():
            fields = {each.name: example(each.type, numbers, each.name) for each in kind.fields}
            return kind.cls(**(fields | ({"protocol": PROTOCOL} if "protocol" in fields else {})))
        case inspect.Metadata():
            return example(kind.type, numbers, name)
        case inspect.UnionType():
            return example(next(each for each in kind.types if not isinstance(each, inspect.NoneType)), numbers, name)
        case inspect.LiteralType():
            return list(kind.values)[-1]
        case inspect.VarTupleType():
            return (example(kind.item_type, numbers, name), example(kind.item_type, numbers, name))
        case inspect.TupleType():
            return tuple(example(each, numbers, name) for each in kind.item_types)
        case inspect.DictType():
            return {example(kind.key_type, numbers, name): example(kind.value_type, numbers, name)}
        case _:
            return scalar(kind, next(numbers), name)


def scalar(kind: inspect.Type, number: int, name: str) -> Any:
    match kind:
        case inspect.IntType():
            return 1_700_000_000_000_000_000 + number if name.endswith("_ns") else number
        case inspect.FloatType():
            return number + 0.25
        case inspect.StrType():
            return f"{name} {number} ü"
        case inspect.BytesType():
            return bytes([number % 256, 0, 255])
        case inspect.BoolType():
            return True
    raise TypeError(f"{kind} of {name}")


def main() -> None:
    GOLDEN.mkdir(exist_ok=True)
    for kind in kinds():
        file = golden_file(kind)
        if not file.exists():
            message = example(inspect.type_info(kind), itertools.count(1))
            file.write_bytes(encode(message))
            file.with_suffix(".json").write_bytes(msgspec.json.format(msgspec.json.encode(message)) + b"\n")


if __name__ == "__main__":
    main()

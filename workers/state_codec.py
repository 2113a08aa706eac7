"""Objects of our own to bytes and back, for checkpoints: a closed list of classes, and never pickle.

Knows how a tree of values is written; which classes there are and what of them is kept stands in ``checkpoint``.
Reading creates instances of the registered classes only and calls nothing of what it reads.
"""

import zlib
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from functools import partial
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np

from core.errors import WireError

LIST, TUPLE, DEQUE, DICT, ARRAY, SCALAR, NAMED = range(7)
"""First item of what stands for a value that msgpack has no word for."""
FIRST_CLASS = 16
DTYPES = ("<f4", "<f8", "|b1", "<i8", "<i4", "|u1")
LARGEST_BYTES = 64 << 20
_CRC_BYTES = 4
_PLAIN = frozenset((type(None), bool, int, float, str, bytes))


class Named:
    """Values that both sides have, such as the exercises of the catalogue: they are written as their names."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._by_name = dict(values)
        self._names = {id(value): name for name, value in self._by_name.items()}

    def name(self, value: object) -> str:
        """Name of one of the values; raises ``TypeError`` for another."""
        if id(value) not in self._names:
            raise TypeError(f"{type(value).__name__} {value!r:.80} is none of the values that are known by name")
        return self._names[id(value)]

    def value(self, name: object) -> Any:  # noqa: ANN401  # whatever was registered
        """The value of a name; raises ``WireError`` if there is none."""
        if not isinstance(name, str) or name not in self._by_name:
            raise WireError(f"the checkpoint names {name!r:.80}, which this worker does not have; it begins anew")
        return self._by_name[name]


class StateCodec:
    """Writes and reads trees of registered objects."""

    def __init__(
        self,
        classes: Mapping[type, Sequence[str]],
        *,
        named: tuple[type, ...],
        compact: Mapping[type, tuple[Callable[[Any], Any], Callable[[Any], Any]]],
    ) -> None:
        """``classes``: what is kept of each; ``named``: classes that are written as names.

        ``compact``: how a class is turned into plain values and back where attribute by attribute takes too long.
        """
        self._classes = list(classes)
        self._numbers = {kind: FIRST_CLASS + number for number, kind in enumerate(self._classes)}
        self._attributes = {kind: tuple(names) for kind, names in classes.items()}
        self._get = {kind: _getter(names) for kind, names in self._attributes.items()}
        self._defaults = {kind: _defaults(kind, names) for kind, names in self._attributes.items()}
        self._named = named
        self._compact = dict(compact)

    def dump(self, value: object, names: Named) -> bytes:
        """Bytes of a value; raises ``TypeError`` for a value of a class that is not registered."""
        payload = msgspec.msgpack.encode(self._plain(value, names))
        return zlib.crc32(payload).to_bytes(_CRC_BYTES, "little") + payload

    def load(self, state: bytes, names: Named) -> Any:  # noqa: ANN401  # whatever was dumped
        """The value that was dumped; raises ``WireError`` for anything else."""
        payload = memoryview(state)[_CRC_BYTES:]
        if len(state) > LARGEST_BYTES or zlib.crc32(payload).to_bytes(_CRC_BYTES, "little") != state[:_CRC_BYTES]:
            raise WireError("the checkpoint is damaged; the worker begins anew")
        try:
            return self._value(msgspec.msgpack.decode(payload), names)
        except (
            msgspec.DecodeError,
            ValueError,
            TypeError,
            IndexError,
            KeyError,
            AttributeError,
            RecursionError,
        ) as error:
            raise WireError(f"the checkpoint cannot be understood ({error}); the worker begins anew") from error

    def _plain(self, value: Any, names: Named) -> Any:  # noqa: ANN401, PLR0911  # a tree of anything; one line a kind
        kind = type(value)
        if kind in _PLAIN:
            return value
        if kind in self._numbers:
            if kind in self._compact:
                return [self._numbers[kind], self._plain(self._compact[kind][0](value), names)]
            return [self._numbers[kind], *[self._plain(each, names) for each in self._get[kind](value)]]
        if kind is np.ndarray:
            return [ARRAY, _dtype_number(value.dtype), list(value.shape), value.tobytes()]
        if kind is list or kind is tuple:
            return [LIST if kind is list else TUPLE, *[self._plain(each, names) for each in value]]
        if kind is dict:
            return [DICT, *[self._plain(each, names) for pair in value.items() for each in pair]]
        if kind is deque:
            return [DEQUE, value.maxlen, *[self._plain(each, names) for each in value]]
        if isinstance(value, np.generic):
            return [SCALAR, _dtype_number(value.dtype), value.tobytes()]
        if isinstance(value, self._named):
            return [NAMED, names.name(value)]
        raise TypeError(f"a {kind.__qualname__} has no place in a checkpoint")

    def _value(self, tree: Any, names: Named) -> Any:  # noqa: ANN401, PLR0911  # a tree of anything; one line a kind
        if not isinstance(tree, list):
            return tree
        match tree[0]:
            case 0:
                return [self._value(each, names) for each in tree[1:]]
            case 1:
                return tuple(self._value(each, names) for each in tree[1:])
            case 2:
                return deque((self._value(each, names) for each in tree[2:]), tree[1])
            case 3:
                values = [self._value(each, names) for each in tree[1:]]
                return dict(zip(values[::2], values[1::2], strict=True))
            case 4:
                _, dtype, shape, content = tree
                return np.frombuffer(content, DTYPES[dtype]).reshape(shape).copy()
            case 5:
                return np.frombuffer(tree[2], DTYPES[tree[1]])[0]
            case 6:
                return names.value(tree[1])
            case number:
                return self._instance(self._classes[number - FIRST_CLASS], tree[1:], names)

    def _instance(self, kind: type, items: list[Any], names: Named) -> Any:  # noqa: ANN401  # of a registered class
        values = [self._value(each, names) for each in items]
        if kind in self._compact:
            return self._compact[kind][1](values[0])
        made: Any = object.__new__(kind)
        for attribute, value in zip(self._attributes[kind], values, strict=True):
            object.__setattr__(made, attribute, value)
        for attribute, default in self._defaults[kind]:
            object.__setattr__(made, attribute, default())
        return made


def _defaults(kind: type, kept: tuple[str, ...]) -> list[tuple[str, Callable[[], Any]]]:
    """What makes the fields of a dataclass that are not kept."""
    left_out = [each for each in (fields(kind) if is_dataclass(kind) else ()) if each.name not in kept]
    makers: list[tuple[str, Callable[[], Any]]] = []
    for each in left_out:
        if each.default_factory is not MISSING:
            makers.append((each.name, each.default_factory))
        else:
            makers.append((each.name, partial(_same, each.default)))
    return makers


def _same(value: Any) -> Any:  # noqa: ANN401  # any default
    return value


def _getter(names: tuple[str, ...]) -> Callable[[Any], Sequence[Any]]:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: [getattr(value, name) for name in names]


def _dtype_number(dtype: np.dtype[Any]) -> int:
    if dtype.str not in DTYPES:
        raise TypeError(f"arrays of {dtype} have no place in a checkpoint")
    return DTYPES.index(dtype.str)

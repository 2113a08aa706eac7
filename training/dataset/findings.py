"""What an import or a check finds wrong: each kind counted, with its first example. Pure; prints nothing."""

from collections.abc import Iterator


class Findings:
    """Counts what is wrong by kind, in the order in which the kinds were first met.

    A thousand rows with the same fault make one line; the first of them is named, so that it can be looked up.
    """

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._examples: dict[str, str] = {}

    def add(self, kind: str, example: str, count: int = 1) -> None:
        """Note a fault ``count`` times; ``kind`` says what is wrong and what was done about it."""
        if count > 0:
            self._counts[kind] = self._counts.get(kind, 0) + count
            self._examples.setdefault(kind, example)

    def count(self, kind: str) -> int:
        """How often a kind was met."""
        return self._counts.get(kind, 0)

    def lines(self) -> list[str]:
        """One line a kind: what, how often, and the first example."""
        return [f"{kind}: {count} (first: {self._examples[kind]})" for kind, count in self._counts.items()]

    def __iter__(self) -> Iterator[str]:
        """The kinds."""
        return iter(self._counts)

    def __len__(self) -> int:
        """How many kinds were met."""
        return len(self._counts)

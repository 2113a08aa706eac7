"""Who wants frames asks core/sockets.py."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("core", "ingest", "workers", "aggregator", "spotter", "training", "tui")


@pytest.mark.parametrize("package", PACKAGES)
def test_nobody_else_imports_it(package: str) -> None:
    for file in (ROOT / package).rglob("*.py"):
        if file != ROOT / "core" / "sockets.py":
            assert "zmq" not in {name.partition(".")[0] for name in imports(file)}, file


def test_its_owner_does() -> None:
    assert "zmq" in imports(ROOT / "core" / "sockets.py")


def imports(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found

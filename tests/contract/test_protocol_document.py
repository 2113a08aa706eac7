"""docs/protocol.md says what the code does."""

from pathlib import Path

import pytest

from core import keys, messages
from core.errors import ConfigError
from core.protocol_reference import keys_table, main, messages_table, updated

DOCUMENT = Path(__file__).parents[2] / "docs" / "protocol.md"


def test_the_tables_are_fresh() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert updated(text) == text, "stale: run python -m core.protocol_reference docs/protocol.md"


def test_every_message_and_field_is_there() -> None:
    table = messages_table()
    for name, kind in vars(messages).items():
        if isinstance(kind, type) and kind.__module__ == messages.__name__:
            assert f"#### {name}\n" in table
            for field in kind.__annotations__:
                assert f"| `{field}` |" in table


def test_every_key_is_there() -> None:
    table = keys_table()
    for name, value in vars(keys).items():
        if name.isupper() and name != "PREFIX":
            assert f"| `{name}` | `{value}` |" in table
    assert f"`{keys.lease('CAMERA')}`" in table
    assert f"`{keys.checkpoint('CAMERA')}`" in table


def test_a_stale_table_is_made_anew(tmp_path: Path) -> None:
    document = tmp_path / "protocol.md"
    document.write_text("before\n<!-- table: keys -->\nstale\n<!-- end of table -->\nafter\n")
    assert main([str(document)]) == 0
    assert document.read_text() == f"before\n<!-- table: keys -->\n\n{keys_table()}\n<!-- end of table -->\nafter\n"


def test_an_unknown_table_is_named() -> None:
    with pytest.raises(ConfigError, match="no table is called 'colours'; there are messages, keys"):
        updated("<!-- table: colours -->\n<!-- end of table -->")


def test_without_a_document_the_usage_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err

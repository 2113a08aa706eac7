"""docs/database.md says what the schema does, and its queries run."""

import re
from pathlib import Path

import pytest
from sqlalchemy import text

from aggregator.database import open_engine, upgrade, writing
from aggregator.reference import with_reference
from aggregator.schema import Base
from core.secrets import Address

PAGE = Path(__file__).parents[2] / "docs" / "database.md"


def test_the_tables_are_fresh() -> None:
    page = PAGE.read_text("utf-8")
    assert with_reference(page) == page, "stale: run python -m aggregator.reference docs/database.md"
    for table in Base.metadata.tables.values():
        assert f"### `{table.name}`" in page


def test_every_table_says_what_it_is() -> None:
    for mapper in Base.registry.mappers:
        assert mapper.class_.__doc__


def test_queries_of_the_page_run(database_url: str) -> None:
    (block,) = re.findall(r"```sql\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    engine = open_engine(Address(database_url))
    upgrade(engine)
    with writing(engine) as connection:
        for query in block.split(";"):
            if query.strip():
                assert connection.execute(text(query.replace(":00", r"\:00"))).all() == []
    engine.dispose()


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks the marks"):
        with_reference("# The database")

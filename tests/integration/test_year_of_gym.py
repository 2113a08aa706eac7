"""The made-up year: the same in both databases, whole, and answered by every documented question."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from aggregator.database import open_engine
from benchmarks.bench_questions import QUESTIONS, chosen, lines, measure
from benchmarks.year_of_gym import Size, Year, fill
from core.secrets import Address

SIZE = Size(reps=10_000, days=8)


@pytest.fixture
def filled(database_url: str) -> Iterator[tuple[str, Engine]]:
    fill(Address(database_url), SIZE)
    engine = open_engine(Address(database_url))
    yield database_url, engine
    engine.dispose()


def ask(engine: Engine, statement: str) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def test_it_is_whole_and_answers_every_question(filled: tuple[str, Engine]) -> None:
    url, engine = filled
    ((sets, reps, told),) = ask(
        engine, "SELECT (SELECT count(*) FROM sets), (SELECT count(*) FROM reps), sum(reps + tentative_reps) FROM sets"
    )
    assert 7_000 < reps == told < 18_000
    assert sets > 500
    wrong = """SELECT count(*) FROM sets s WHERE s.reps <> (SELECT count(*) FROM reps r WHERE r.set_id = s.id
        AND NOT r.tentative) OR s.form_faults <> (SELECT count(*) FROM faults f WHERE f.set_id = s.id)
        OR abs(s.tempo_s - (SELECT avg(r.duration_s) FROM reps r WHERE r.set_id = s.id AND NOT r.tentative)) > 0.0001
        OR s.faulty_reps <> (SELECT count(*) FROM reps r WHERE r.set_id = s.id AND NOT r.tentative
            AND EXISTS (SELECT 1 FROM faults f WHERE f.rep_id = r.id))"""
    assert ask(engine, wrong) == [(0,)]
    orphans = """SELECT (SELECT count(*) FROM sets WHERE person_id NOT IN (SELECT id FROM people)),
        (SELECT count(*) FROM set_views WHERE track_id NOT IN (SELECT id FROM tracks)),
        (SELECT count(*) FROM tracks WHERE session_id NOT IN (SELECT id FROM sessions))"""
    assert ask(engine, orphans) == [(0, 0, 0)]
    with engine.connect() as connection:
        values = chosen(connection)
    measured = [measure(Address(url), question, values, 1) for question in QUESTIONS]
    empty = {one.question.told for one in measured if not one.rows}
    assert empty <= {"Alerts that are open", "A person by member number", "What staff corrected, last month"}
    with pytest.raises(SystemExit, match="holds people already"):
        fill(Address(url), SIZE)
    assert len(list(lines(Address(url), measured))) == len(QUESTIONS) + 6


def test_the_same_seed_makes_the_same_rows() -> None:
    def drawn(size: Size) -> list[tuple[str, dict[str, list[object]]]]:
        return [
            (table, {name: list(column) for name, column in columns.items()}) for table, columns in Year(size).rows()
        ]

    small = Size(reps=2000, days=2)
    assert drawn(small) == drawn(small)
    assert drawn(small) != drawn(Size(reps=2000, days=2, seed=2))

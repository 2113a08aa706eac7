"""What is said of a database that fails, in one sentence and without secrets."""

import sqlite3

import psycopg
import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from aggregator.database import explain

SQLITE = "sqlite:////data/gym.db"
POSTGRES = "postgresql+psycopg://u:secretpw@db/gym"


@pytest.mark.parametrize(
    ("url", "said", "expected"),
    [
        (SQLITE, "disk I/O error", "its disk fails"),
        (SQLITE, "database disk image is malformed", "is damaged; stop Spotter"),
        (SQLITE, "attempt to write a readonly database", "let this user write the file and its folder"),
        (SQLITE, "something new", "does not do what is asked: something new"),
        (POSTGRES, 'FATAL:  password authentication failed for user "u"', "refuses the user or the password"),
        (POSTGRES, "FATAL:  sorry, too many clients already", "raise max_connections"),
        (POSTGRES, "could not extend file: No space left on device", "its disk is full"),
        (POSTGRES, "connection timeout expired", "does not answer in time"),
        (POSTGRES, "canceling statement due to lock timeout", "is locked by another program"),
        (POSTGRES, "cannot execute INSERT in a read-only transaction", "name the server that takes writes"),
        (
            POSTGRES,
            "bad postgresql://u:secretpw@db/gym\nand more",
            "does not do what is asked: bad postgresql://***@db",
        ),
    ],
)
def test_what_is_said(url: str, said: str, expected: str) -> None:
    driver = sqlite3.OperationalError(said) if url == SQLITE else psycopg.OperationalError(said)
    told = explain(OperationalError("INSERT", {}, driver), make_url(url))
    assert expected in told
    assert told.startswith(
        "the database /data/gym.db" if url == SQLITE else "the database postgresql+psycopg://u:***@db/gym"
    )
    assert "secretpw" not in told
    assert "\n" not in told

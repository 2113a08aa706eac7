"""Readers and the aggregator at the same time: nobody finds the database locked, and every answer is of one moment."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from fold_story import visit

import spotter
from aggregator.database import open_engine, upgrade, writing
from aggregator.fold import fold
from aggregator.visits import fold_rules
from core.secrets import Address
from core.settings import Settings

READERS = 10
SECONDS = 2.0
SUMS = """SELECT (SELECT sum(reps) FROM sets) AS told, (SELECT count(*) FROM reps WHERE NOT tentative) AS stored,
    (SELECT count(*) FROM sessions) AS sessions"""


def test_ten_readers_beside_a_writer(database_url: str) -> None:
    engine = open_engine(Address(database_url))
    upgrade(engine)
    written, ends = 0, threading.Event()

    def write() -> None:
        nonlocal written
        rules, track = fold_rules(Settings()), 0
        while not ends.is_set():
            track += 1
            events = visit("a", track, f"p{track}", track * 100, [6, 5])
            for start in range(0, len(events), 4):
                with writing(engine) as connection:
                    fold(connection, events[start : start + 4], rules)
                written += 4

    def read(number: int) -> int:
        answers, before = 0, 0
        with spotter.open(database_url) as gym:
            while not ends.is_set():
                (sums,) = gym.sql(SUMS)
                assert (sums["told"] or 0) == sums["stored"]
                assert sums["sessions"] >= before
                before = sums["sessions"]
                for row in gym.sets(limit=20):
                    assert 0 <= row["faults"] <= row["reps"] + row["tentative_reps"]
                gym.people(limit=20).list()
                gym.reps(limit=50).list()
                answers += 1
        return answers

    with ThreadPoolExecutor(READERS + 1) as pool:
        writer = pool.submit(write)
        readers = [pool.submit(read, number) for number in range(READERS)]
        deadline = time.monotonic() + 30
        ends.wait(SECONDS)
        while written < 50 and time.monotonic() < deadline and not writer.done():
            ends.wait(0.1)
        ends.set()
        writer.result()
        assert all(reader.result() > 0 for reader in readers)
    engine.dispose()
    assert written >= 50

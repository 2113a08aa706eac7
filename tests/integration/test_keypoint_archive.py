"""The archive of key-points: what was seen comes back, once, and goes with its person and its age."""

from collections.abc import Iterator

import numpy as np
import pytest
from fold_story import NOON, S, visit
from sqlalchemy import Engine, text

from aggregator.database import open_engine, upgrade, writing
from aggregator.fold import fold
from aggregator.forgetting import erase
from aggregator.keypoint_reading import read_keypoints
from aggregator.keypoints import CHUNK, KeypointRow, Recorder, write_keypoints
from aggregator.purging import Purge
from aggregator.visits import fold_rules
from core.clock import utc_datetime
from core.messages import Observation, ObservedPerson, TrackRef
from core.secrets import Address
from core.settings import Privacy, Settings

ANNA = TrackRef("a", "e1", 1)
STEP = S // 15


def points(number: int) -> np.ndarray:
    return np.random.default_rng(number).random((33, 3)).astype("<f4")


def seen(number: int, set_number: int, track: int = 1, camera: str = "a") -> Observation:
    person = ObservedPerson(
        track=track, points=points(number).tobytes(), box=(0, 0, 1, 1), presence=1.0, set_number=set_number
    )
    times = {"captured_ns": number * STEP, "captured_utc_ns": NOON + 10 * S + number * STEP}
    return Observation(
        sender="w", camera=camera, epoch="e1", boot="b", sequence=number, width=1, height=1, people=(person,), **times
    )


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(Address(database_url))
    upgrade(engine)
    with writing(engine) as connection:
        fold(connection, [*visit("a", 1, "anna", 0, [5]), *visit("b", 2, "bert", 0, [3])], fold_rules(Settings()))
    yield engine
    engine.dispose()


def recorded(frames: int) -> list[KeypointRow]:
    recorder = Recorder()
    for number in range(frames):
        recorder.observe(seen(number, 1))
        if number == frames // 2:
            recorder.observe(seen(number, 1))  # the same frame again
    recorder.observe(seen(frames, 0))
    assert recorder.tracks() == [ANNA]
    return recorder.take()


def test_what_was_seen_comes_back(engine: Engine) -> None:
    frames = CHUNK + 100
    rows = recorded(frames)
    assert [len(row.times_utc_ns) for row in rows] == [CHUNK, 100]
    with writing(engine) as connection:
        for row in (*rows, rows[1]):
            write_keypoints(connection, [row])
        set_id = connection.execute(text("SELECT id FROM sets WHERE uid = 'a/e1/1/set/1'")).scalar_one()
        (one,) = read_keypoints(connection, set_id)
        (size,) = connection.execute(text("SELECT length(points) FROM keypoints")).one()
    assert one.who == ANNA
    assert one.points.shape == (frames, 33, 3)
    assert np.abs(one.points - np.stack([points(number) for number in range(frames)])).max() < 0.0005
    assert abs(int(one.times_utc_ns[-1]) - (NOON + 10 * S + (frames - 1) * STEP)) < 2_000_000
    assert size < frames * 33 * 3 * 2


def test_only_sets_are_recorded_and_each_set_by_itself() -> None:
    recorder = Recorder()
    for number in range(30):
        recorder.observe(seen(number, 0 if number < 10 else 1 if number < 20 else 2))
    recorder.observe(seen(400, 1, track=9))
    rows = recorder.take()
    assert [(row.number, len(row.times_utc_ns)) for row in rows] == [(1, 10), (2, 10)]
    assert [row.who.track for row in recorder.take(everything=True)] == [9]
    recorder.forget([TrackRef("a", "e1", 9)])
    assert recorder.tracks() == []


def test_it_goes_with_the_person_and_does_not_come_back(engine: Engine) -> None:
    rows = recorded(20)
    with writing(engine) as connection:
        write_keypoints(connection, rows)
        before = erase(connection, "anna", utc_datetime(NOON + 10_000 * S))
        assert before.rows["keypoints"] == 1
        write_keypoints(connection, rows)
        write_keypoints(connection, [KeypointRow(TrackRef("nowhere", "e", 1), 1, (NOON,), b"\0" * 198)])
        assert connection.execute(text("SELECT count(*) FROM keypoints")).scalar_one() == 0


def test_it_goes_with_its_age_and_at_once_where_none_is_wished(engine: Engine) -> None:
    for privacy, left in ((Privacy(keypoints=14 * 86_400.0), 1), (Privacy(), 0)):
        with writing(engine) as connection:
            write_keypoints(connection, recorded(20))
        Purge(privacy, NOON + 86_400 * S).run(engine)
        with writing(engine) as connection:
            assert connection.execute(text("SELECT count(*) FROM keypoints")).scalar_one() == left

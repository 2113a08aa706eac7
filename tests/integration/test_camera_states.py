"""What happened to a camera, read out of real databases."""

from datetime import timedelta

import pytest
from fold_story import NOON, S
from sqlalchemy import insert

from aggregator.database import open_engine, upgrade, writing
from aggregator.queries import Past
from aggregator.schema import Camera, CameraStatus
from core.clock import utc_datetime
from core.history import Selection
from core.secrets import Address


@pytest.fixture
def past(database_url):
    engine = open_engine(Address(database_url))
    upgrade(engine)
    told = [("online", ""), ("online", ""), ("offline", "refused"), ("offline", "refused"), ("offline", "codec"),
            ("online", "")]  # fmt: skip
    figures = {"fps": 1.0, "frames_in": 1, "frames_out": 1, "dropped": 0, "reconnects": 0, "detail": "in words"}
    with writing(engine) as connection:
        connection.execute(
            insert(Camera), [{"id": "a", "name": "A", "enabled": True}, {"id": "b", "name": "", "enabled": True}]
        )
        rows = [
            {
                "camera_id": "a",
                "at": utc_datetime(NOON) + timedelta(minutes=minute),
                "state": state,
                "reason": why,
                **figures,
            }
            for minute, (state, why) in enumerate(told)
        ]
        connection.execute(insert(CameraStatus), [*rows, {**rows[0], "camera_id": "b", "state": "stalled"}])
    engine.dispose()
    reader = Past(Address(database_url))
    yield reader
    reader.close()


def test_only_changes_are_told_the_newest_first(past):
    states = past.camera_states(Selection(camera="a"))
    assert [((each.at_utc_ns - NOON) // (60 * S), each.state, each.reason) for each in states] == [
        (5, "online", ""),
        (4, "offline", "codec"),
        (2, "offline", "refused"),
        (0, "online", ""),
    ]
    assert {each.detail for each in states} == {"in words"}
    assert len(past.camera_states(Selection(camera="a", limit=2))) == 2
    assert past.camera_states(Selection(camera="nobody's")) == []


def test_time_restricts_what_is_told(past):
    later = past.camera_states(Selection(camera="a", from_utc_ns=NOON + 3 * 60 * S))
    assert [each.reason for each in later] == ["", "codec", "refused"]

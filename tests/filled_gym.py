"""A small filled database for whoever asks the past: two people, one of them two by mistake, with a set corrected."""

from datetime import timedelta

from fold_story import NOON, S, visit
from sqlalchemy import insert

from aggregator.database import open_engine, upgrade, writing
from aggregator.fold import fold
from aggregator.schema import Alert, CameraStatus, ZoneOccupancy
from aggregator.visits import fold_rules
from core.clock import utc_datetime
from core.messages import CorrectSet, MergePeople, NamePerson
from core.secrets import Address
from core.settings import Camera, Settings, Zone

RACK = Zone(name="Rack", polygon=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))
RULES = fold_rules(Settings(camera=(Camera(id="a", source=Address("usb:0"), zone=(RACK,)),)))
BEGIN = utc_datetime(NOON)


def fill(url: str, nickname: str = "Bo") -> None:
    """Bo with two sets in camera a, another one as somebody who was merged into Bo; somebody else the day after."""
    engine = open_engine(Address(url))
    upgrade(engine)
    words = {"sender": "console", "by": "Ines", "at_utc_ns": NOON + 500 * S}
    events = [
        *visit("a", 1, "p1", 0, [6, 3]),
        *visit("b", 1, "p2", 86_400, [4]),
        *visit("b", 2, "p3", 30, [2]),
        NamePerson(uid="p1", nickname=nickname, member_number="777", before="#1", **words),
        MergePeople(from_uid="p3", into_uid="p1", **words),
        CorrectSet(set_uid="a/e1/1/set/2", reps=5, exercise="lunge", **words),
    ]
    told = {"since_at": BEGIN, "last_at": BEGIN, "severity": "info", "count": 2, "acknowledged_by": ""}
    seen = {"fps": 12.0, "frames_in": 1, "frames_out": 1, "dropped": 0, "reconnects": 0, "detail": ""}
    with writing(engine) as connection:
        fold(connection, events, RULES)
        for uid, subject in (("u1", "a"), ("u2", "Rack"), ("u3", nickname), ("u4", "Person 2")):
            connection.execute(insert(Alert).values(uid=uid, alert="camera offline", subject=subject, text="t", **told))
        for at, state in ((0, "starting"), (60, "online"), (3600, "stalled")):
            when = BEGIN + timedelta(seconds=at)
            connection.execute(insert(CameraStatus).values(camera_id="a", at=when, state=state, reason="", **seen))
        connection.execute(insert(ZoneOccupancy).values(zone="Pool", minute=BEGIN, people_mean=1.0, people_max=1))
    engine.dispose()

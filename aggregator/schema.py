"""The tables of the database, the same in SQLite and Postgres.

Owns names, types, units and indexes of everything that is stored; ``docs/database.md`` is generated from it. Knows no
connection and holds no rows. A change here needs a migration beside it in ``migrations/versions``.

The raw facts are ``tracks``, ``track_decisions`` and ``set_views``; ``sessions``, ``sets``, ``reps``, ``faults`` and
``rejected_reps`` are derived from them and may be written anew at any time. No table holds a picture.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware in, aware out, in UTC: ``timestamptz`` in Postgres, text in SQLite that sorts as the times do."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text where the database has no type for it."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401
        """Refuse a time without a zone; it would mean something else on every machine."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        value = value.astimezone(UTC)
        return value.isoformat(timespec="microseconds") if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401
        """UTC, whatever zone the server thinks in."""
        if value is None:
            return None
        return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)


def utc_ns_of(at: datetime) -> int:
    """Nanoseconds since 1970, exact to the microsecond that is stored."""
    return (at - EPOCH) // timedelta(microseconds=1) * 1000


BigInt = BigInteger().with_variant(Integer, "sqlite")
"""64 bits in both; SQLite numbers rows by itself only in a column called INTEGER."""


class Base(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[Any] = {
        datetime: UtcDateTime(),
        int: BigInt,
        str: Text(),
        float: Float(53),
        bool: Boolean(),
    }


class Camera(Base):
    """A camera that is configured, or that events told of."""

    __tablename__ = "cameras"

    id: Mapped[str] = mapped_column(primary_key=True, comment="Id in gym.toml.")
    name: Mapped[str] = mapped_column(default="", comment="Shown instead of the id.")
    enabled: Mapped[bool] = mapped_column(default=True, comment="False while gym.toml does not have it, or pauses it.")


class Person(Base):
    """Somebody who was on the floor; a number, not a name, unless staff give one."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True, comment="Number that staff see.")
    uid: Mapped[str] = mapped_column(unique=True, comment="Name of the person in messages.")
    first_seen_at: Mapped[datetime | None] = mapped_column(index=True, comment="Beginning of the first session.")
    last_seen_at: Mapped[datetime | None] = mapped_column(index=True, comment="Last sighting in the newest session.")
    merged_into_id: Mapped[int | None] = mapped_column(
        ForeignKey("people.id", ondelete="SET NULL"),
        index=True,
        comment="The person who has all of this one's tracks now; this one has none left.",
    )
    nickname: Mapped[str] = mapped_column(default="", comment="Given by staff.")
    member_number: Mapped[str | None] = mapped_column(unique=True, comment="Given by staff.")


class PersonName(Base):
    """What staff called a person last; who holds a member number that several were given follows from it."""

    __tablename__ = "person_names"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    nickname: Mapped[str] = mapped_column(comment="Empty: none.")
    member_number: Mapped[str] = mapped_column(index=True, comment="Empty: none.")
    by: Mapped[str] = mapped_column(comment="Who said so.")
    at: Mapped[datetime]


class Merge(Base):
    """What staff said last about whether a person is another one."""

    __tablename__ = "merges"

    from_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), primary_key=True, comment="Whose tracks are another's."
    )
    into_id: Mapped[int | None] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), index=True, comment="Whose they are; empty for a merge taken back."
    )
    by: Mapped[str] = mapped_column(comment="Who said so.")
    at: Mapped[datetime]


class Session(Base):
    """One visit of a person."""

    __tablename__ = "sessions"
    __table_args__ = (Index(None, "person_id", "started_at"), Index(None, "ended_at", "last_seen_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    started_at: Mapped[datetime] = mapped_column(index=True, comment="First sighting.")
    last_seen_at: Mapped[datetime] = mapped_column(comment="Newest sighting so far.")
    ended_at: Mapped[datetime | None] = mapped_column(comment="Last sighting; empty while the visit goes on.")
    end_reason: Mapped[str | None] = mapped_column(
        comment="`left`: not seen for `sessions.ends_after`; `interrupted`: Spotter was not running when it ended."
    )
    day: Mapped[str | None] = mapped_column(
        index=True,
        comment="Day of `started_at` in the gym's time zone, such as `2026-07-01`; filled in by the aggregator.",
    )
    minute_of_day: Mapped[int | None] = mapped_column(
        comment="Of `started_at` in the gym's time zone: minutes since midnight."
    )


class Track(Base):
    """Somebody followed by one camera without a break."""

    __tablename__ = "tracks"
    __table_args__ = (
        UniqueConstraint("camera_id", "epoch", "track"),
        Index(None, "person_id", "last_seen_at"),
        Index(None, "ended_at", "last_seen_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    camera_id: Mapped[str] = mapped_column(ForeignKey("cameras.id"))
    epoch: Mapped[str] = mapped_column(comment="One unbroken stretch of tracking of the camera.")
    track: Mapped[int] = mapped_column(comment="Number within the epoch.")
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("people.id", ondelete="SET NULL"),
        comment="Whose track it is, in the end; empty until that is decided.",
    )
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id", ondelete="SET NULL"), index=True)
    started_at: Mapped[datetime | None] = mapped_column(comment="Earliest that is known of it.")
    last_seen_at: Mapped[datetime | None] = mapped_column(comment="Latest that is known of it.")
    ended_at: Mapped[datetime | None] = mapped_column(comment="Empty while it is followed.")
    end_reason: Mapped[str | None] = mapped_column(
        comment="`left`, `gap`, `stopped`, `taken over`; `lost`: its end was never told."
    )
    frames: Mapped[int | None] = mapped_column(comment="In how many frames it was followed.")
    decision: Mapped[int] = mapped_column(default=0, comment="Number of the decision in force; 0 before the first.")


class TrackDecision(Base):
    """Why a track belongs to a person; at any time, the highest number that is not about later holds."""

    __tablename__ = "track_decisions"

    track_id: Mapped[int] = mapped_column(ForeignKey("tracks.id", ondelete="CASCADE"), primary_key=True)
    decision: Mapped[int] = mapped_column(primary_key=True, comment="Counts the decisions on the track from 1.")
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), index=True, comment="Whose it is, merges of staff included."
    )
    decided_id: Mapped[int | None] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), index=True, comment="Whose it is without them."
    )
    why: Mapped[str] = mapped_column(comment="`new`, `floor`, `return`, `staff`.")
    since_at: Mapped[datetime | None] = mapped_column(
        comment="The track went over to another body then: what it did before stays with the decision before."
    )
    decided_at: Mapped[datetime]


class Set(Base):
    """One set as it was performed, from all cameras that saw it."""

    __tablename__ = "sets"
    __table_args__ = (
        Index(None, "person_id", "started_at"),
        Index(None, "exercise", "started_at"),
        Index(None, "zone", "started_at"),
        Index(None, "camera_id", "started_at"),
        Index(
            "ix_sets_volume",
            "day",
            "exercise",
            "person_id",
            "reps",
            "corrected_reps",
            "corrected_exercise",
            "hold_s",
            "duration_s",
            "faulty_reps",
            "tempo_s",
            "range_of_motion",
            "unit",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(unique=True, comment="`CAMERA/EPOCH/TRACK/set/NUMBER` of the earliest view.")
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    camera_id: Mapped[str] = mapped_column(ForeignKey("cameras.id"), comment="The camera that saw it best.")
    zone: Mapped[str] = mapped_column(comment="Where the feet were; empty outside all zones.")
    exercise: Mapped[str] = mapped_column(comment="Name in the catalogue, or `unknown`.")
    number: Mapped[int] = mapped_column(comment="Counts the sets of the session from 1.")
    started_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime] = mapped_column(comment="End of the last repetition or of the hold so far.")
    duration_s: Mapped[float]
    reps: Mapped[int] = mapped_column(comment="Repetitions beyond doubt.")
    tentative_reps: Mapped[int] = mapped_column(comment="Doubtful ones, not among `reps`.")
    hold_s: Mapped[float | None] = mapped_column(comment="Of an exercise that is held.")
    faulty_reps: Mapped[int | None] = mapped_column(comment="Of `reps`, those with at least one form fault.")
    form_faults: Mapped[int | None] = mapped_column(comment="How many there are in `faults`, holds included.")
    tempo_s: Mapped[float | None] = mapped_column(comment="Mean time of one of `reps`; empty without any.")
    range_of_motion: Mapped[float | None] = mapped_column(comment="Mean of `reps`, in `unit`; empty without any.")
    unit: Mapped[str | None] = mapped_column(comment="Of `range_of_motion`, such as `deg`; empty without any.")
    confidence: Mapped[float] = mapped_column(comment="Of the exercise's name, 0-1.")
    quality: Mapped[float] = mapped_column(comment="How well the best camera saw it, 0-1.")
    cameras: Mapped[int] = mapped_column(comment="How many cameras saw it.")
    open: Mapped[bool] = mapped_column(comment="It may still grow.")
    digest: Mapped[str] = mapped_column(
        comment="Of the set with its repetitions: what is the same is not written anew."
    )
    corrected_reps: Mapped[int | None] = mapped_column(comment="What staff counted; empty if they did not correct it.")
    corrected_exercise: Mapped[str | None] = mapped_column(comment="What staff saw; empty if they did not correct it.")
    corrected_by: Mapped[str | None] = mapped_column(comment="Who corrected the set.")
    corrected_at: Mapped[datetime | None] = mapped_column(comment="Empty for a set that stands as it was seen.")
    day: Mapped[str | None] = mapped_column(
        comment="Day of `started_at` in the gym's time zone, such as `2026-07-01`; filled in by the aggregator."
    )
    minute_of_day: Mapped[int | None] = mapped_column(
        comment="Of `started_at` in the gym's time zone: minutes since midnight."
    )


class Correction(Base):
    """What staff said last of a set, by a view of it: it holds however the views are put together."""

    __tablename__ = "corrections"

    view_uid: Mapped[str] = mapped_column(primary_key=True, comment="`CAMERA/EPOCH/TRACK/set/NUMBER`.")
    reps: Mapped[int | None] = mapped_column(comment="Empty: as counted.")
    exercise: Mapped[str | None] = mapped_column(comment="Empty: as recognised.")
    by: Mapped[str] = mapped_column(comment="Who said so.")
    at: Mapped[datetime]


class SetView(Base):
    """A set as one track of one camera saw it: the newest revision."""

    __tablename__ = "set_views"
    __table_args__ = (UniqueConstraint("track_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    track_id: Mapped[int] = mapped_column(ForeignKey("tracks.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(comment="Counts the sets of the track from 1.")
    revision: Mapped[int]
    withdrawn: Mapped[bool] = mapped_column(comment="It was no set after all.")
    closed: Mapped[bool] = mapped_column(comment="No revision follows.")
    set_id: Mapped[int | None] = mapped_column(
        ForeignKey("sets.id", ondelete="SET NULL"), index=True, comment="The set that it is a view of."
    )
    payload: Mapped[bytes] = mapped_column(LargeBinary, comment="The message `set changed`, as it came.")


class Keypoints(Base):
    """How somebody moved in a set, as one camera saw it; empty unless `[privacy] keypoints` asks for it."""

    __tablename__ = "keypoints"
    __table_args__ = (UniqueConstraint("track_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    track_id: Mapped[int] = mapped_column(ForeignKey("tracks.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(comment="Of the set within the track.")
    started_at: Mapped[datetime] = mapped_column(comment="First frame.")
    ended_at: Mapped[datetime] = mapped_column(index=True, comment="Last frame.")
    frames: Mapped[int]
    times: Mapped[bytes] = mapped_column(LargeBinary, comment="Milliseconds since `started_at`: int32, compressed.")
    points: Mapped[bytes] = mapped_column(
        LargeBinary, comment="33 x (x, y, visibility) a frame, as shares of the picture: float16, compressed by zlib."
    )


class Rep(Base):
    """One repetition."""

    __tablename__ = "reps"
    __table_args__ = (UniqueConstraint("set_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    set_id: Mapped[int] = mapped_column(ForeignKey("sets.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(comment="Counts all repetitions of the set from 1, tentative ones included.")
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    duration_s: Mapped[float]
    range_of_motion: Mapped[float] = mapped_column(comment="In `unit`.")
    unit: Mapped[str] = mapped_column(comment="Such as `deg`.")
    tentative: Mapped[bool] = mapped_column(comment="Doubtful; not counted.")
    cameras: Mapped[int] = mapped_column(comment="How many cameras saw it.")


class Fault(Base):
    """A form fault in a repetition or a hold."""

    __tablename__ = "faults"

    id: Mapped[int] = mapped_column(primary_key=True)
    set_id: Mapped[int] = mapped_column(ForeignKey("sets.id", ondelete="CASCADE"), index=True)
    rep_id: Mapped[int | None] = mapped_column(
        ForeignKey("reps.id", ondelete="CASCADE"), index=True, comment="Empty for a fault of a hold."
    )
    rule: Mapped[str] = mapped_column(index=True, comment="Name of the form rule in the catalogue.")
    cue: Mapped[str] = mapped_column(comment="What to correct.")
    value: Mapped[float | None] = mapped_column(comment="What was measured, in `unit`.")
    limit: Mapped[float | None] = mapped_column(comment="What it should have kept to, in `unit`.")
    unit: Mapped[str]


class RejectedRep(Base):
    """A movement that looked like a repetition and was not counted."""

    __tablename__ = "rejected_reps"

    id: Mapped[int] = mapped_column(primary_key=True)
    set_id: Mapped[int] = mapped_column(ForeignKey("sets.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    reason: Mapped[str]


class Alert(Base):
    """Something that staff were told."""

    __tablename__ = "alerts"

    uid: Mapped[str] = mapped_column(primary_key=True)
    alert: Mapped[str] = mapped_column(index=True, comment="Its kind, such as `person down`.")
    severity: Mapped[str] = mapped_column(comment="`info`, `warning`, `critical`.")
    subject: Mapped[str] = mapped_column(comment="What it is about: a camera, a zone, a person or a process.")
    text: Mapped[str]
    since_at: Mapped[datetime] = mapped_column(index=True, comment="When it was raised.")
    last_at: Mapped[datetime] = mapped_column(comment="When it was true last.")
    resolved_at: Mapped[datetime | None] = mapped_column(index=True, comment="Empty while it is not over.")
    count: Mapped[int] = mapped_column(comment="How often it came since it was raised.")
    acknowledged_by: Mapped[str] = mapped_column(default="", comment="Who has seen it.")
    acknowledged_at: Mapped[datetime | None]
    snoozed_until_at: Mapped[datetime | None] = mapped_column(comment="Nobody is to be told of it before.")
    snoozed_by: Mapped[str | None] = mapped_column(comment="Who said so last.")
    snoozed_at: Mapped[datetime | None] = mapped_column(comment="When that was.")


class WebhookDelivery(Base):
    """Something that another program is told, until it has taken it or a day has passed."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("webhook", "event", "subject"),
        Index(None, "state", "webhook", "due_at"),
        Index(None, "subject"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    webhook: Mapped[str] = mapped_column(comment="Name in gym.toml.")
    event: Mapped[str] = mapped_column(comment="`set ended`, `alert raised`, `alert resolved`.")
    subject: Mapped[str] = mapped_column(comment="Uid of the set or alert; what is told of it is read when it is sent.")
    at: Mapped[datetime] = mapped_column(comment="When it happened.")
    due_at: Mapped[datetime] = mapped_column(comment="It is not sent before.")
    state: Mapped[str] = mapped_column(
        comment="`waiting`, `taken`, `given up` after a day, or `void`: what it is about is there no more."
    )
    attempts: Mapped[int] = mapped_column(comment="How often it was sent.")
    answer: Mapped[int | None] = mapped_column(comment="Status of the last answer; empty if none came.")
    problem: Mapped[str] = mapped_column(comment="What was wrong last; empty if nothing was.")
    done_at: Mapped[datetime | None] = mapped_column(comment="Since when it waits no more.")


class CameraStatus(Base):
    """What a camera did: one row at every change of state, and one a minute."""

    __tablename__ = "camera_status"
    __table_args__ = (
        Index(None, "camera_id", "at"),
        Index("ix_camera_status_uptime", "day", "camera_id", "at", "state", "fps", "reconnects"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    camera_id: Mapped[str] = mapped_column(ForeignKey("cameras.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(comment="`starting`, `online`, `stalled`, `offline`, `ended`, `paused`.")
    reason: Mapped[str] = mapped_column(comment="Class of the failure; empty while there is none.")
    detail: Mapped[str] = mapped_column(comment="The failure in words.")
    fps: Mapped[float] = mapped_column(comment="Frames a second that were published.")
    frames_in: Mapped[int] = mapped_column(comment="Since the camera's process started.")
    frames_out: Mapped[int] = mapped_column(comment="Since the camera's process started.")
    dropped: Mapped[int] = mapped_column(comment="Since the camera's process started, for all reasons.")
    reconnects: Mapped[int] = mapped_column(comment="In the hour before.")
    day: Mapped[str | None] = mapped_column(
        comment="Day of `at` in the gym's time zone, such as `2026-07-01`; filled in by the aggregator."
    )


class ZoneOccupancy(Base):
    """How many people a zone held in one minute."""

    __tablename__ = "zone_occupancy"
    __table_args__ = (Index("ix_zone_occupancy_use", "day", "zone", "people_max", "people_mean"),)

    zone: Mapped[str] = mapped_column(primary_key=True, comment="Name; the same name in two cameras is one zone.")
    minute: Mapped[datetime] = mapped_column(primary_key=True, index=True, comment="Beginning of the minute.")
    people_mean: Mapped[float]
    people_max: Mapped[int]
    day: Mapped[str | None] = mapped_column(
        comment="Day of `minute` in the gym's time zone, such as `2026-07-01`; filled in by the aggregator."
    )
    minute_of_day: Mapped[int | None] = mapped_column(
        comment="Of `minute` in the gym's time zone: minutes since midnight."
    )


class AuditEntry(Base):
    """Something that one of the staff did."""

    __tablename__ = "audit"

    uid: Mapped[str] = mapped_column(primary_key=True, comment="Id of the event, with who and when.")
    at: Mapped[datetime] = mapped_column(index=True)
    by: Mapped[str] = mapped_column(comment="Who did it.")
    action: Mapped[str] = mapped_column(comment="Kind of the event, such as `merge people`.")
    subject: Mapped[str] = mapped_column(index=True, comment="Uid of the person, set or alert, or the track.")
    before: Mapped[str] = mapped_column(comment="What stood there before, as the screen showed it.")
    after: Mapped[str] = mapped_column(comment="What was made of it.")


class AccessEntry(Base):
    """Something that was taken out of the database, or erased in it."""

    __tablename__ = "access_log"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    who: Mapped[str] = mapped_column(comment="User of the operating system.")
    action: Mapped[str] = mapped_column(comment="Such as `export`, `sql`, `forget`.")
    what: Mapped[str] = mapped_column(comment="What was asked for.")
    rows: Mapped[int] = mapped_column(comment="How many rows were given or erased.")


class Forgotten(Base):
    """What must not come back after a person was erased; holds nobody's name, only digests."""

    __tablename__ = "forgotten"

    digest: Mapped[str] = mapped_column(primary_key=True, comment="Of the uid of a person or the name of a track.")
    until_at: Mapped[datetime] = mapped_column(comment="What was seen before is refused; of a uid, all is.")


class About(Base):
    """What the database says of itself."""

    __tablename__ = "about"

    name: Mapped[str] = mapped_column(
        primary_key=True, comment="`people`: the last number given; `time zone`: of the days; `views`: their version."
    )
    value: Mapped[str]

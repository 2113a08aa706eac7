"""Every message that one process sends another, in one place; the contract of the wire.

Frozen, tagged structs. The wire is tolerant: unknown fields are skipped, and a field that is added later has a default.
``docs/protocol.md`` is generated from this file; the golden bytes in ``tests/contract`` decode for ever.

Times: ``…_utc_ns`` is UTC in nanoseconds since 1970; ``captured_ns`` is the monotonic clock of the camera's host, in
which all durations are measured. Positions in a picture are relative: 0-1 from the left and from the top.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

PROTOCOL = 1
"""Version of all messages; raised only by a change that old readers cannot skip over."""

FramePart = Annotated[bytes, Meta(description="packed float32, little-endian")]
Relative = tuple[float, float]
"""x, y as shares of the picture's width and height."""

CameraState = Literal["starting", "online", "stalled", "offline", "ended", "paused"]
FailureReason = Literal[
    "", "refused", "unauthorised", "not found", "codec", "time-out", "stalled", "unreachable", "ended", "unusable"
]
"""Why a camera gives no frames; empty while it does."""
GapReason = Literal["reconnected", "restarted", "stalled", "looped", "resized", "ended"]
Encoding = Literal["raw", "jpeg"]
TrackEnd = Literal["left", "gap", "stopped", "taken over"]
Severity = Literal["info", "warning", "critical"]
AlertKind = Literal[
    "camera offline", "camera stalled", "person down", "stuck under the bar", "repeated fault", "overcrowded zone",
    "after hours", "results lagging", "spool in use", "dead letter", "disk full", "configuration", "database away",
]  # fmt: skip


class Message(Struct, frozen=True, kw_only=True, tag_field="kind", omit_defaults=True):
    """What every message carries."""

    sender: str
    """Name of the process, such as ``ingest:racks`` or ``worker:2``."""
    protocol: int = field(default_factory=lambda: PROTOCOL)
    """Version of the message; always sent, unlike other defaults: a reader of another version must see it."""


# Frames: ingest to worker, over ZeroMQ ------------------------------------------------------------------------------


class FrameHeader(Message, frozen=True, kw_only=True, tag="frame"):
    """One picture; the pixels travel as the next part of the same multipart message."""

    camera: str
    boot: str
    """Names one run of the ingest process; sequence numbers count within it."""
    sequence: int
    """Counts the frames that the source gave, from 0; a gap in the numbers is a gap in what was published."""
    captured_ns: int
    captured_utc_ns: int
    width: int
    height: int
    encoding: Encoding = "raw"
    """``raw``: height x width x 3 bytes, BGR; ``jpeg``: one JPEG picture of that size."""
    held: bool = False
    """Sent again out of what ingest holds back, for a worker that takes the camera over."""


class Gap(Message, frozen=True, kw_only=True, tag="gap"):
    """Between the frame before and the next one something is missing; no picture stands in for it."""

    camera: str
    boot: str
    sequence: int
    """Number that the next frame will have, or a later one."""
    captured_ns: int
    captured_utc_ns: int
    reason: GapReason
    lasted_s: float = 0.0
    """How long no frame came."""


# Observations: worker to aggregator and console, lossy --------------------------------------------------------------


class ObservedPerson(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One person in one frame."""

    track: int
    points: FramePart
    """33 x (x, y, visibility): the landmarks as relative positions, visibility 0-1; 396 bytes."""
    box: tuple[float, float, float, float]
    """Left, top, right, bottom of what is seen, relative."""
    presence: float
    feet: Relative | None = None
    """The point of the floor between the feet; None where they cannot be told."""
    clothing: FramePart | None = None
    """Colours of the clothes, 2 x 80 (torso, legs; NaN where not seen), now and then; not a picture."""
    exercise: str = ""
    """Name in the catalogue, ``unknown``, or empty while nothing is trained."""
    set_number: int = 0
    """Number of the track's current set, 0 while there is none."""
    reps: int = 0
    tentative: int = 0
    """Doubtful repetitions, not among ``reps``."""
    hold_s: float | None = None
    progress: float | None = None
    """Where in the repetition the person is: 0 at rest, 1 at the far end; None while nothing is trained."""
    cue: str = ""
    """What to correct in the last repetition."""
    set_started_utc_ns: int = 0
    lying: bool = False
    """The trunk lies flat."""
    still_s: float = 0.0
    """For how long the person has hardly moved."""


class Observation(Message, frozen=True, kw_only=True, tag="observation"):
    """Who was seen in one frame of a camera."""

    camera: str
    epoch: str
    """Names one unbroken stretch of tracking; (camera, epoch, track) is somebody's identity in a camera."""
    boot: str
    sequence: int
    captured_ns: int
    captured_utc_ns: int
    width: int
    height: int
    people: tuple[ObservedPerson, ...] = ()
    cost_ms: float = 0.0
    """Processor time that the worker spent on the frame."""


# Events: worker to aggregator, durable ------------------------------------------------------------------------------


class TrackRef(Struct, frozen=True, order=True):
    """Somebody's identity in one camera."""

    camera: str
    epoch: str
    track: int

    def __str__(self) -> str:
        return f"{self.camera}/{self.epoch}/{self.track}"


class Event(Message, frozen=True, kw_only=True):
    """Something that happened; it is never dropped once it exists, and folding it twice changes nothing."""

    who: TrackRef
    sequence: int = 0
    """Frame that caused it."""
    captured_utc_ns: int
    """Capture time of that frame."""


class TrackStarted(Event, frozen=True, kw_only=True, tag="track started"):
    """A worker began to follow somebody."""

    @property
    def id(self) -> str:
        """Derived, so that the same event made twice has the same one."""
        return f"{self.who}/started"


class TrackEnded(Event, frozen=True, kw_only=True, tag="track ended"):
    """A worker follows somebody no longer."""

    started_utc_ns: int
    frames: int
    reason: TrackEnd = "left"

    @property
    def id(self) -> str:
        """Derived, so that the same event made twice has the same one."""
        return f"{self.who}/ended"


class RuleVerdict(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one form rule says of one repetition or hold."""

    rule: str
    verdict: Literal["ok", "fault", "cannot tell"]
    cue: str = ""
    value: float | None = None
    limit: float | None = None
    unit: str = ""


class RepRecord(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One repetition."""

    started_utc_ns: int
    ended_utc_ns: int
    span: float
    """Range of motion, in ``SetChanged.unit``."""
    tentative: bool = False
    verdicts: tuple[RuleVerdict, ...] = ()


class RejectedRecord(Struct, frozen=True, kw_only=True):
    """A movement that looked like a repetition and was not counted."""

    at_utc_ns: int
    reason: str


class SetChanged(Event, frozen=True, kw_only=True, tag="set changed"):
    """All that is known of one set so far; of one set, the highest revision holds."""

    number: int
    """Counts the sets of the track from 1."""
    revision: int
    exercise: str
    confidence: float
    started_utc_ns: int
    ended_utc_ns: int
    """End of the last repetition or of the hold so far."""
    reps: tuple[RepRecord, ...] = ()
    rejected: tuple[RejectedRecord, ...] = ()
    hold_s: float | None = None
    hold_verdicts: tuple[RuleVerdict, ...] = ()
    unit: str = ""
    closed: bool = False
    """No revision follows."""
    withdrawn: bool = False
    """It was no set after all."""
    feet: Relative | None = None
    """Where the person stood, lay or sat during the set: the median point between the feet."""
    quality: float = 0.0
    """0-1: how well this camera saw the set: mean visibility times the share of the time in which it saw the person."""

    @property
    def id(self) -> str:
        """Derived, so that the same event made twice has the same one."""
        return f"{self.who}/set/{self.number}/{self.revision}"


class TrackJoined(Event, frozen=True, kw_only=True, tag="track joined"):
    """The aggregator found out whose track it is; the latest decision holds."""

    person: str
    """Uid of the person."""
    decision: int
    """Counts the decisions on this track from 1."""
    why: Literal["new", "floor", "return", "staff"]
    since_utc_ns: int = 0
    """The track changed from one body to another at this time: what it did before stays with the decision before.
    0: it is about the whole track. At any time, the highest decision with ``since_utc_ns`` not after it holds."""
    by: str = ""
    """Who of the staff decided; empty for the aggregator. A decision of staff, such as the split of a person, has the
    number ``staff_decision``."""

    @property
    def id(self) -> str:
        """Derived, so that the same event made twice has the same one."""
        return f"{self.who}/joined/{self.decision}"


AnyEvent = TrackStarted | TrackEnded | SetChanged | TrackJoined


def staff_decision(at_utc_ns: int) -> int:
    """Number of a staff member's ``TrackJoined``: microseconds since 1970, so above all that the aggregator counts.

    Of several, the latest holds.
    """
    return at_utc_ns // 1000


class DeadLetter(Message, frozen=True, kw_only=True, tag="dead letter"):
    """A stream entry that could not be folded, kept for a person to look at."""

    entry: str
    """Id of the entry in the stream of events."""
    error: str
    deliveries: int
    at_utc_ns: int
    payload: bytes


# Leases and checkpoints: worker to worker, in Redis -----------------------------------------------------------------


class Lease(Message, frozen=True, kw_only=True, tag="lease"):
    """Who processes a camera; the key in Redis expires."""

    camera: str
    token: int
    """Grows with every change of owner."""
    granted_utc_ns: int
    """By the clock of the camera's host, as far as its heartbeats tell it."""


class Checkpoint(Message, frozen=True, kw_only=True, tag="checkpoint"):
    """Everything that the next owner of a camera needs to go on in the middle of a set."""

    camera: str
    epoch: str
    boot: str
    sequence: int
    """Last frame that the state knows."""
    captured_ns: int
    captured_utc_ns: int
    format: str
    """Names the shape of ``state``; a worker that knows another shape begins a new epoch."""
    state: bytes


# Heartbeats: every process to all, in Redis -------------------------------------------------------------------------


class Heartbeat(Message, frozen=True, kw_only=True, tag="process"):
    """A process lives; written each second, and stale without being renewed."""

    pid: int
    host: str
    started_utc_ns: int
    beat_utc_ns: int
    version: str
    state: Literal["starting", "running", "stopping", "failed"] = "running"
    trouble: str = ""
    """What is wrong now, in one sentence; empty if nothing is."""
    rss_mb: float = 0.0
    cpu_share: float = 0.0
    """Of one core, since the last heartbeat."""
    boot: str = ""
    """Names one run of the process: two machines, or a container that was restarted, may use one process id twice.
    Empty in what older versions wrote."""


class IngestHeartbeat(Heartbeat, frozen=True, kw_only=True, tag="ingest"):
    """A camera and its ingest process."""

    camera: str
    boot: str
    endpoint: str
    """Where workers connect to."""
    server_key: str = ""
    """Public CURVE key of the endpoint, Z85; empty for an endpoint without encryption."""
    camera_state: CameraState = "starting"
    reason: FailureReason = ""
    detail: str = ""
    """The failure in words, without secrets."""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    """Frames a second that were published, over the last five seconds."""
    frames_in: int = 0
    frames_out: int = 0
    dropped: dict[str, int] = {}
    """Frames that were not sent on, by reason."""
    reconnects_last_hour: int = 0
    state_since_utc_ns: int = 0
    last_frame_utc_ns: int = 0


class CameraLoad(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One camera in a worker."""

    token: int
    cost_ms: float
    """Processor time a frame, smoothed."""
    fps: float
    """Frames processed a second."""
    frames: int
    dropped: dict[str, int] = {}
    people: int = 0
    latency_ms: float = 0.0
    """From capture to the observation, newest."""
    epoch: str = ""


class WorkerHeartbeat(Heartbeat, frozen=True, kw_only=True, tag="worker"):
    """A worker and what it does."""

    cameras: dict[str, CameraLoad] = {}
    spooled: int = 0
    """Events that wait on the local disk."""
    spooled_since_utc_ns: int = 0
    events: int = 0
    errors: int = 0
    accepts: bool = True
    """Whether it takes cameras; False while it stops."""
    unable: tuple[str, ...] = ()
    """Cameras that it leaves to others, because it has no keys for their frames."""
    disk_free_mb: float | None = None
    """Room where the spool lies; None if it cannot be told."""


class AggregatorHeartbeat(Heartbeat, frozen=True, kw_only=True, tag="aggregator"):
    """The aggregator and what it waits for."""

    leads: bool = False
    """False for one that stands by."""
    events: int = 0
    folded_per_s: float = 0.0
    waiting: int = 0
    """Events in the stream that are not folded yet."""
    dead_letters: int = 0
    database: str = ""
    """What is wrong with the database; empty if nothing is."""
    disk_free_mb: float | None = None
    """Room where the file of the database lies; None for a server, and if it cannot be told."""
    webhooks_waiting: int = 0
    """Messages to webhooks that are not taken yet."""
    webhooks_given_up: int = 0
    """Messages to webhooks that were given up after a day, in the last seven."""


class SupervisorHeartbeat(Heartbeat, frozen=True, kw_only=True, tag="supervisor"):
    """The supervisor of ``spotter run`` or ``spotter ingest``, and its children."""

    children: dict[str, str] = {}
    """State by name: running, waiting, failed, stopped."""
    restarts: dict[str, int] = {}
    config_problem: str = ""
    """What is wrong with the edited config; the one before is in force."""
    config_loaded_utc_ns: int = 0


AnyHeartbeat = Heartbeat | IngestHeartbeat | WorkerHeartbeat | AggregatorHeartbeat | SupervisorHeartbeat

# Live state: aggregator to console, lossy ---------------------------------------------------------------------------


class LivePerson(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One person on the floor, seen by any number of cameras."""

    person: str
    """Uid; empty while it is not known yet whose track it is."""
    number: int = 0
    """What staff call the person; 0 while there is none."""
    nickname: str = ""
    tracks: tuple[TrackRef, ...] = ()
    camera: str = ""
    """The one that sees the person best."""
    zone: str = ""
    floor_m: tuple[float, float] | None = None
    exercise: str = ""
    reps: int = 0
    tentative: int = 0
    hold_s: float | None = None
    progress: float | None = None
    set_number: int = 0
    """Counts the sets of this visit."""
    set_started_utc_ns: int = 0
    cue: str = ""
    seen_utc_ns: int = 0
    session_started_utc_ns: int = 0


class LiveZone(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One zone."""

    camera: str
    zone: str
    zone_kind: str = ""
    people: int = 0
    capacity: int | None = None


class LiveAlert(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An alert that is not over."""

    uid: str
    alert: AlertKind
    severity: Severity
    subject: str
    """What it is about: a camera, a zone, a person or a process."""
    text: str
    since_utc_ns: int
    last_utc_ns: int
    count: int = 1
    acknowledged_by: str = ""
    snoozed_until_utc_ns: int = 0
    """Nobody is to be told of it before; 0 if it is not snoozed."""
    snoozed_by: str = ""


class LiveCamera(Message, frozen=True, kw_only=True, tag="live camera"):
    """What one camera sees now; the newest replaces all before."""

    camera: str
    observation: Observation
    people: dict[int, LivePerson] = {}
    """By number of the track."""


class LiveFloor(Message, frozen=True, kw_only=True, tag="live floor"):
    """The whole floor now; the newest replaces all before."""

    at_utc_ns: int
    started_utc_ns: int
    """Since when this aggregator leads."""
    people: tuple[LivePerson, ...] = ()
    zones: tuple[LiveZone, ...] = ()
    alerts: tuple[LiveAlert, ...] = ()


AnyLive = LiveCamera | LiveFloor


class Preview(Message, frozen=True, kw_only=True, tag="preview"):
    """A small picture of a camera whose config allows it; made only while somebody looks, and gone seconds later."""

    camera: str
    captured_utc_ns: int
    width: int
    height: int
    rgb: bytes
    """height x width x 3 bytes from the top left, masks blackened."""


# Commands: staff to aggregator, durable -----------------------------------------------------------------------------


class StaffAction(Message, frozen=True, kw_only=True):
    """Something that one of the staff did; kept in the audit, and folding it twice changes nothing.

    Of several actions about the same thing, the latest holds.
    """

    by: str
    """Who did it."""
    at_utc_ns: int
    """When."""
    before: str = ""
    """What stood there before, as the screen showed it; for the audit."""


class AcknowledgeAlert(StaffAction, frozen=True, kw_only=True, tag="acknowledge alert"):
    """Somebody has seen an alert; the first one who did stays."""

    uid: str
    """Of the alert."""

    @property
    def id(self) -> str:
        """Derived, so that the same event made twice has the same one."""
        return f"alert/{self.uid}/acknowledged"


class SnoozeAlert(StaffAction, frozen=True, kw_only=True, tag="snooze alert"):
    """Somebody does not want to be told of an alert for a while; it stays open."""

    uid: str
    """Of the alert."""
    until_utc_ns: int
    """0 ends the rest."""

    @property
    def id(self) -> str:
        """Derived, so that the same event made twice has the same one."""
        return f"alert/{self.uid}/snoozed/{self.at_utc_ns}/{self.by}"


class NamePerson(StaffAction, frozen=True, kw_only=True, tag="name person"):
    """Somebody on the floor is given a name or a number of the gym's own."""

    uid: str
    """Of the person."""
    nickname: str = ""
    """Empty: none."""
    member_number: str = ""
    """Empty: none. One person has it: who is given it takes it from who had it."""

    @property
    def id(self) -> str:
        """Derived, so that the same event made twice has the same one."""
        return f"person/{self.uid}/named/{self.at_utc_ns}/{self.by}"


class MergePeople(StaffAction, frozen=True, kw_only=True, tag="merge people"):
    """Two numbers are one person: all tracks of the first, also those to come, are the second one's."""

    from_uid: str
    into_uid: str
    """Empty: an earlier merge of ``from_uid`` is taken back."""

    @property
    def id(self) -> str:
        """Derived, so that the same event made twice has the same one."""
        return f"person/{self.from_uid}/merged/{self.at_utc_ns}/{self.by}"


class CorrectSet(StaffAction, frozen=True, kw_only=True, tag="correct set"):
    """What staff saw of a set; it is kept beside what was counted. With neither field, a correction is taken back."""

    set_uid: str
    """``CAMERA/EPOCH/TRACK/set/NUMBER`` of any view of the set."""
    reps: int | None = None
    """None: as counted."""
    exercise: str | None = None
    """None: as recognised."""

    @property
    def id(self) -> str:
        """Derived, so that the same event made twice has the same one."""
        return f"{self.set_uid}/corrected/{self.at_utc_ns}/{self.by}"


class ForgetPerson(StaffAction, frozen=True, kw_only=True, tag="forget person"):
    """Somebody is erased, with everybody who was merged into them or they into: all that was seen before ``at_utc_ns``.

    Not kept in the audit. Who still stands on the floor is somebody new from then on.
    """

    uid: str
    """Of the person."""

    @property
    def id(self) -> str:
        """Derived, so that the same event made twice has the same one."""
        return f"person/{self.uid}/forgotten/{self.at_utc_ns}/{self.by}"


AnyStaffAction = AcknowledgeAlert | SnoozeAlert | NamePerson | MergePeople | CorrectSet | ForgetPerson
AnyDurable = AnyEvent | AnyStaffAction
"""Everything that the stream of events may hold."""

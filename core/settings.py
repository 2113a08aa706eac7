"""What gym.toml may say: every table and option with its unit, bounds, default and meaning.

Frozen structs are both the declaration and the source of ``docs/configuration.md`` and of the JSON schema. Reading the
file stands in ``config_file``; nothing here touches a disk.
"""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from core.secrets import Address, Secret

Seconds = Annotated[float, Meta(extra={"duration": True})]
"""A duration: in the file a text with a unit, such as ``"500ms"``, ``"3s"``, ``"10min"`` or ``"30d"``; here seconds."""
Share = Annotated[
    float, Meta(ge=0.0, le=1.0, extra={"wanted": "places are shares of the picture's width and height, not pixels"})
]
Point = Annotated[tuple[Share, Share], Meta(examples=[[0.05, 0.35]])]
Polygon = Annotated[
    tuple[Point, ...],
    Meta(min_length=3, examples=[[[0.05, 0.35], [0.33, 0.35], [0.33, 0.98]]], extra={"unit": "share of the picture"}),
]
Identifier = Annotated[
    str,
    Meta(
        pattern="^[a-z0-9][a-z0-9_-]*$",
        max_length=40,
        extra={"wanted": "must be of a-z, 0-9, - and _, and begin with a letter or digit"},
    ),
]
ClockTime = Annotated[
    str,
    Meta(
        pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$",
        extra={"wanted": 'must be a time of day such as "06:30" or "22:00"', "unit": "HH:MM"},
    ),
]

ZoneKind = Literal[
    "squat rack", "bench", "platform", "mat", "bar", "cardio", "machine", "free weights", "door", "other"
]


class Section(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all tables."""


class Gym(Section, frozen=True, kw_only=True):
    """The place itself."""

    name: Annotated[str, Meta(examples=["Eastside"], description="Shown on the console and in reports.")] = "Gym"
    timezone: Annotated[
        str,
        Meta(
            examples=["Europe/Berlin"],
            description="IANA name of the time zone in which times are shown, such as Europe/Berlin.",
        ),
    ] = "UTC"
    opens: Annotated[
        ClockTime | None,
        Meta(examples=["06:30"], description="Opening time, HH:MM; with `closes`, presence outside is an alert."),
    ] = None
    closes: Annotated[
        ClockTime | None,
        Meta(examples=["22:00"], description="Closing time, HH:MM; earlier than `opens` means after midnight."),
    ] = None

    @property
    def zone(self) -> ZoneInfo:
        """The time zone; the reader of the file has checked that it exists."""
        return ZoneInfo(self.timezone)


class Database(Section, frozen=True, kw_only=True):
    """Where sessions are kept."""

    url: Annotated[
        Address,
        Meta(
            examples=["sqlite:///gym.db"],
            description="`sqlite:///FILE` (relative to gym.toml) or `postgresql+psycopg://USER:PASSWORD@HOST/NAME`.",
        ),
    ] = Address("sqlite:///gym.db")


class Redis(Section, frozen=True, kw_only=True):
    """How the processes reach each other."""

    url: Annotated[
        Address | None,
        Meta(
            examples=["redis://:${REDIS_PASSWORD}@10.0.0.5:6379/0"],
            description="`redis://…`, `rediss://…` or `unix://…`; without it `spotter run` starts a Redis of its own.",
        ),
    ] = None


class Transport(Section, frozen=True, kw_only=True):
    """How frames travel from cameras to workers."""

    bind: Annotated[
        str,
        Meta(
            examples=["tcp://10.0.0.8:5560-5579"],
            description="`ipc` for workers on the same machine; `tcp://ADDRESS`, `tcp://ADDRESS:PORT` or "
            "`tcp://ADDRESS:FIRST-LAST` (ports) for others. Anything but loopback needs keys (`spotter keys new`).",
        ),
    ] = "ipc"
    advertise: Annotated[
        str | None,
        Meta(
            examples=["gym-cameras.lan"],
            description="Host name or address by which workers reach this machine, if it is not that of `bind`.",
        ),
    ] = None
    keys: Annotated[
        str | None,
        Meta(examples=["keys"], description="Folder of CURVE keys, relative to gym.toml; needed beyond loopback."),
    ] = None
    encoding: Annotated[
        Literal["auto", "raw", "jpeg"], Meta(description="`auto`: raw pixels over ipc, JPEG over tcp.")
    ] = "auto"
    jpeg_quality: Annotated[
        int, Meta(description="Quality of JPEG; less needs less network and blurs small people.", ge=30, le=100)
    ] = 90
    hold: Annotated[
        Seconds,
        Meta(
            description="How much of the newest frames a camera holds for a worker that takes over from a dead one.",
            ge=0,
            le=30,
        ),
    ] = 6.0
    hold_mb: Annotated[
        int,
        Meta(
            extra={"unit": "MB"},
            description="Most memory a camera for that, MB; older frames are kept as JPEG, and the oldest go first.",
            ge=0,
            le=4096,
        ),
    ] = 96


class Workers(Section, frozen=True, kw_only=True):
    """How frames become people and exercises."""

    count: Annotated[
        int,
        Meta(
            extra={"unit": "processes"},
            description="Worker processes of `spotter run`; 0: one fewer than cores, at least one.",
            ge=0,
            le=64,
        ),
    ] = 0
    model: Annotated[Literal["lite", "full", "heavy"], Meta(description="Variant of BlazePose.")] = "full"
    detector: Annotated[
        str, Meta(examples=["yolox"], description="`blazepose`, or a detector registered by `spotter models add`.")
    ] = "blazepose"
    max_people: Annotated[
        int, Meta(extra={"unit": "people"}, description="Most people followed at a time in one camera.", ge=1, le=64)
    ] = 16
    exercises: Annotated[
        str | None,
        Meta(
            examples=["exercises.toml"], description="TOML file with exercises of the gym's own, relative to gym.toml."
        ),
    ] = None
    classifier: Annotated[
        str | None,
        Meta(
            examples=["classifier.onnx"],
            description="ONNX file that recognises exercises, relative to gym.toml, instead of the one that is "
            'shipped; "none": by their signatures alone.',
        ),
    ] = None


class Sessions(Section, frozen=True, kw_only=True):
    """When a visit ends and who comes back as whom."""

    returns_within: Annotated[
        Seconds,
        Meta(
            description="Who comes back to the same place in the same clothes within this time is the same person.",
            ge=0,
        ),
    ] = 300.0
    ends_after: Annotated[
        Seconds, Meta(description="A visit ends when the person was not seen for this long.", ge=30)
    ] = 900.0


class Alerts(Section, frozen=True, kw_only=True):
    """When staff are told."""

    camera_offline_after: Annotated[Seconds, Meta(description="A camera gives no frames for this long.", ge=1)] = 30.0
    lying_still_for: Annotated[
        Seconds, Meta(description="Somebody lies still for this long away from a mat or bench.", ge=2)
    ] = 20.0
    stuck_for: Annotated[
        Seconds, Meta(description="A bench press or squat is held at the bottom for this long.", ge=2)
    ] = 8.0
    faults_in_a_set: Annotated[
        int,
        Meta(extra={"unit": "repetitions"}, description="The same form fault in this many repetitions of a set.", ge=1),
    ] = 3
    results_behind: Annotated[Seconds, Meta(description="Frames come in and results do not for this long.", ge=1)] = (
        10.0
    )
    overcrowded_for: Annotated[
        Seconds, Meta(description="A zone holds more people than its capacity for this long.", ge=0)
    ] = 30.0
    after_hours_for: Annotated[
        Seconds, Meta(description="Somebody is on the floor while the gym is closed for this long.", ge=0)
    ] = 60.0
    cooldown: Annotated[
        Seconds, Meta(description="The same alert about the same subject is not raised again within.", ge=0)
    ] = 300.0
    quiet_after_start: Annotated[Seconds, Meta(description="No alert is raised for this long after a start.", ge=0)] = (
        120.0
    )


WebhookEvent = Literal["set ended", "alert raised", "alert resolved"]


class Webhook(Section, frozen=True, kw_only=True):
    """Another program that is told of what happens, by a signed HTTP request; see docs/webhooks.md."""

    name: Annotated[
        Identifier, Meta(examples=["members-app"], description="Short unique name: shown in messages instead of `url`.")
    ]
    url: Annotated[
        Address,
        Meta(
            examples=["https://members.example.org/spotter?token=${MEMBERS_TOKEN}"],
            description="`https://…`, or `http://…` in a network that nobody else listens to. Never shown.",
        ),
    ]
    secret: Annotated[
        Secret,
        Meta(
            examples=["${MEMBERS_SECRET}"],
            description="Key that requests are signed with, at least 16 characters. Never shown.",
            min_length=16,
        ),
    ]
    events: Annotated[tuple[WebhookEvent, ...], Meta(description="What it is told of.", min_length=1)] = (
        "set ended",
        "alert raised",
        "alert resolved",
    )
    names: Annotated[
        bool, Meta(description="It is told nicknames and member numbers too; else only the numbers of people.")
    ] = False
    enabled: Annotated[bool, Meta(description="`false`: it is told nothing.")] = True


DAY_S = 86400.0


def _kept(what: str) -> Meta:
    """How long rows of one kind are kept."""
    return Meta(description=what, examples=["730d"], ge=DAY_S, extra={"duration": True})


class Privacy(Section, frozen=True, kw_only=True):
    """How long what is known of people and cameras is kept; the aggregator removes what is older, every day."""

    sessions: Annotated[
        float | None, _kept("Visits with their sets and repetitions, and people not seen since; without it, for ever.")
    ] = None
    set_views: Annotated[float, _kept("What each camera told of a set; the sets themselves stay.")] = 30 * DAY_S
    rejected_reps: Annotated[float, _kept("Movements that were not counted.")] = 30 * DAY_S
    camera_status: Annotated[float, _kept("What cameras did, minute by minute.")] = 90 * DAY_S
    zone_occupancy: Annotated[float, _kept("How many people a zone held, minute by minute.")] = 400 * DAY_S
    alerts: Annotated[float, _kept("Alerts that are over.")] = 400 * DAY_S
    audit: Annotated[float, _kept("What staff did.")] = 400 * DAY_S
    access_log: Annotated[float, _kept("Who took data out, or erased it.")] = 400 * DAY_S
    keypoints: Annotated[
        Seconds,
        Meta(description="Key-points of people in sets, to replay them; `0d` keeps none.", examples=["14d"], ge=0),
    ] = 0.0


class FloorPoint(Section, frozen=True, kw_only=True):
    """A point of the floor in the picture."""

    pixel: Annotated[
        tuple[float, float],
        Meta(examples=[[102, 388]], extra={"unit": "pixels"}, description="x, y in the picture, pixels."),
    ]
    metre: Annotated[
        tuple[float, float],
        Meta(
            examples=[[0.0, 1.5]],
            extra={"unit": "metres"},
            description="x, y on the floor plan, metres; one plan for all cameras.",
        ),
    ]


class Zone(Section, frozen=True, kw_only=True):
    """A named part of the floor as one camera sees it."""

    name: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=80,
            examples=["Rack 1"],
            description="Shown and stored; the same name in two cameras is one zone.",
        ),
    ]
    polygon: Annotated[
        Polygon, Meta(description="Corners, relative: 0-1 from the left and the top. A person is where the feet are.")
    ]
    kind: Annotated[ZoneKind, Meta(description="What it is for.")] = "other"
    capacity: Annotated[
        int | None,
        Meta(examples=[4], extra={"unit": "people"}, description="More people than this are too many.", ge=1),
    ] = None


class Camera(Section, frozen=True, kw_only=True):
    """One camera."""

    id: Annotated[
        Identifier, Meta(examples=["racks"], description="Short unique name: lower case letters, digits, - and _.")
    ]
    source: Annotated[
        Address,
        Meta(
            examples=["rtsp://${RACKS_USER}:${RACKS_PASSWORD}@10.0.0.21/stream2"],
            description="`rtsp://…`, `http://…` (MJPEG), `usb:0`, a video file or a folder of images (relative to "
            "gym.toml), or `rehearsal:SCENE#CAMERA`. Secrets as `${NAME}` from the environment.",
        ),
    ]
    name: Annotated[str | None, Meta(examples=["Racks, from the mirror"], description="Shown instead of the id.")] = (
        None
    )
    enabled: Annotated[bool, Meta(description="`false` pauses the camera.")] = True
    fps: Annotated[
        float | None,
        Meta(
            examples=[12],
            extra={"unit": "frames a second"},
            description="Most frames a second to process; what the camera gives if left out.",
            ge=0.5,
            le=120,
        ),
    ] = None
    loop: Annotated[bool, Meta(description="A video file, folder or rehearsal begins again at its end.")] = True
    preview: Annotated[bool, Meta(description="The console may show pictures of this camera; else only skeletons.")] = (
        False
    )
    open_timeout: Annotated[Seconds, Meta(description="To connect.", ge=1, le=120)] = 10.0
    read_timeout: Annotated[Seconds, Meta(description="To wait for a frame before connecting anew.", ge=1, le=120)] = (
        10.0
    )
    stall_after: Annotated[
        Seconds, Meta(description="Without a frame for this long, a connected camera is stalled.", ge=0.5, le=120)
    ] = 5.0
    rtsp_transport: Annotated[Literal["tcp", "udp"], Meta(description="How RTSP carries its pictures.")] = "tcp"
    floor: Annotated[
        tuple[FloorPoint, ...], Meta(description="Four or more points of the floor, to join people across cameras.")
    ] = ()
    floor_size: Annotated[
        tuple[int, int] | None,
        Meta(
            examples=[[1280, 720]],
            extra={"unit": "pixels"},
            description="Width and height of the picture that `floor` was measured in; else the camera's.",
        ),
    ] = None
    mask: Annotated[
        tuple[Polygon, ...],
        Meta(
            examples=[[[[0.0, 0.0], [0.4, 0.0], [0.4, 0.2], [0.0, 0.2]]]],
            extra={"unit": "share of the picture"},
            description="Polygons, relative, that are blacked out before a frame leaves the camera's process.",
        ),
    ] = ()
    zone: Annotated[tuple[Zone, ...], Meta(description="Parts of the floor.")] = ()

    @property
    def title(self) -> str:
        """What people call it."""
        return self.name or self.id


class Settings(Section, frozen=True, kw_only=True):
    """All of gym.toml."""

    gym: Gym = Gym()
    database: Database = Database()
    redis: Redis = Redis()
    transport: Transport = Transport()
    workers: Workers = Workers()
    sessions: Sessions = Sessions()
    alerts: Alerts = Alerts()
    privacy: Privacy = Privacy()
    webhook: tuple[Webhook, ...] = ()
    """`[[webhook]]`, in the order of the file; names are unique."""
    camera: tuple[Camera, ...] = ()
    """`[[camera]]`, in the order of the file; ids are unique."""

    def find_camera(self, identity: str) -> Camera | None:
        """The camera with this id; None if there is none."""
        return next((camera for camera in self.camera if camera.id == identity), None)

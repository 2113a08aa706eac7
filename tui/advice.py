"""What each red line means and what to do about it, in plain words; ``docs/operations.md`` says the same at length."""

from typing import NamedTuple

from core.messages import AlertKind


class Advice(NamedTuple):
    """One thing that can be wrong."""

    means: str
    do: str


FAILURES: dict[str, Advice] = {
    "refused": Advice(
        "the host is there and takes no viewer", "see that its service is on, the port right, and a viewer's place free"
    ),
    "unauthorised": Advice("user or password is wrong", "correct them; many cameras have a user of its own for RTSP"),
    "not found": Advice("there is nothing under this path", "look the path of its stream up in the camera's manual"),
    "codec": Advice("it sends a format that cannot be read", "set H.264 in the camera"),
    "time-out": Advice("nothing answers", "see whether it is on, plugged in, and in this network"),
    "stalled": Advice("connected, and no pictures come", "restart the camera; look at its Wi-Fi or cable"),
    "unreachable": Advice("there is no way to it", "check address and network of this machine"),
    "ended": Advice("the recording is over", "nothing, or loop = true"),
    "unusable": Advice("something answers, and not with pictures", "check the address: it may be another device"),
}
"""By ``FailureReason``."""

STATES: dict[str, Advice] = {
    "offline": Advice("no connection; it is tried for ever", "see the reason; test it with t"),
    "stalled": FAILURES["stalled"],
    "starting": Advice("it is being opened", "wait some seconds"),
    "ended": FAILURES["ended"],
    "paused": Advice("gym.toml pauses it", "resume it with p"),
    "no heartbeat": Advice("its process hangs or its machine is off", "it is started anew; else look at its machine"),
    "not started": Advice("no process reads it", "start spotter run, or spotter ingest on its machine"),
    "unwatched": Advice("frames come and no worker takes them", "start a worker, or wait until one is free"),
}
"""By state of a camera as it is shown."""

ALERTS: dict[AlertKind, Advice] = {
    "camera offline": Advice("no connection for too long", "open the camera and see the reason"),
    "camera stalled": Advice("connected, and no frames", "restart the camera; look at its network"),
    "person down": Advice("somebody lies still away from a mat or bench", "go there, now"),
    "stuck under the bar": Advice("a bar is held at the bottom for too long", "go there, now"),
    "repeated fault": Advice("the same form fault several times in a set", "coach"),
    "overcrowded zone": Advice("more people than the zone may hold", "your judgement"),
    "after hours": Advice("somebody is here while the gym is closed", "look"),
    "results lagging": Advice("frames come and results do not", "a worker more, or fewer fps"),
    "spool in use": Advice("workers keep events on their disk, as Redis is away", "bring Redis back; nothing is lost"),
    "database away": Advice("nothing is stored; events wait in Redis", "bring the database back; nothing is lost"),
    "dead letter": Advice("an event could not be stored and was put aside", "report it; the rest goes on"),
    "disk full": Advice("database or spool cannot grow", "make room; what waits is stored then"),
    "configuration": Advice("gym.toml was edited wrongly; the one before is in force", "correct it"),
}

LINES: dict[str, Advice] = {
    "redis": Advice(
        "Redis does not answer; what is shown is old", "start Redis; workers keep events on their disk meanwhile"
    ),
    "redis memory": Advice("Redis is nearly full and will take nothing more", "give it more maxmemory"),
    "redis policy": Advice("a full Redis would drop events", "maxmemory-policy noeviction"),
    "redis persistence": Advice("a crash of Redis may lose what is on the way", "appendonly yes"),
    "redis disk": Advice("Redis could not write to its disk", "make room on its disk; see its log"),
    "process": Advice("it hangs, was killed, or its machine is off", "it is started anew; else look at its machine"),
    "trouble": Advice("a process says that something is wrong", "as it says; its log tells more"),
    "restarts": Advice("a process died several times", "its log tells why; spotter doctor"),
    "no aggregator": Advice("nobody stores results; events wait", "start spotter run, or spotter aggregator"),
    "old floor": Advice("the aggregator writes no live state", "see its line below; it is started anew if it hangs"),
    "no worker": Advice("nobody looks at frames", "start spotter run, or spotter worker"),
    "camera": Advice("a camera gives no frames", "open it and see the reason"),
    "unwatched": STATES["unwatched"],
    "late": Advice("results come long after the picture", "a worker more, fewer fps, or fewer cameras"),
    "drops": Advice("more than half of the frames are left out", "a worker more, or fewer fps in gym.toml"),
    "backlog": Advice("events come faster than they are stored", "see the database; nothing is lost"),
    "spool": ALERTS["spool in use"],
    "dead letters": ALERTS["dead letter"],
    "database": Advice("the database takes nothing; events wait", "bring it back; they are stored then"),
    "disk": Advice("little room is left where this process writes", "make room"),
    "clocks": Advice("a machine's clock is off; cameras are joined by it", "NTP on every machine"),
    "configuration": ALERTS["configuration"],
}
"""By line of the health screen."""

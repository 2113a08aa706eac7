"""Every key, stream and channel in Redis; nothing else in the project spells one."""

PREFIX = "spotter:"

EVENTS = f"{PREFIX}events"
"""Stream of durable events, field ``m`` is the message. Trimmed only behind what is folded."""
EVENTS_GROUP = "aggregator"
DEAD_EVENTS = f"{PREFIX}events:dead"
"""Stream of ``DeadLetter``."""
OBSERVATIONS = f"{PREFIX}observations"
"""Capped stream of ``Observation`` of all cameras."""
PROCESSES = f"{PREFIX}processes"
"""Hash: name of a process to its newest heartbeat."""
LEASE_TOKEN = f"{PREFIX}lease-token"
"""Counter."""
LEADER = f"{PREFIX}leader"
"""Name of the aggregator that leads; expires."""
LIVE_CAMERAS = f"{PREFIX}live:cameras"
"""Hash: camera to its newest ``LiveCamera``."""
LIVE_FLOOR = f"{PREFIX}live:floor"
"""The newest ``LiveFloor``."""
LIVE_CHANNEL = f"{PREFIX}live"
"""Pub/sub channel: every ``LiveCamera`` and ``LiveFloor`` as it is written."""


def lease(camera: str) -> str:
    """``Lease`` of a camera; expires."""
    return f"{PREFIX}lease:{camera}"


def grants(camera: str) -> str:
    """The newest ``Lease``s of a camera, the newest last; says later who had it when."""
    return f"{PREFIX}grants:{camera}"


def checkpoint(camera: str) -> str:
    """Newest ``Checkpoint`` of a camera; expires when it is too old to go on from."""
    return f"{PREFIX}checkpoint:{camera}"


def preview(camera: str) -> str:
    """Newest ``Preview`` of a camera; expires within seconds."""
    return f"{PREFIX}preview:{camera}"


def preview_wish(camera: str) -> str:
    """There while somebody looks at pictures of a camera; expires unless they go on looking."""
    return f"{PREFIX}preview-wish:{camera}"

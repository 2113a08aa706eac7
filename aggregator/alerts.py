"""When staff are told: what is wrong becomes an alert that is raised, updated and resolved, and does not storm."""

from dataclasses import dataclass
from typing import Literal

from core.messages import LiveAlert


@dataclass(frozen=True, slots=True)
class AlertChange:
    """Something that the database is to know of an alert; keyed by ``alert.uid``."""

    change: Literal["raised", "updated", "resolved", "acknowledged"]
    alert: LiveAlert
    at_utc_ns: int
    """For ``resolved`` and ``acknowledged``: when."""

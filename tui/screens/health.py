"""Health: to be replaced by the real screen."""

from collections.abc import Iterable

from textual.widget import Widget
from textual.widgets import Static

from tui.screens.base import ConsoleScreen


class HealthScreen(ConsoleScreen):
    """Will show: processes, leases, rates, latency, queues, database, Redis, disk."""

    MODE = "health"

    def body(self) -> Iterable[Widget]:
        """To come."""
        yield Static("Health: Processes, leases, rates, latency, queues, database, Redis, disk.", markup=False)

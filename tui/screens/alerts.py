"""Alerts: what needs somebody now."""

from collections.abc import Iterable

from textual.widget import Widget
from textual.widgets import Static

from tui.screens.base import ConsoleScreen


class AlertsScreen(ConsoleScreen):
    """Will list alerts, their age, and who has seen them."""

    MODE = "alerts"

    def body(self) -> Iterable[Widget]:
        """To come."""
        yield Static("Alerts: list, severity, age, acknowledge, snooze, jump to camera or person.", markup=False)

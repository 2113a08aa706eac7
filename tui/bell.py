"""Which alerts are worth a bell: critical ones that have just begun and that nobody has answered; pure."""

from core.messages import LiveAlert
from tui.state import FloorState
from tui.views.alerts import newly_raised

MOST_AT_ONCE = 3
"""Of a storm, the first few are told; the rest stand in the list."""


class Bell:
    """Remembers of which alerts it has told."""

    def __init__(self) -> None:
        self._known: set[str] | None = None
        """None until the first floor: what was wrong before the console was opened does not ring."""

    def hear(self, state: FloorState, now_utc_ns: int) -> list[LiveAlert]:
        """The critical alerts to tell of now, each once."""
        if state.floor is None:
            return []
        before, self._known = self._known, {alert.uid for alert in state.alerts}
        if before is None:
            return []
        begun = [each for each in newly_raised(state.alerts, before, now_utc_ns) if each.severity == "critical"]
        return begun[:MOST_AT_ONCE]

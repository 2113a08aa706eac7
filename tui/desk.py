"""What every screen of one console shares: ports, state, what was chosen, and the messages that change screens.

Owns nothing that draws. A screen asks it for the state and its clock, and posts ``OpenPerson`` or ``OpenCamera``.
"""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from textual.message import Message

from tui import times
from tui.memory import Memory
from tui.ports import Ports
from tui.state import FloorState


@dataclass(slots=True)
class Desk:
    """One console."""

    ports: Ports
    memory: Memory
    state: FloorState = field(default_factory=FloorState)
    person: str = ""
    """Uid of who was looked at last."""
    camera: str = ""
    """The one that was looked at last."""
    selected_camera: str = ""
    """Under the cursor of the floor."""

    @property
    def now_utc_ns(self) -> int:
        """The console's clock."""
        return self.ports.clock()

    @property
    def zone(self) -> ZoneInfo:
        """In which times are shown."""
        return self.state.settings.gym.zone

    def clock_text(self, at_utc_ns: int, *, seconds: bool = False) -> str:
        """Time of day as this gym's staff read it."""
        return times.clock(at_utc_ns, self.zone, twelve=self.memory.twelve_hours, seconds=seconds)


class OpenPerson(Message):
    """Show somebody; ``uid`` as in ``LivePerson.person``."""

    def __init__(self, uid: str) -> None:
        super().__init__()
        self.uid = uid


class OpenCamera(Message):
    """Show a camera."""

    def __init__(self, camera: str) -> None:
        super().__init__()
        self.camera = camera


class AddCamera(Message):
    """Open the form for a new camera."""

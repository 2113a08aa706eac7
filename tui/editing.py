"""What the console asks of whoever edits gym.toml and tries cameras; it knows no file itself."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from core.settings import Settings

Options = Mapping[str, Any]
"""Options of a camera as gym.toml has them: texts, numbers, true and false; durations are texts such as ``"5s"``."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A small picture to show and forget."""

    width: int
    height: int
    rgb: bytes
    """height x width x 3 bytes, from the top left."""


@dataclass(frozen=True, slots=True)
class CameraTrial:
    """What a camera gave when it was tried."""

    width: int
    height: int
    frames_per_second: float
    """0 if it gave one frame only."""
    first_frame_after_s: float
    delay_s: float
    people: int | None
    """Most people at a time; None if nobody looked for them."""
    people_trouble: str = ""
    """Why nobody looked for people."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    picture: Picture | None = None
    """What it saw last, masked as in the file."""


class GymEditor(Protocol):
    """Edits cameras of gym.toml, keeping its remarks and order.

    All may block for some seconds, so they belong in a thread. Every edit raises ``SpotterError`` with what is wrong,
    and then has changed nothing.
    """

    def settings(self) -> Settings:
        """What the file says now, secrets as ``${NAME}``; raises ``ConfigError``."""
        ...

    def options(self, camera: str) -> dict[str, Any]:
        """What the file says of a camera, without its zones; the source without user and password."""
        ...

    def problems(self, options: Options, camera: str | None) -> dict[str, str]:
        """What would be wrong with these options, by option; ``""`` for what is about no single one.

        ``camera`` is the one to change, None for a new one. Options left out stay as the file has them.
        """
        ...

    def warnings(self, options: Options) -> dict[str, str]:
        """What is allowed and unwise, by option, such as a password that would stand in the file."""
        ...

    def add(self, options: Options) -> None:
        """Add a camera, ``id`` and ``source`` among its options."""
        ...

    def change(self, camera: str, options: Options, leave_out: Collection[str] = ()) -> None:
        """Give a camera these options, and leave out others."""
        ...

    def enable(self, camera: str, *, enabled: bool) -> None:
        """Pause a camera, or let it go on."""
        ...

    def remove(self, camera: str) -> None:
        """Remove a camera with its zones; what was recorded of it stays."""
        ...

    def zones(self, camera: str) -> list[dict[str, Any]]:
        """What the file says of a camera's zones, in its order."""
        ...

    def zone_problems(self, camera: str, options: Options, name: str | None) -> dict[str, str]:
        """What would be wrong with a zone, by option; ``""`` for what is about no single one.

        ``name`` is the one to change as the file has it, None for a new one. Options left out stay as they are.
        """
        ...

    def add_zone(self, camera: str, options: Options) -> None:
        """Add a zone, ``name`` and ``polygon`` among its options."""
        ...

    def change_zone(self, camera: str, name: str, options: Options, leave_out: Collection[str] = ()) -> None:
        """Give a zone these options, and leave out others."""
        ...

    def remove_zone(self, camera: str, name: str) -> None:
        """Remove a zone; what was recorded of it stays."""
        ...

    def try_out(
        self, options: Options, camera: str | None, tell: Callable[[str], None], stopped: Callable[[], bool]
    ) -> CameraTrial:
        """Open a camera for a few seconds as it would be with these options, without saving anything.

        ``tell`` is given what is being done, in words; ends within a second when ``stopped`` says so.

        :raises SourceError: if it gives no frames, with the reason
        :raises SpotterError: if the options are wrong, or it was stopped
        """
        ...

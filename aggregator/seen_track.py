"""What the aggregator remembers of one track: when and where it was seen, in which clothes, and whose it is."""

from collections import deque
from dataclasses import dataclass, field

from aggregator.clothing import Clothing, blended, likeness, unpacked
from aggregator.floor_plan import Place
from core.messages import ObservedPerson, Relative, TrackRef

CELL_NS = 250_000_000
"""Places are kept on a grid of time that all cameras share, so that they can be compared. Coarser blurs a walk, finer
than a slow camera's frames leaves holes."""
KEPT_CELLS = 60
FILLED_CELLS = 4
"""A hole of at most this many cells is bridged by a straight line; longer ones stay open."""
CLOTHING_WEIGHT = 0.2


@dataclass(slots=True)
class Cell:
    """The mean place in one cell of time."""

    number: int
    """Of the cell since 1970."""
    place: Place
    looks: int = 1


@dataclass(slots=True, eq=False)
class SeenTrack:
    """One track of one camera."""

    who: TrackRef
    started_utc_ns: int
    last_utc_ns: int
    frames: int = 0
    ended: bool = False
    counted: bool = False
    """It holds a set with a repetition or a hold."""
    training: bool = False
    """It is in the middle of a set, as of the last frame."""
    person: str = ""
    decision: int = 0
    since_utc_ns: int = 0
    """Where it went over from another body; 0 for a track that is one body's from its start."""
    by_staff: bool = False
    joined_utc_ns: int = 0
    """When it came to its person, in the cameras' time."""
    feet: Relative | None = None
    body: float = 0.0
    """Height of the box in the picture, relative; the longer side of it for who lies."""
    aspect: float = 16 / 9
    """Width over height of the picture."""
    clothing: Clothing | None = None
    cells: deque[Cell] = field(default_factory=lambda: deque(maxlen=KEPT_CELLS))
    parted_utc_ns: int = 0
    """Since when it is elsewhere than the rest of its person; 0 while it is not."""
    refused: dict[str, int] = field(default_factory=dict)
    """People from whom it has parted, and until when it does not join them again."""

    @property
    def lived_ns(self) -> int:
        """From the first frame to the last."""
        return self.last_utc_ns - self.started_utc_ns

    @property
    def place(self) -> Place | None:
        """Where it was last on the floor plan."""
        return self.cells[-1].place if self.cells else None

    def began(self, at_utc_ns: int) -> None:
        """It is heard that the track began at this time, perhaps before its first observation."""
        if not self.since_utc_ns:
            self.started_utc_ns = min(self.started_utc_ns, at_utc_ns)

    def see(self, person: ObservedPerson, at_utc_ns: int, aspect: float) -> None:
        """Take one frame; one that is not later than the last shows nothing new."""
        if at_utc_ns <= self.last_utc_ns and self.frames:
            return
        self.last_utc_ns = at_utc_ns
        self.frames += 1
        self.aspect = aspect
        self.training = bool(person.exercise)
        self.counted = self.counted or person.reps > 0
        left, top, right, bottom = person.box
        self.body = max(bottom - top, (right - left) * aspect)
        if person.feet is not None:
            self.feet = person.feet
        if person.clothing is not None:
            colours = unpacked(person.clothing)
            if colours is not None:
                self.clothing = blended(self.clothing, colours, CLOTHING_WEIGHT)

    def stand(self, place: Place, at_utc_ns: int) -> None:
        """Remember where it was on the floor plan."""
        number = at_utc_ns // CELL_NS
        if not self.cells:
            self.cells.append(Cell(number, place))
            return
        last = self.cells[-1]
        if number < last.number:
            return
        if number == last.number:
            last.looks += 1
            last.place = between(last.place, place, 1 / last.looks)
            return
        steps = number - last.number
        if steps <= FILLED_CELLS:
            for step in range(1, steps):
                self.cells.append(Cell(last.number + step, between(last.place, place, step / steps)))
        self.cells.append(Cell(number, place))

    def shift(self, step_ns: int) -> None:
        """Follow a camera whose wall clock was set by so much; places of before are no longer at the others' times."""
        self.started_utc_ns += step_ns
        self.last_utc_ns += step_ns
        self.joined_utc_ns += step_ns
        self.parted_utc_ns = 0
        self.refused.clear()
        self.cells.clear()

    def overlaps(self, other: "SeenTrack", at_most_ns: int) -> bool:
        """Whether both were there at once for longer than this."""
        shared = min(self.last_utc_ns, other.last_utc_ns) - max(self.started_utc_ns, other.started_utc_ns)
        return shared > at_most_ns

    def likeness(self, other: "SeenTrack") -> float | None:
        """How alike both are dressed, 0-1."""
        return likeness(self.clothing, other.clothing)


def between(one: Place, two: Place, share: float) -> Place:
    """The place on the way from one to the other; ``share`` 0 is the first."""
    rest = 1 - share
    return Place(
        rest * one.x + share * two.x,
        rest * one.y + share * two.y,
        rest * one.xx + share * two.xx,
        rest * one.xy + share * two.xy,
        rest * one.yy + share * two.yy,
    )

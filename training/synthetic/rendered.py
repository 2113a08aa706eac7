"""Tracks of drawn people seen by our own pose path: BlazePose's own errors, at the price of drawing every frame."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from core.frame import Frame
from ingest.rehearsal.mannequin import Look
from ingest.rehearsal.raster import Box, Capsule, Colour, Solid
from ingest.rehearsal.scenery import Bounds
from ingest.rehearsal.skeleton import heading_matrix
from ingest.rehearsal.view import View, Visible
from training.dataset.landmarks import Track
from training.synthetic.cameras import SECTOR_NAMES, Sight, sight
from training.synthetic.movement import BAR_M
from training.synthetic.timeline import Life, life
from workers.people.finder import PeopleFinder, open_finder
from workers.people.tracked import TrackedPerson

Array = NDArray[np.float64]

LEAST_PX = 150.0
"""Height of a standing person in the picture; of smaller ones the network sees little that is true."""
_SIZES = ((400, 300), (480, 360), (360, 480), (426, 320))
_NEAR = 0.35
"""Mean distance of found from true joints, of the body's extent, beyond which it is somebody or something else."""
_LEAST_FRAMES = 24
_JOINTS = np.array([11, 12, 23, 24, 25, 26, 27, 28])
_SKINS: tuple[Colour, ...] = ((140, 172, 222), (120, 150, 205), (90, 120, 175), (60, 85, 130), (45, 62, 96))
_HAIRS: tuple[Colour, ...] = ((32, 42, 62), (20, 22, 26), (70, 110, 150), (120, 130, 140), (40, 60, 110))


@dataclass(frozen=True, slots=True)
class _Seen:
    number: int
    time_s: float
    person: TrackedPerson


def rendered_track(
    kind: str,
    seed: tuple[int, ...],
    *,
    seconds: float = 12.0,
    fps: float = 10.0,
    sectors: tuple[str, ...] = SECTOR_NAMES,
) -> Track | None:
    """A track of somebody who does one of ``timeline.CLASSES``, None where the pose path does not follow them.

    The same for the same seed, on one machine. Raises ModelError if the network's weights are missing.
    """
    rng = np.random.default_rng((*seed, 7))
    person = life(kind, rng, seconds)
    size = _SIZES[int(rng.integers(len(_SIZES)))]
    view = sight(rng, fps, sectors, size=size, least_px=LEAST_PX, middle_m=person.middle_m, close=person.close_ups)
    found = _followed(person, view, rng, round(seconds * fps))
    if len(found) < _LEAST_FRAMES:
        return None
    name = f"rendered/{kind}/{'-'.join(map(str, seed))}"
    return Track(
        source=name,
        group=name,
        person=1,
        frames=np.array([each.number for each in found], np.int32),
        times=np.array([each.time_s for each in found]),
        labels=tuple(person.label(each.time_s) for each in found),
        landmarks=np.stack([each.person.landmarks for each in found]).astype(np.float32),
        world=np.stack([each.person.world for each in found]).astype(np.float32),
        view=view.view,
        synthetic=True,
        width=view.camera.width,
        height=view.camera.height,
    )


@cache
def _finder() -> PeopleFinder:
    """One for all tracks of a process; models take seconds to load."""
    return open_finder()


def _followed(person: Life, view: Sight, rng: np.random.Generator, frames: int) -> list[_Seen]:
    """The drawn person in every frame in which the pose path has them."""
    finder = _finder()
    finder.restart()
    picture = View(view.camera, int(rng.integers(1 << 30)), _room(rng), _furniture(person, view.heading),
                   float(rng.uniform(0.65, 1.15)))  # fmt: skip
    look = _look(rng)
    found = []
    for number in range(frames):
        time_s = number / view.camera.fps
        visible = _visible(person, view, look, time_s)
        if float(view.camera.seen(visible.body.landmarks)[:, 2].min()) < 0.4:
            # Who walks past the camera is gone.
            break

        def at(after_s: float, now_s: float = time_s) -> list[Visible | None]:
            return [_visible(person, view, look, max(0.0, now_s + after_s))]

        pixels, truth = picture.draw([visible], at=at)
        people = finder.update(Frame(pixels, round(time_s * 1e9), number))
        own = _own(people, truth["landmarks"][0])
        if own is not None:
            found.append(_Seen(number, time_s, own))
    return found


def _visible(person: Life, view: Sight, look: Look, time_s: float) -> Visible:
    body, held = person.body(time_s, view.heading)
    return Visible(body, person.style.build, look, held)


def _own(people: list[TrackedPerson], true: NDArray[np.float32]) -> TrackedPerson | None:
    """Whoever was found where the drawn person is."""
    extent = max(1.0, float(np.ptp(true[11:29], axis=0).max()))
    best, least = None, _NEAR
    for each in people:
        apart = float(np.linalg.norm(each.landmarks[_JOINTS, :2] - true[_JOINTS], axis=1).mean()) / extent
        if apart < least:
            best, least = each, apart
    return best


def _room(rng: np.random.Generator) -> Bounds:
    """Walls behind every usual place of the camera and of the person."""
    return Bounds(
        west_m=-float(rng.uniform(4, 9)),
        east_m=float(rng.uniform(4, 9)),
        south_m=-9.0,
        north_m=float(rng.uniform(2.2, 6)),
        height_m=float(rng.choice([2.9, 3.5, 1000.0])),
        brightest_m=(float(rng.uniform(-2, 2)), float(rng.uniform(-3, 2))),
    )


def _look(rng: np.random.Generator) -> Look:
    def cloth() -> Colour:
        blue, green, red = (int(each) for each in rng.integers(20, 235, 3))
        grey = (blue + green + red) // 3
        # Clothes are seldom of a pure colour.
        return (blue + grey) // 2, (green + grey) // 2, (red + grey) // 2

    skin = _SKINS[int(rng.integers(len(_SKINS)))]
    return Look(skin, _HAIRS[int(rng.integers(len(_HAIRS)))], cloth(), cloth(), cloth())


def _furniture(person: Life, heading: float) -> tuple[Solid, ...]:
    """What the body rests on or hangs from."""
    movement = person.movement
    turned = heading_matrix(heading)
    if movement is None:
        return ()
    if movement.anchor == "bar":
        ends = [turned @ np.array([x, 0.0, BAR_M + 0.08]) for x in (-0.7, 0.7)]
        return (Capsule(ends[0], ends[1], 0.017, 0.017, (74, 70, 66)),)
    if movement.anchor != "pelvis" or movement.seat_m < 0.2:
        return ()
    lies = movement.base.get("pitch", 0.0) < -30
    length, middle = (1.3, -0.42) if lies else (0.4, -0.05)
    top = movement.seat_m - 0.005
    centre = turned @ np.array([0.0, middle, top - 0.05])
    leg = turned @ np.array([0.0, middle, (top - 0.1) / 2])
    return (
        Box(centre, turned, (0.15, length / 2, 0.05), (42, 42, 60)),
        Box(leg, turned, (0.05, length / 2.6, (top - 0.1) / 2), (52, 46, 44)),
    )

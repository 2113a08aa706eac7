"""Where the camera of a synthetic track stands, and which way the person in front of it faces; chance within bounds.

Gym cameras look down from above head height, phones stand on the floor or are held at the chest; both are here.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError
from ingest.rehearsal.camera import Camera

Array = NDArray[np.float64]

SECTORS = 8
_SECTOR = 360.0 / SECTORS
_SIZES = ((640, 480), (640, 480), (640, 360), (854, 480), (480, 640), (480, 854), (480, 480), (320, 240))
_LIES_BELOW_M = 0.7
MIDDLE_M = 0.85
"""Height that cameras look at, about: the hips of who stands."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A camera, and the person before it."""

    camera: Camera
    roll: float
    """Of the picture, degrees."""
    heading: float
    """Of the person in the room, degrees."""
    view: str
    """Yaw sector of the person as the camera sees them: 0 faces the camera, 90 shows the right side."""


def sector_of(yaw: float) -> str:
    """Name of the sector that a yaw in degrees lies in."""
    low = int(yaw % 360.0 // _SECTOR * _SECTOR)
    return f"yaw {low}-{int(low + _SECTOR)}"


SECTOR_NAMES = tuple(sector_of(at * _SECTOR) for at in range(SECTORS))


def yaws(names: str) -> tuple[str, ...]:
    """Sectors by their names or first degrees, separated by commas; raises ConfigError for one that does not exist."""
    chosen = []
    for name in (part.strip() for part in names.split(",") if part.strip()):
        found = [
            each for each in SECTOR_NAMES if name in (each, each.removeprefix("yaw "), each.split()[1].split("-")[0])
        ]
        if not found:
            raise ConfigError(f"there is no view {name!r}; choose of {', '.join(SECTOR_NAMES)}")
        chosen += found
    if not chosen:
        raise ConfigError(f"no view is named; choose of {', '.join(SECTOR_NAMES)}")
    return tuple(dict.fromkeys(chosen))


def sight(
    rng: np.random.Generator,
    fps: float,
    sectors: tuple[str, ...],
    size: tuple[int, int] | None = None,
    least_px: float = 0.0,
    middle_m: float = MIDDLE_M,
    close: float = 0.0,
) -> Sight:
    """A camera that sees a person who is at the origin.

    :param size: of the picture, pixels; None for any usual one
    :param least_px: height in the picture that somebody who stands has at least
    :param middle_m: height of the person's middle, which cameras look at, about
    :param close: share of pictures that show the upper body alone
    """
    sector = SECTOR_NAMES.index(sectors[int(rng.integers(len(sectors)))])
    yaw = (sector + float(rng.random())) * _SECTOR
    width, height = size or _SIZES[int(rng.integers(len(_SIZES)))]
    field = float(rng.uniform(50, 90))
    distance = float(np.exp(rng.uniform(np.log(2.2), np.log(7.0))))
    up = float(np.clip(rng.normal(1.25, 0.6), 0.25, 3.0))
    if rng.random() < 0.3:
        up = float(rng.uniform(1.8, 3.2))
    middle = middle_m * float(rng.uniform(0.5, 1.15))
    # A narrow picture needs distance to hold a whole person.
    least = 1.15 / np.tan(np.radians(field / 2)) * (1.0 if height >= width else width / height)
    distance = max(distance, least * float(rng.uniform(0.72, 1.25)))
    if rng.random() < close:
        # Framed from the thighs upwards, as many film their arms, or so that legs or head of who lies are cut off.
        stands = middle_m > _LIES_BELOW_M
        distance, middle = distance * float(rng.uniform(0.5, 0.72)), middle + (0.33 if stands else 0.0)
        up = max(up, 0.9 if stands else 0.5)
    if least_px:
        distance = min(distance, 1.7 / least_px * width / 2 / np.tan(np.radians(field / 2)))
    aside = float(rng.normal(0, 0.16)) * distance * np.tan(np.radians(field / 2))
    camera = Camera((aside, -distance, up), (aside, 0.0, middle), field, width, height, fps)
    # Heading 0 looks north, away from a camera in the south.
    return Sight(camera, float(rng.normal(0, 2.2)), (180.0 + yaw) % 360.0, sector_of(yaw))

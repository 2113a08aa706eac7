"""One picture of one camera or recording, as it travels from ingest to the workers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Frame:
    """Pixels and the time at which they were taken."""

    pixels: NDArray[np.uint8]
    """(height, width, 3) uint8, BGR, upright."""
    captured_ns: int
    """Time of capture; for a recording, nanoseconds since its first frame. Strictly increasing."""
    sequence: int
    """0 for the first frame; a gap in the numbers is a gap in the recording."""

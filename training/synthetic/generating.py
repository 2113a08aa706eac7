"""Whole files of synthetic tracks: how many of which class, in several processes, the same for the same seed."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Literal

from training.dataset.landmarks import Track
from training.synthetic.cameras import SECTOR_NAMES
from training.synthetic.timeline import CLASSES

Mode = Literal["projected", "rendered"]
IDLE_SHARE, OTHER_SHARE = 4.0, 9.0
"""Idle and other tracks for each track of an exercise: half of all that happens in a gym is none of the fifteen."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a file shall hold."""

    per_class: int
    seed: int = 0
    mode: Mode = "projected"
    seconds: float = 12.0
    fps: float = 10.0
    """Of drawn tracks; computed ones have rates of 8 to 30."""
    sectors: tuple[str, ...] = SECTOR_NAMES


def counts(per_class: int) -> dict[str, int]:
    """Tracks of each of ``CLASSES``."""
    shares = {"idle": IDLE_SHARE, "other": OTHER_SHARE}
    return {kind: round(per_class * shares.get(kind, 1.0)) for kind in CLASSES}


def tasks(wish: Wish) -> list[tuple[str, int]]:
    """Class and number of every track, the classes mixed, so that the first part of a file is a small whole."""
    rows = [(number / count, kind, number) for kind, count in counts(wish.per_class).items() for number in range(count)]
    return [(kind, number) for _, kind, number in sorted(rows)]


def made(wish: Wish, task: tuple[str, int]) -> Track | None:
    """One track; None where nobody could be followed."""
    kind, number = task
    seed = (wish.seed, CLASSES.index(kind), number)
    if wish.mode == "projected":
        from training.synthetic.projected import projected_track

        return projected_track(kind, seed, seconds=wish.seconds, sectors=wish.sectors)
    from training.synthetic.rendered import rendered_track

    return rendered_track(kind, seed, seconds=wish.seconds, fps=wish.fps, sectors=wish.sectors)


def generated(wish: Wish, jobs: int = 1, done: Callable[[], None] = lambda: None) -> Iterator[Track]:
    """All tracks of a wish, in order; ``done`` is called after each."""
    for track in _mapped(partial(made, wish), tasks(wish), jobs):
        done()
        if track is not None and len(track):
            yield track


def _mapped(
    make: Callable[[tuple[str, int]], Track | None], wanted: Sequence[tuple[str, int]], jobs: int
) -> Iterator[Track | None]:
    if jobs <= 1:
        yield from map(make, wanted)
        return
    # Started afresh: a forked process would share the pose network's threads.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(make, wanted, chunksize=4)

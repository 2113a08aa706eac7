"""Tracks varied at random for training: what is done, how strongly, and in which order.

What each change does is in view.py, build.py, timing.py, hiding.py, noise.py and lag.py. All chance comes from the
generator that is given: the same generator gives the same track.
"""

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.random import Generator

from core.errors import ConfigError
from training.augment.build import PARTS, rebuilt
from training.augment.hiding import LEGS, LIMBS, LOWER_LEGS, cut_off, hidden
from training.augment.lag import lagged
from training.augment.noise import misjudged, misjudged_depth, trembling
from training.augment.timing import only, resampled, warped, without_bursts, without_frames
from training.augment.view import mirrored, seen_from
from training.dataset.landmarks import Track
from workers.exercise.pose_features import are_usable


@dataclass(frozen=True, slots=True)
class LandmarkOptions:
    """How strongly tracks are varied: each the most that is drawn, or a chance where it says so; 0 switches it off."""

    yaw_deg: float = 180.0
    """Turn of the body about the vertical, either way."""
    pitch_deg: float = 25.0
    """Height of the camera: down on the body, or up at it by a third of that."""
    roll_deg: float = 5.0
    """Turn of the picture, either way."""
    mirror: float = 0.5
    """Chance to swap left and right."""
    body_scale: float = 0.15
    """Size of the person, a share up or down."""
    limb_scale: float = 0.08
    """Length of each part of the body, a share up or down."""
    time_warp: float = 0.4
    """Pace: from 1 / (1 + this) to 1 + this."""
    slowest_fps: float = 8.0
    """Lowest frame rate that is drawn; 0 leaves rates as they are."""
    fastest_fps: float = 30.0
    """Highest frame rate that is drawn."""
    frame_drop: float = 0.3
    """Share of frames that go missing, one by one; and, in some tracks, holes of up to this many seconds."""
    hide: float = 0.3
    """Chance that a limb is not seen for a while."""
    cut_off: float = 0.1
    """Chance that lower legs or legs are outside of the picture all the time."""
    posefix: float = 0.6
    """Errors of single joints; 1 is as PoseFix has them in single pictures of crowds."""
    tremble: float = 0.02
    """Spread of landmarks about their places, torso lengths."""
    depth: float = 0.35
    """How much depth is pressed together; it is stretched by a third of that at most."""
    lag: float = 0.3
    """Chance to pass the tracker's filter (once more)."""
    untouched: float = 0.1
    """Chance that a track stays as it is."""

    def __post_init__(self) -> None:
        """Refuse what makes no sense; raises ConfigError that names it."""
        for field in fields(self):
            value = getattr(self, field.name)
            if not np.isfinite(value) or value < 0:
                raise ConfigError(f"augmentation {field.name} is {value}; give 0 (off) or more")
        for name in ("mirror", "hide", "cut_off", "lag", "untouched", "frame_drop"):
            if getattr(self, name) > 1:
                raise ConfigError(f"augmentation {name} is {getattr(self, name)}; give 0 to 1")
        for name in ("body_scale", "limb_scale", "depth"):
            if getattr(self, name) >= 1:
                raise ConfigError(f"augmentation {name} is {getattr(self, name)}; give less than 1")
        if self.slowest_fps > self.fastest_fps:
            raise ConfigError("augmentation slowest_fps is above fastest_fps; give the lower rate first")

    @classmethod
    def off(cls) -> "LandmarkOptions":
        """Leave tracks as they are; ``dataclasses.replace`` switches single changes on."""
        return cls(**{field.name: 0.0 for field in fields(cls)})

    def weakened(self, share: float) -> "LandmarkOptions":
        """The same with a share 0-1 of every strength and chance; frame rates stay."""
        kept = ("slowest_fps", "fastest_fps", "untouched")
        return replace(self, **{f.name: share * getattr(self, f.name) for f in fields(self) if f.name not in kept})


class LandmarkAugmenter:
    """Gives a track as another camera, body and network might have had it; labels stay with their frames."""

    def __init__(self, options: LandmarkOptions | None = None) -> None:
        """``options``: the defaults where None."""
        self.options = options or LandmarkOptions()

    def augment(self, track: Track, rng: Generator) -> Track:
        """A new track; the given one is not changed.

        Frames with landmarks that are no numbers are left out, because nothing can be learned from them; finite
        numbers stay finite.
        """
        usable = only(track, are_usable(track.landmarks, track.world))
        if not len(usable) or rng.random() < self.options.untouched:
            return track
        track = usable
        for change in (self._body, self._view, self._time, self._sight, self._errors):
            track = change(track, rng)
        return track

    def _body(self, track: Track, rng: Generator) -> Track:
        most = self.options
        if not most.body_scale and not most.limb_scale:
            return track
        size = _factor(most.body_scale, rng)
        return rebuilt(track, {part: size * _factor(most.limb_scale, rng) for part in PARTS})

    def _view(self, track: Track, rng: Generator) -> Track:
        most = self.options
        if most.yaw_deg or most.pitch_deg or most.roll_deg:
            track = seen_from(
                track,
                rng.uniform(-most.yaw_deg, most.yaw_deg),
                rng.uniform(-most.pitch_deg / 3, most.pitch_deg),
                rng.uniform(-most.roll_deg, most.roll_deg),
            )
        return mirrored(track) if rng.random() < most.mirror else track

    def _time(self, track: Track, rng: Generator) -> Track:
        most = self.options
        if most.time_warp:
            track = warped(track, 1 / (1 + most.time_warp), 1 + most.time_warp, rng)
        if most.slowest_fps:
            track = resampled(track, rng.uniform(most.slowest_fps, most.fastest_fps), rng.random())
        if most.frame_drop:
            # Most tracks lose few frames, some many.
            track = without_frames(track, most.frame_drop * rng.random() ** 3, rng)
            if rng.random() < most.frame_drop:
                track = without_bursts(track, int(rng.integers(1, 4)), most.frame_drop, rng)
        return track

    def _sight(self, track: Track, rng: Generator) -> Track:
        most = self.options
        if rng.random() < most.cut_off:
            track = cut_off(track, LEGS if rng.random() < 0.5 else LOWER_LEGS, rng.random(), rng)
        if rng.random() < most.hide:
            names = list(LIMBS)
            chosen = LEGS if rng.random() < 0.2 else (names[int(rng.integers(len(names)))],)
            start = rng.uniform(track.times[0], track.times[-1])
            end = start + rng.uniform(0.3, 3.0)
            for limb in chosen:
                track = hidden(track, limb, start, end, rng)
        return track

    def _errors(self, track: Track, rng: Generator) -> Track:
        most = self.options
        if most.posefix:
            track = misjudged(track, most.posefix * rng.random(), rng)
        if most.tremble:
            track = trembling(track, most.tremble * rng.random(), rng)
        if most.depth:
            track = misjudged_depth(track, rng.uniform(1 - most.depth, 1 + most.depth / 3))
        return lagged(track) if rng.random() < most.lag else track


def _factor(share: float, rng: Generator) -> float:
    return float(rng.uniform(1 - share, 1 + share))

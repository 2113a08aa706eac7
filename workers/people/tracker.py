"""Who is who from frame to frame: tracks, their identities, duplicates, losses and returns.

Owns the numbers of the people of one camera or recording. A track's next region comes from its own last landmarks, so
nothing has to be matched while all goes well; this file deals with what goes wrong: a region that slides onto
somebody else, two regions on one person, a person who is hidden or leaves and comes back. Knows no model and searches
nothing; pixels are only read for the colour of clothes.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workers.people.appearance import blend, clothing, likeness
from workers.people.hiding import is_near
from workers.people.oks import COCO_POINTS, duplicates, oks
from workers.people.track import (
    CLEAR_PRESENCE,
    CLEAR_REGION_PX,
    CLEAR_VISIBILITY,
    DOUBTFUL_PRESENCE,
    DOUBTFUL_STEADINESS,
    SURE_PRESENCE,
    SURE_STEADINESS,
    TRAIL_S,
    UPSIDE_DOWN,
    Track,
    continuity,
    distance,
    dressed,
    gain_by_exchange,
    in_contact,
    is_plausible,
    is_sound,
    shape_likeness,
    share,
    stack,
    standing,
)
from workers.pose.pose import Pose, Region


@dataclass(frozen=True, slots=True)
class TrackerOptions:
    """Thresholds of the tracker; the defaults suit 10 to 60 frames a second."""

    keep_presence: float = 0.5
    """Below this a track has lost its person (MediaPipe's own threshold). Higher drops people who are partly hidden."""
    start_presence: float = 0.7
    """To start a track. Lower starts tracks on chairs and machines; higher misses people who lie."""
    confirm_frames: int = 3
    """Frames until a person that the model is sure of is believed. Fewer reports ghosts; more loses a clip's start."""
    confirm_doubtful_frames: int = 9
    """Frames until a skeleton that is present and steady, but not as clearly, is believed."""
    tentative_s: float = 1.5
    """A track that is not confirmed within this time ends."""
    lost_buffer_s: float = 10.0
    """How long a lost person may come back as the same one. People stay at their station; who is away longer may well
    be somebody else in the same place."""
    duplicate_oks: float = 0.5
    """Two skeletons more alike than this are one person. Two people half a metre apart stay below 0.1; two regions on
    one person give above 0.7 (measured; docs/people.md)."""
    alike_clothing: float = 0.7
    """Below this the clothes are another person's."""
    max_people: int = 16
    """Landmarks are paid per person; the oldest tracks are kept."""


ON_ANOTHER = 0.65
"""Share of a skeleton's points on another's body from which on it is a second reading of that person. Mistaken
readings gave .69 to 1, people half a metre apart stay below .5."""

BETTER = 0.15
"""By how much a second reading must stand better to replace the first; less makes the two alternate."""

MERGE_FRAMES = 5
"""In which two believed tracks must lie on one body, in the same clothes, to be one person; people who cross do so for
less, or in other clothes."""

KEEP_MEAN_PRESENCE = 0.65
"""Of the presence averaged over about ten frames. A person's dips for a few frames, a ghost's flickers for good."""
PRESENCE_WEIGHT = 0.1

JUMP = 0.3
"""Of the region's side, 0.7 m: no hip moves as far within two frames, a region that slides onto a neighbour does."""
JUMP_SCALE = 1.5
JUMP_GAP_S = 0.15

RETRY_S = (0.0, 0.04, 0.08, 0.2, 0.4, 0.8)
"""After a loss, when to try the last good region again: a blurred moment then costs one frame and no search."""

SAME_PLACE = 0.35
"""Of the region's side: who appears this close to where somebody was lost a moment ago is that person."""
WALKING = 0.8
"""Region sides per second, 1.8 m/s: how far the lost may have gone."""
SCALE_CHANGE = 1.7
"""Nobody grows or shrinks more than this in the picture while away for seconds."""

MEMORY_PER_FRAME_S = 0.15
"""Who was seen in a few frames only is remembered for a short time only: it may have been a ghost."""

CLOTHING_EVERY_S = 0.4
CLOTHING_WEIGHT = 0.15
UNMIX_FRAMES = 5
EXCHANGE_GAIN = 0.08
"""By how much the clothes must fit better the other way round, summed over both people, to exchange their numbers.
Looks at one person differ by about 0.03, people in similar dark clothes by 0.1 and more."""

APART_OKS = 0.15
"""Below this two skeletons are certainly two people's; between this and a duplicate one may be sliding to the other."""
MIX_OKS = 0.3


class Tracker:
    """Tracks of one camera or recording; numbers count from 1 and are never used twice by one instance."""

    def __init__(self, options: TrackerOptions | None = None) -> None:
        self._options = options or TrackerOptions()
        self._live: list[Track] = []
        self._lost: list[Track] = []
        self._retried: list[Track] = []
        self._mixed: dict[tuple[int, int], list[float]] = {}
        self._keys = 0
        self._numbers = 0

    @property
    def live(self) -> Sequence[Track]:
        """Tracks seen in the last frame, confirmed or not."""
        return self._live

    @property
    def lost(self) -> Sequence[Track]:
        """Confirmed tracks that may come back."""
        return self._lost

    def people(self) -> list[Track]:
        """Confirmed tracks seen in the last frame, in the order of their numbers."""
        return sorted((t for t in self._live if t.number is not None), key=lambda t: t.number or 0)

    def targets(self, now_s: float) -> list[Track]:
        """Whose regions to estimate landmarks in, in this frame: each live track, then retries of lost ones."""
        self._retried = []
        for track in self._lost:
            if track.lost_s is None or track.after_cut or track.retries >= len(RETRY_S):
                continue
            if now_s - track.lost_s >= RETRY_S[track.retries]:
                track.retries += 1
                self._retried.append(track)
        return [*self._live, *self._retried]

    def neighbours(self, region: Region, track: Track | None = None) -> list[Pose]:
        """The confirmed people, other than ``track``, who are close enough to be taken for whoever is in a region."""
        return [
            other.pose
            for other in self._live
            if other is not track and other.number is not None and is_near(region, other.region)
        ]

    def advance(self, pixels: NDArray[np.uint8], now_s: float, poses: Sequence[Pose]) -> None:
        """Take the poses of :meth:`targets`, in their order, of a frame (height, width, 3) uint8 BGR."""
        live, self._live = self._live, []
        for track, pose in zip(live, poses, strict=False):
            if self._holds(track, pose, now_s, pixels):
                self._see(track, pose, now_s)
                self._live.append(track)
            else:
                self._lose(track, now_s)
        for track, pose in zip(self._retried, poses[len(live) :], strict=True):
            free = self._may_start(pose, pixels) and not self.is_taken(pose) and not self._lies_on_someone(pose)
            if free and self._returns(track, pose, pixels, now_s):
                self._bring_back(track, pose, now_s)
        self._settle(pixels, now_s)

    def assign(self, pixels: NDArray[np.uint8], now_s: float, poses: Sequence[Pose]) -> None:
        """Take all poses of a frame, in any order, from a backend that finds people by itself."""
        # Imported here: it takes longer than everything else, and only this backend needs it.
        from scipy.optimize import linear_sum_assignment

        live, self._live = self._live, []
        free = list(range(len(poses)))
        if live and poses:
            alike = oks(*stack([t.pose for t in live]), *stack(poses))
            near = np.array([[distance(t.region, p.next_region) for p in poses] for t in live])
            for i, j in zip(*linear_sum_assignment(near - alike), strict=True):
                if near[i, j] < JUMP and self._holds(live[i], poses[j], now_s, pixels):
                    self._see(live[i], poses[j], now_s)
                    self._live.append(live[i])
                    free.remove(int(j))
        kept = {track.key for track in self._live}
        for track in live:
            if track.key not in kept:
                self._lose(track, now_s)
        self._settle(pixels, now_s)
        self.propose(pixels, now_s, [poses[j] for j in free])

    def is_taken(self, pose: Pose) -> bool:
        """Whether a pose shows somebody who is tracked already."""
        if not self._live:
            return False
        alike = oks(*stack([pose]), *stack([t.pose for t in self._live]))
        return bool(alike.max() >= self._options.duplicate_oks)

    def explains(self, region: Region) -> bool:
        """Whether a detected region is that of a live track, so that no landmarks need to be estimated in it.

        Half a metre between two people is 0.22 of a region.
        """
        return any(
            distance(track.region, region) < 0.12
            and abs(math.log(region.size / track.size_px)) < 0.35
            and abs(math.remainder(region.rotation - track.region.rotation, 2 * math.pi)) < math.pi / 3
            for track in self._live
        )

    def propose(self, pixels: NDArray[np.uint8], now_s: float, poses: Sequence[Pose]) -> int:
        """Take poses that were found by searching; returns how many of them are people not tracked so far."""
        before = len(self._live)
        for pose in sorted(poses, key=lambda p: -p.presence):
            if len(self._live) >= self._options.max_people:
                break
            if not self._may_start(pose, pixels) or self.is_taken(pose) or self._rereads(pose):
                continue
            lost = self._best_lost(pose, pixels, now_s)
            if lost is not None:
                self._bring_back(lost, pose, now_s)
                continue
            self._start(pose, now_s)
        self._promote(pixels, now_s)
        return len(self._live) - before

    def cut(self, now_s: float) -> None:
        """End all tracks: the recording was cut. A person in the same place and clothes is the same afterwards."""
        for track in self._live:
            self._lose(track, now_s)
            track.after_cut = True
        self._live = []

    # Below: one track

    def _holds(self, track: Track, pose: Pose, now_s: float, pixels: NDArray[np.uint8]) -> bool:
        if pose.presence < self._options.keep_presence or not is_sound(pose, pixels.shape):
            return False
        if track.number is not None and track.presence < KEEP_MEAN_PRESENCE:
            return False
        jumped = distance(track.region, pose.next_region) > JUMP
        grown = abs(math.log(pose.next_region.size / track.size_px)) > math.log(JUMP_SCALE)
        if (jumped or grown) and now_s - track.seen_s <= JUMP_GAP_S and track.clothing is not None:
            alike = likeness(track.clothing, clothing(pixels, pose.landmarks))
            return alike is None or alike >= self._options.alike_clothing
        return True

    @staticmethod
    def _see(track: Track, pose: Pose, now_s: float) -> None:
        track.hits += 1
        if track.number is None:
            track.steadiness += (shape_likeness(track.pose, pose) - track.steadiness) / (track.hits - 1)
            # The first region is the detector's and lies less well than those that follow from the landmarks.
            track.presence += (pose.presence - track.presence) / (track.hits - 1)
        else:
            track.presence += PRESENCE_WEIGHT * (pose.presence - track.presence)
        track.pose, track.region, track.seen_s = pose, pose.next_region, now_s
        track.lost_s, track.after_cut, track.retries = None, False, 0

    def _lose(self, track: Track, now_s: float) -> None:
        if track.number is None:
            return
        track.lost_s = now_s
        track.retries = 0
        track.region = track.pose.next_region
        self._lost.append(track)

    def _bring_back(self, track: Track, pose: Pose, now_s: float) -> None:
        self._lost.remove(track)
        self._see(track, pose, now_s)
        track.smoother.reset()
        track.doubled = 0
        track.trail = deque([(now_s, pose)])
        self._live.append(track)

    def _may_start(self, pose: Pose, pixels: NDArray[np.uint8]) -> bool:
        return pose.presence >= self._options.start_presence and is_sound(pose, pixels.shape) and is_plausible(pose)

    def _start(self, pose: Pose, now_s: float) -> None:
        self._keys += 1
        track = Track(self._keys, pose, pose.next_region, started_s=now_s, seen_s=now_s, presence=pose.presence)
        track.trail.append((now_s, pose))
        self._live.append(track)

    def _lies_on_someone(self, pose: Pose) -> bool:
        return any(share(pose, track.pose) >= ON_ANOTHER for track in self._live)

    def _rereads(self, pose: Pose) -> bool:
        """Whether a pose is a second reading of a tracked person; a clearly better one replaces the track's."""
        for track in self._live:
            if max(share(pose, track.pose), share(track.pose, pose)) < ON_ANOTHER:
                continue
            if standing(pose) > standing(track.pose) + BETTER:
                track.pose, track.region = pose, pose.next_region
                track.smoother.reset()
            return True
        return False

    def _returns(self, track: Track, pose: Pose, pixels: NDArray[np.uint8], now_s: float) -> bool:
        """Whether the person in ``pose`` can be the one lost in ``track``, by place, speed, size and clothes."""
        away_s = now_s - track.seen_s
        away = distance(track.region, pose.next_region)
        scale = abs(math.log(pose.next_region.size / track.size_px))
        if scale > math.log(SCALE_CHANGE) or away > SAME_PLACE + WALKING * away_s:
            return False
        # Whoever mixed with a person who is still followed may come back in that one's clothes; see _unmix.
        worn = [
            track.clothing,
            *(other.clothing for other in self._live if self._mixed.get(_pair(track, other)) is not None),
        ]
        now = clothing(pixels, pose.landmarks)
        fits = [fit for cloth in worn if cloth is not None and (fit := likeness(cloth, now)) is not None]
        if not fits:
            return not track.after_cut and away < SAME_PLACE
        alike = max(fits)
        return alike >= self._options.alike_clothing and (away < SAME_PLACE or not track.after_cut)

    def _best_lost(self, pose: Pose, pixels: NDArray[np.uint8], now_s: float) -> Track | None:
        back = [track for track in self._lost if self._returns(track, pose, pixels, now_s)]
        return min(back, key=lambda track: distance(track.region, pose.next_region), default=None)

    # Below: all tracks

    def _settle(self, pixels: NDArray[np.uint8], now_s: float) -> None:
        longest_s = self._options.lost_buffer_s
        self._lost = [t for t in self._lost if now_s - t.seen_s <= min(longest_s, 0.5 + t.hits * MEMORY_PER_FRAME_S)]
        self._live = [t for t in self._live if t.number is not None or now_s - t.started_s <= self._options.tentative_s]
        self._part_duplicates(pixels, now_s)
        self._part_readings(now_s)
        self._merge_readings(pixels, now_s)
        self._unmix(pixels)
        self._remember(pixels, now_s)
        self._promote(pixels, now_s)

    def _part_duplicates(self, pixels: NDArray[np.uint8], now_s: float) -> None:
        if len(self._live) < 2:
            return
        tracks, gone = list(self._live), set[int]()
        for i, j, _ in duplicates(*stack([t.pose for t in tracks]), self._options.duplicate_oks):
            one, two = tracks[i], tracks[j]
            if one.key in gone or two.key in gone:
                continue
            self._mix(one, two)
            loser = two if self._owner(one, two, pixels, now_s) is one else one
            gone.add(loser.key)
            self._live.remove(loser)
            if loser.trail and loser.number is not None:
                # Where the person was before the region slid away is where to look for him again.
                loser.pose = loser.trail[-1][1]
            self._lose(loser, now_s)

    def _part_readings(self, now_s: float) -> None:
        """Drop what turned out to be a second reading of a person while both were followed."""
        for track in [t for t in self._live if t.number is None or t.presence < SURE_PRESENCE]:
            for other in self._live:
                if other is track or share(track.pose, other.pose) < ON_ANOTHER:
                    continue
                if (other.number is not None, standing(other.pose)) > (
                    track.number is not None,
                    standing(track.pose),
                ):
                    self._live.remove(track)
                    self._lose(track, now_s)
                    break

    def _merge_readings(self, pixels: NDArray[np.uint8], now_s: float) -> None:
        """Merge two believed tracks that read one person differently, for example one of them upside down."""
        believed = sorted(self.people(), key=lambda track: -track.hits)
        for i, older in enumerate(believed):
            for younger in believed[i + 1 :]:
                if not in_contact(older, younger) or older not in self._live or younger not in self._live:
                    continue
                lies_on = max(share(older.pose, younger.pose), share(younger.pose, older.pose)) >= ON_ANOTHER
                dress = likeness(clothing(pixels, older.pose.landmarks), clothing(pixels, younger.pose.landmarks))
                same = lies_on and (dress is None or dress >= self._options.alike_clothing)
                younger.doubled = younger.doubled + 1 if same else max(younger.doubled - 1, 0)
                if younger.doubled >= MERGE_FRAMES:
                    self._live.remove(younger)
                    if younger.trail and share(younger.trail[0][1], older.pose) < ON_ANOTHER:
                        # He came from elsewhere and is hidden now: no second reading, but a person to look for.
                        self._mix(older, younger)
                        self._lose(younger, now_s)
                        continue
                    if standing(younger.pose) > standing(older.pose) + BETTER:
                        older.pose, older.region = younger.pose, younger.region
                        older.smoother.reset()

    def _owner(self, one: Track, two: Track, pixels: NDArray[np.uint8], now_s: float) -> Track:
        """Whose person two alike tracks show: a confirmed track's, else by movement and clothes, else the older's."""
        if (one.number is None) != (two.number is None):
            return one if one.number is not None else two
        older, younger = (one, two) if one.started_s <= two.started_s else (two, one)
        now = clothing(pixels, older.pose.landmarks)
        claims = [continuity(track, now_s) + dressed(track, now) for track in (older, younger)]
        return younger if claims[1] > claims[0] + 0.15 else older

    def _remember(self, pixels: NDArray[np.uint8], now_s: float) -> None:
        """Keep the trail of everyone whose skeleton is apart from the others, and the clothes of who is not hidden."""
        closest = self._closest()
        for track, alike in zip(self._live, closest, strict=True):
            if alike < APART_OKS:
                track.trail.append((now_s, track.pose))
                while track.trail[0][0] < now_s - TRAIL_S:
                    track.trail.popleft()
            if now_s - track.clothed_s < CLOTHING_EVERY_S and track.clothing is not None:
                continue
            if self._is_mixed(track) or any(in_contact(track, other) for other in self._live):
                continue
            seen = clothing(pixels, track.pose.landmarks)
            track.clothing = seen if track.clothing is None else blend(track.clothing, seen, CLOTHING_WEIGHT)
            track.clothed_s = now_s

    def _closest(self) -> list[float]:
        """Per live track, the OKS with the track most like it; notes who mixed with whom on the way."""
        if len(self._live) < 2:
            return [0.0] * len(self._live)
        everyone = stack([t.pose for t in self._live])
        alike = oks(*everyone, *everyone)
        np.fill_diagonal(alike, 0.0)
        for i, j in zip(*np.nonzero(np.triu(alike >= MIX_OKS)), strict=True):
            self._mix(self._live[i], self._live[j])
        return [float(row.max()) for row in alike]

    def _mix(self, one: Track, two: Track) -> None:
        """Note that two people's skeletons came so close that either may have gone on with the other's body."""
        if one.number is not None and two.number is not None:
            self._mixed.setdefault(_pair(one, two), [])

    def _is_mixed(self, track: Track) -> bool:
        return any(track.key in pair for pair in self._mixed)

    def _unmix(self, pixels: NDArray[np.uint8]) -> None:
        """Once two mixed people are apart again, give each the number that fits the clothes."""
        live = {track.key: track for track in self._live}
        known = live.keys() | {track.key for track in self._lost}
        self._mixed = {pair: gains for pair, gains in self._mixed.items() if known.issuperset(pair)}
        for pair, gains in list(self._mixed.items()):
            one, two = live.get(pair[0]), live.get(pair[1])
            if one is None or two is None or in_contact(one, two):
                continue
            gain = gain_by_exchange(one, two, pixels)
            if gain is not None:
                gains.append(gain)
            if gain is None or len(gains) >= UNMIX_FRAMES:
                del self._mixed[pair]
                if gains and sum(gains) / len(gains) > EXCHANGE_GAIN:
                    one.number, two.number = two.number, one.number
                    one.clothing, two.clothing = two.clothing, one.clothing

    def _is_believed(self, track: Track) -> bool:
        upright = abs(math.remainder(track.region.rotation, 2 * math.pi)) < UPSIDE_DOWN
        visibility = float(track.pose.landmarks[COCO_POINTS, 3].mean())
        plain = track.presence >= CLEAR_PRESENCE and visibility >= CLEAR_VISIBILITY
        if upright and plain and track.size_px >= CLEAR_REGION_PX:
            return True
        sure = track.presence >= SURE_PRESENCE and track.steadiness >= SURE_STEADINESS and upright
        if sure and track.hits >= self._options.confirm_frames:
            return True
        steady = track.presence >= DOUBTFUL_PRESENCE and track.steadiness >= DOUBTFUL_STEADINESS
        return steady and track.hits >= self._options.confirm_doubtful_frames

    def _promote(self, pixels: NDArray[np.uint8], now_s: float) -> None:
        for track in list(self._live):
            if track.number is not None or not self._is_believed(track):
                continue
            lost = self._best_lost(track.pose, pixels, now_s)
            if lost is None:
                self._numbers += 1
                track.number = self._numbers
            else:
                self._live.remove(track)
                self._bring_back(lost, track.pose, now_s)


def _pair(one: Track, two: Track) -> tuple[int, int]:
    return min(one.key, two.key), max(one.key, two.key)

"""A year of a busy gym, made up: ``python -m benchmarks.year_of_gym sqlite:////tmp/year.db --reps 10000000``.

Fills an empty database with people, visits, sets, repetitions, faults, alerts, minutes of cameras and of zones, as the
aggregator would have left it: the same seed and size give the same rows in SQLite and Postgres. Nothing in it was ever
measured; it only has the size and the shape of what a gym leaves. Never fills a database that holds anybody.
"""

import argparse
import sys
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, text

from aggregator.database import open_engine, upgrade
from core.messages import RepRecord, RuleVerdict, SetChanged, TrackRef
from core.secrets import Address
from core.wire import encode

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Columns = Mapping[str, Sequence[Any]]
"""One column a name, all of one length; times are texts in UTC, empty values None."""

FIRST_DAY = date(2025, 1, 1)
TIMEZONE = "Europe/Berlin"
SECOND_US, MINUTE_US, DAY_US = 1_000_000, 60_000_000, 86_400_000_000
CAMERAS = ("racks", "benches", "platforms", "bars", "mats", "cables", "weights", "door")
REPS_A_VISIT = 127.0
"""What the draws below come to; sets how many visits make so many repetitions."""
MEMBERS_SHARE = 0.55
"""Of the visits; all others are somebody new, as nobody is known again by the face."""
VISITS_A_MEMBER = 38.0
"""A year."""
SECOND_CAMERA_SHARE = 0.3
FAULTY_SHARE, REJECTED_SHARE, TENTATIVE_SHARE, CORRECTED_SHARE = 0.08, 0.03, 0.02, 0.004
ALERTS_A_DAY = 18.0
OUTAGES_A_CAMERA = 60.0
"""A year, of a quarter of an hour on average."""
HOURS = (0, 0, 0, 0, 0, 1, 5, 9, 8, 6, 5, 5, 6, 5, 4, 5, 8, 12, 13, 11, 7, 4, 1, 0)
"""How many visits begin in each hour of the gym's day, as weights."""
WEEKDAYS = (1.25, 1.15, 1.1, 1.05, 0.9, 0.8, 0.75)


@dataclass(frozen=True, slots=True)
class Exercise:
    """How often something is trained, where, and how."""

    name: str
    weight: float
    camera: int
    zones: tuple[int, ...]
    reps: float
    rep_s: float
    span: float
    unit: str = "deg"
    rules: tuple[tuple[str, str, float], ...] = (("range", "Go through the whole movement", 90.0),)
    hold_s: float | None = None


ZONES = (
    "Rack 1", "Rack 2", "Rack 3", "Bench 1", "Bench 2", "Platform", "Pull-up bar", "Mats", "Cables", "Free weights",
    "Stretching", "Rope corner",
)  # fmt: skip
DEPTH, CHEST, KNEES = (
    ("depth", "Lower your hips below your knees", 95.0),
    ("chest", "Keep your chest up", 45.0),
    ("knees", "Push your knees outwards", 10.0),
)
EXERCISES = (
    Exercise("squat", 13, 0, (0, 1, 2), 7, 3.2, 95, rules=(DEPTH, CHEST, KNEES)),
    Exercise("bench_press", 13, 1, (3, 4), 8, 2.8, 80, rules=(("depth", "Bring the bar down to your chest", 80.0),)),
    Exercise("deadlift", 9, 2, (5,), 5, 3.8, 75, rules=(("lockout", "Stand up fully at the top", 165.0),)),
    Exercise("clean_and_jerk", 2, 2, (5,), 3, 5.5, 1.8, "torso lengths"),
    Exercise("pull_up", 6, 3, (6,), 7, 3.0, 95, rules=(("height", "Pull until your chin is over the bar", 60.0),)),
    Exercise("push_up", 7, 4, (7, 10), 14, 2.0, 85, rules=(("depth", "Lower your chest further", 95.0),)),
    Exercise("sit_up", 5, 4, (7, 10), 16, 2.2, 70),
    Exercise("plank", 4, 4, (7, 10), 0, 1.0, 0, rules=(("hips", "Bring your hips down in line", 20.0),), hold_s=55.0),
    Exercise("row", 8, 5, (8,), 10, 2.4, 70, rules=(("torso", "Keep your torso still", 15.0),)),
    Exercise("shoulder_press", 8, 6, (9,), 9, 2.6, 85, rules=(("lean", "Do not lean back", 15.0),)),
    Exercise("biceps_curl", 9, 6, (9,), 11, 2.5, 100, rules=(("elbows", "Keep your elbows at your sides", 20.0),)),
    Exercise("lateral_raise", 6, 6, (9,), 12, 2.3, 75, rules=(("height", "Stop at shoulder height", 100.0),)),
    Exercise("lunge", 6, 6, (9, 10), 12, 2.6, 80, rules=(("torso", "Keep your torso upright", 25.0),)),
    Exercise("jumping_jack", 2, 4, (7, 10), 28, 1.0, 140),
    Exercise("jump_rope", 2, 7, (11,), 60, 0.5, 0.08, "torso lengths"),
    Exercise("unknown", 3, 5, (8,), 9, 2.5, 60),
)
ALERTS = (
    ("form fault", "warning", "Person {}", "the same form fault in 3 repetitions: lower your hips below your knees"),
    ("zone overcrowded", "info", "{}", "more people than the zone has room for"),
    ("camera offline", "critical", "{}", "the camera gives no frames"),
    ("person down", "critical", "Person {}", "lies still away from a mat or bench"),
    ("stuck at the bottom", "critical", "Person {}", "a bench press is held at the bottom"),
)


@dataclass(frozen=True, slots=True)
class Size:
    """How much of it."""

    reps: int = 10_000_000
    days: int = 365
    seed: int = 1

    @property
    def visits_a_day(self) -> float:
        """On an average day."""
        return self.reps / REPS_A_VISIT / self.days

    @property
    def members(self) -> int:
        """People whom staff gave a member number."""
        visits = self.reps / REPS_A_VISIT * MEMBERS_SHARE
        return max(5, round(visits / VISITS_A_MEMBER * 365 / max(self.days, 30)))


def times(at_us: Ints) -> list[str]:
    """Microseconds since 1970 as the texts that SQLite stores and Postgres reads."""
    return list(np.char.add(np.datetime_as_string(at_us.astype("datetime64[us]")), "+00:00").tolist())


class LocalDays:
    """Days and minutes of the day in the gym's time zone, beside times in UTC."""

    def __init__(self, first_us: int, days: int) -> None:
        """From one day before ``first_us`` to three days after the last day."""
        zone = ZoneInfo(TIMEZONE)
        self._first_us = first_us - DAY_US
        hours = [
            datetime.fromtimestamp(self._first_us / SECOND_US + hour * 3600, zone) for hour in range((days + 4) * 24)
        ]
        self._offset_us = np.array([int((at.utcoffset() or timedelta()).total_seconds()) for at in hours]) * SECOND_US

    def columns(self, at_us: Ints) -> dict[str, list[Any]]:
        """``day`` and ``minute_of_day``."""
        here = at_us + self._offset_us[(at_us - self._first_us) // (60 * MINUTE_US)]
        days, place = np.unique(here // DAY_US, return_inverse=True)
        names = np.array([(date(1970, 1, 1) + timedelta(days=day)).isoformat() for day in days.tolist()])
        return {"day": names[place].tolist(), "minute_of_day": (here % DAY_US // MINUTE_US).tolist()}


def firsts(counts: Ints) -> Ints:
    """Where each group begins, of groups of so many rows that lie one behind the other."""
    return np.cumsum(counts) - counts


def within(values: Floats, counts: Ints) -> Floats:
    """The sum of what stands before each row in its group."""
    before = np.cumsum(values) - values
    filled = counts > 0
    starts = firsts(counts)[filled]
    return np.asarray(before - np.repeat(before[starts], counts[filled]))


@dataclass(frozen=True, slots=True)
class _Sets:
    """The sets of one day."""

    kind: Ints
    """Exercise of each block, as are visit, zone and camera: a block is some sets of one exercise."""
    visit: Ints
    zone: Ints
    camera: Ints
    block: Ints
    """Of each set, as are begin, end and hold."""
    begin: Ints
    end: Ints
    hold_s: Floats


@dataclass(frozen=True, slots=True)
class _Reps:
    """The repetitions of one day."""

    of_set: Ints
    rep_s: Floats
    span: Floats
    tentative: NDArray[np.bool_]
    faulty: NDArray[np.bool_]

    def means(self, values: Floats, sets: int) -> list[float | None]:
        """By set, over the repetitions that are counted; None without any."""
        counted = ~self.tentative
        number = np.bincount(self.of_set[counted], minlength=sets)
        total = np.bincount(self.of_set[counted], values[counted], minlength=sets)
        return [of / some if some else None for of, some in zip(total.round(6).tolist(), number.tolist(), strict=True)]


class Year:
    """Draws the rows, day by day; ids are counted here, so that rows may refer to each other."""

    def __init__(self, size: Size) -> None:
        self._size = size
        self._random = np.random.default_rng(size.seed)
        self._people = size.members
        self._seen = np.zeros((size.members + 1, 2), np.int64)
        self._visits = self._tracks = self._sets = self._reps = 0
        self._payloads: dict[tuple[int, int], str] = {}
        self._first_us = int(datetime.combine(FIRST_DAY, datetime.min.time(), UTC).timestamp()) * SECOND_US
        # Somebody who is still there after midnight belongs to the day before.
        self._local = LocalDays(self._first_us, size.days)
        self._presence = np.zeros((len(ZONES), size.days * 1440 + 3 * 1440), np.int32)
        self._weights = np.array([one.weight for one in EXERCISES]) / sum(one.weight for one in EXERCISES)

    def rows(self) -> Iterator[tuple[str, Columns]]:
        """All tables in pieces of one day, so that what a row refers to comes before it."""
        yield "cameras", {"id": CAMERAS, "name": [name.title() for name in CAMERAS], "enabled": [1] * len(CAMERAS)}
        for day in range(self._size.days):
            yield from self._day(day)
            yield from self._status(day)
            yield from self._occupancy(day)
        yield "people", self._member_rows()
        yield "about", {"name": ["time zone"], "value": [TIMEZONE]}

    # A day

    def _day(self, day: int) -> Iterator[tuple[str, Columns]]:
        at = FIRST_DAY + timedelta(days=day)
        season = 1.0 + 0.25 * np.cos(2 * np.pi * (at.timetuple().tm_yday - 20) / 365)
        closed = (at.month, at.day) in ((12, 25), (12, 26), (1, 1))
        visits = int(self._random.poisson(self._size.visits_a_day * season * WEEKDAYS[at.weekday()])) * (not closed)
        if not visits:
            return
        midnight = datetime.combine(at, datetime.min.time(), ZoneInfo(TIMEZONE)).timestamp()
        hours = self._random.choice(24, visits, p=np.array(HOURS) / sum(HOURS))
        begin = np.sort((midnight + hours * 3600 + self._random.uniform(0, 3600, visits)) * SECOND_US).astype(np.int64)
        people, fresh = self._who(visits)
        blocks = self._random.integers(3, 7, visits)
        yield from self._visits_of(day, begin, people, fresh, blocks)

    def _who(self, visits: int) -> tuple[Ints, int]:
        """Whose visits these are, and how many of them are new people, who have the highest numbers."""
        known = min(int(self._random.binomial(visits, MEMBERS_SHARE)), self._size.members)
        members = self._random.choice(self._size.members, known, replace=False) + 1
        fresh = visits - known
        people = np.concatenate((members, np.arange(fresh) + self._people + 1)).astype(np.int64)
        self._people += fresh
        return self._random.permutation(people), fresh

    def _visits_of(
        self, day: int, begin: Ints, people: Ints, fresh: int, blocks: Ints
    ) -> Iterator[tuple[str, Columns]]:
        """The rows of the visits of one day, whose blocks of sets of one exercise follow each other."""
        random = self._random
        visit = np.repeat(np.arange(len(begin)), blocks)
        kind = random.choice(len(EXERCISES), len(visit), p=self._weights)
        sets_in_block = random.integers(2, 5, len(visit))
        block = np.repeat(np.arange(len(visit)), sets_in_block)
        usual = np.array([one.reps for one in EXERCISES])[kind][block]
        reps = np.where(usual > 0, np.maximum(1, np.round(random.normal(usual, usual * 0.2 + 0.3))), 0).astype(np.int64)
        of_set = np.repeat(np.arange(len(block)), reps)
        pace = np.array([one.rep_s for one in EXERCISES])[kind][block]
        rep_s = np.round(pace[of_set] * random.lognormal(0, 0.12, len(of_set)), 3)
        hold_s = np.array([one.hold_s or 0.0 for one in EXERCISES])[kind][block] * random.uniform(0.5, 1.5, len(block))
        set_s = np.bincount(of_set, rep_s, len(block)) + np.round(hold_s, 1)
        rest_s = random.uniform(50, 160, len(block)) + (np.arange(len(block)) == firsts(sets_in_block)[block]) * 90
        sets_in_visit = np.bincount(visit[block], minlength=len(begin))
        offset_s = within(set_s + rest_s, sets_in_visit) + rest_s
        set_at = begin[visit[block]] + np.round(offset_s * SECOND_US).astype(np.int64)
        set_end = set_at + np.round(set_s * SECOND_US).astype(np.int64)
        last = np.cumsum(sets_in_visit) - 1
        end = set_end[last] + random.integers(30, 400, len(begin)) * SECOND_US

        yield "people", self._newcomers(begin, end, people, fresh)
        ids = np.arange(len(begin)) + self._visits + 1
        self._visits += len(begin)
        closed = {"ended_at": times(end), "end_reason": ["left"] * len(end)}
        yield (
            "sessions",
            {"id": ids.tolist(), "person_id": people.tolist(), "started_at": times(begin), "last_seen_at": times(end)}
            | closed
            | self._local.columns(begin),
        )
        camera = np.array([one.camera for one in EXERCISES])[kind]
        zone = np.array([one.zones[0] for one in EXERCISES])[kind]
        choices = np.array([len(one.zones) for one in EXERCISES])[kind]
        zone = zone + np.where(choices > 1, random.integers(0, 100, len(kind)) % choices, 0) * (
            1 + 2 * (np.array([one.zones[-1] - one.zones[0] for one in EXERCISES])[kind] == 3)
        )
        zone = np.minimum(zone, np.array([one.zones[-1] for one in EXERCISES])[kind])
        starts = firsts(sets_in_block)
        block_at, block_end = set_at[starts] - 20 * SECOND_US, set_end[np.cumsum(sets_in_block) - 1] + 15 * SECOND_US
        self._count_presence(zone, block_at, block_end)
        tracks = yield from self._tracks_of(day, camera, people[visit], ids[visit], block_at, block_end)
        faulty = random.random(len(of_set)) < FAULTY_SHARE * (0.5 + within(np.ones(len(of_set)), reps) / 8)
        drawn = _Sets(kind, visit, zone, camera, block, set_at, set_end, hold_s)
        usual = np.array([one.span for one in EXERCISES])[kind][block][of_set]
        done = _Reps(
            of_set,
            rep_s,
            (usual * random.normal(1.0, 0.06, len(of_set))).round(3),
            random.random(len(of_set)) < TENTATIVE_SHARE,
            faulty,
        )
        yield from self._sets_of(drawn, done, ids, people, tracks, reps)
        yield from self._reps_of(kind[block], done, reps, set_at)
        yield from self._alerts(day, people)

    def _newcomers(self, begin: Ints, end: Ints, people: Ints, fresh: int) -> Columns:
        """People who were never here before; notes when members were."""
        member = people <= self._size.members
        who = people[member]
        self._seen[who, 1] = end[member]
        self._seen[who, 0] = np.where(self._seen[who, 0] == 0, begin[member], self._seen[who, 0])
        order = np.argsort(people[~member])
        new = people[~member][order]
        return {
            "id": new.tolist(),
            "uid": [f"{number * 2654435761 % (1 << 48):012x}" for number in new.tolist()],
            "first_seen_at": times(begin[~member][order]),
            "last_seen_at": times(end[~member][order]),
            "merged_into_id": [None] * fresh,
            "nickname": [""] * fresh,
            "member_number": [None] * fresh,
        }

    def _member_rows(self) -> Columns:
        ids = np.arange(1, self._size.members + 1)
        seen = self._seen[1:]
        return {
            "id": ids.tolist(),
            "uid": [f"{number * 2654435761 % (1 << 48):012x}" for number in ids.tolist()],
            "first_seen_at": [at if raw else None for at, raw in zip(times(seen[:, 0]), seen[:, 0], strict=True)],
            "last_seen_at": [at if raw else None for at, raw in zip(times(seen[:, 1]), seen[:, 1], strict=True)],
            "merged_into_id": [None] * len(ids),
            "nickname": [f"Member {number}" if number % 3 else "" for number in ids.tolist()],
            "member_number": [f"M{number:05d}" for number in ids.tolist()],
        }

    def _count_presence(self, zone: Ints, begin: Ints, end: Ints) -> None:
        first, last = (
            np.clip((at - self._first_us) // MINUTE_US, 0, self._presence.shape[1] - 2) for at in (begin, end)
        )
        np.add.at(self._presence, (zone, first), 1)
        np.add.at(self._presence, (zone, last + 1), -1)

    def _tracks_of(
        self, day: int, camera: Ints, people: Ints, visits: Ints, begin: Ints, end: Ints
    ) -> Generator[tuple[str, Columns], None, Ints]:
        """Tracks of the camera that sees a block best and of a second one; gives their ids, 0 for no second one."""
        second = self._random.random(len(camera)) < SECOND_CAMERA_SHARE
        ids = np.arange(len(camera)) + self._tracks + 1
        others = np.where(second, np.cumsum(second) + ids[-1], 0)
        every = np.concatenate((ids, others[second]))
        self._tracks = int(every[-1])
        cameras = np.concatenate((camera, (camera[second] + 1) % len(CAMERAS)))

        def twice(values: Ints) -> Ints:
            return np.concatenate((values, values[second]))

        started, ended = times(twice(begin)), times(twice(end))
        seconds = (twice(end) - twice(begin)) // SECOND_US
        yield (
            "tracks",
            {
                "id": every.tolist(),
                "camera_id": [CAMERAS[one] for one in cameras.tolist()],
                "epoch": [f"{day:04x}{one:08x}" for one in cameras.tolist()],
                "track": every.tolist(),
                "person_id": twice(people).tolist(),
                "session_id": twice(visits).tolist(),
                "started_at": started,
                "last_seen_at": ended,
                "ended_at": ended,
                "end_reason": ["left"] * len(every),
                "frames": (seconds * 12).tolist(),
                "decision": [1] * len(every),
            },
        )
        yield (
            "track_decisions",
            {
                "track_id": every.tolist(),
                "decision": [1] * len(every),
                "person_id": twice(people).tolist(),
                "decided_id": twice(people).tolist(),
                "why": ["return"] * len(ids) + ["floor"] * int(second.sum()),
                "since_at": [None] * len(every),
                "decided_at": started,
            },
        )
        self._track_names: dict[int, tuple[str, str]] = {
            int(track): (CAMERAS[one], f"{day:04x}{one:08x}")
            for track, one in zip(every.tolist(), cameras.tolist(), strict=True)
        }
        return np.stack((ids, others))

    def _sets_of(
        self, of: "_Sets", done: "_Reps", visits: Ints, people: Ints, tracks: Ints, reps: Ints
    ) -> Iterator[tuple[str, Columns]]:
        kind, block, visit, zone, camera = of.kind, of.block, of.visit, of.zone, of.camera
        begin, end, hold_s = of.begin, of.end, of.hold_s
        random = self._random
        count = len(block)
        ids = np.arange(count) + self._sets + 1
        self._sets += count
        of_visit = visit[block]
        number = np.arange(count) - firsts(np.bincount(of_visit, minlength=len(visits)))[of_visit] + 1
        in_block = np.arange(count) - firsts(np.bincount(block))[block] + 1
        counted = ~done.tentative
        doubtful = np.bincount(done.of_set[done.tentative], minlength=count)
        corrected = random.random(count) < CORRECTED_SHARE
        first, second = tracks[0][block], tracks[1][block]
        names = [EXERCISES[one].name for one in kind[block].tolist()]
        ended = times(end)
        yield (
            "sets",
            {
                "id": ids.tolist(),
                "uid": [
                    f"{'/'.join(self._track_names[track])}/{track}/set/{place}"
                    for track, place in zip(first.tolist(), in_block.tolist(), strict=True)
                ],
                "session_id": visits[of_visit].tolist(),
                "person_id": people[of_visit].tolist(),
                "camera_id": [CAMERAS[one] for one in camera[block].tolist()],
                "zone": [ZONES[one] for one in zone[block].tolist()],
                "exercise": names,
                "number": number.tolist(),
                "started_at": times(begin),
                "ended_at": ended,
                "duration_s": ((end - begin) / SECOND_US).tolist(),
                "reps": (reps - doubtful).tolist(),
                "tentative_reps": doubtful.tolist(),
                "hold_s": [round(held, 1) if held else None for held in hold_s.tolist()],
                "faulty_reps": np.bincount(done.of_set[done.faulty & counted], minlength=count).tolist(),
                "form_faults": np.bincount(done.of_set[done.faulty], minlength=count).tolist(),
                "tempo_s": done.means(done.rep_s, count),
                "range_of_motion": done.means(done.span, count),
                "unit": [
                    EXERCISES[one].unit if some else None
                    for one, some in zip(kind[block].tolist(), (reps > doubtful).tolist(), strict=True)
                ],
                "confidence": random.uniform(0.6, 0.99, count).round(3).tolist(),
                "quality": random.uniform(0.5, 0.98, count).round(3).tolist(),
                "cameras": (1 + (second > 0)).tolist(),
                "open": [0] * count,
                "digest": [f"{(one * 11400714819323198485) % (1 << 96):024x}" for one in ids.tolist()],
                "corrected_reps": [
                    told + 1 if wrong else None for told, wrong in zip(reps.tolist(), corrected.tolist(), strict=True)
                ],
                "corrected_exercise": [None] * count,
                "corrected_by": ["staff" if wrong else None for wrong in corrected.tolist()],
                "corrected_at": [at if wrong else None for at, wrong in zip(ended, corrected.tolist(), strict=True)],
                **self._local.columns(begin),
            },
        )
        self._set_ids, seen = ids, second > 0
        payloads = [self._payload(one, told) for one, told in zip(kind[block].tolist(), reps.tolist(), strict=True)]
        views = count + int(seen.sum())
        yield (
            "set_views",
            {
                "track_id": np.concatenate((first, second[seen])).tolist(),
                "number": np.concatenate((in_block, in_block[seen])).tolist(),
                "revision": np.concatenate((reps + 1, reps[seen] + 1)).tolist(),
                "withdrawn": [0] * views,
                "closed": [1] * views,
                "set_id": np.concatenate((ids, ids[seen])).tolist(),
                "payload": payloads + [payloads[place] for place in np.flatnonzero(seen).tolist()],
            },
        )
        lost = np.flatnonzero(random.random(count) < REJECTED_SHARE * 8)
        if len(lost):
            reasons = random.choice(["range too small", "too fast", "not seen well"], len(lost)).tolist()
            yield (
                "rejected_reps",
                {"set_id": ids[lost].tolist(), "at": times(begin[lost] + SECOND_US), "reason": reasons},
            )

    def _payload(self, kind: int, reps: int) -> str:
        """A real message of this many repetitions, as hexadecimal digits; of its size and not of these very times."""
        if (kind, reps) not in self._payloads:
            one = EXERCISES[kind]
            at = self._first_us * 1000
            step = round(one.rep_s * 1e9)
            verdicts = tuple(
                RuleVerdict(rule=rule, verdict="ok", value=limit * 0.97, limit=limit, unit="deg")
                for rule, _, limit in one.rules
            )
            records = tuple(
                RepRecord(
                    started_utc_ns=at + place * step + 137,
                    ended_utc_ns=at + (place + 1) * step + 137,
                    span=one.span * 0.973,
                    verdicts=verdicts,
                )
                for place in range(reps)
            )
            told = SetChanged(
                sender="worker:1",
                who=TrackRef("platforms", "0123456789ab", 123_456),
                captured_utc_ns=at + reps * step,
                sequence=1_234_567,
                number=3,
                revision=reps + 1,
                exercise=one.name,
                confidence=0.913,
                started_utc_ns=at + 137,
                ended_utc_ns=at + reps * step + 137,
                reps=records,
                hold_s=one.hold_s,
                unit=one.unit,
                closed=True,
                feet=(0.412, 0.713),
                quality=0.871,
            )
            self._payloads[kind, reps] = encode(told).hex()
        return self._payloads[kind, reps]

    def _reps_of(self, kind: Ints, done: "_Reps", reps: Ints, set_at: Ints) -> Iterator[tuple[str, Columns]]:
        of_set, rep_s, faulty = done.of_set, done.rep_s, done.faulty
        random = self._random
        if not len(of_set):
            return
        ids = np.arange(len(of_set)) + self._reps + 1
        self._reps += len(of_set)
        begin = set_at[of_set] + np.round(within(rep_s, reps) * SECOND_US).astype(np.int64)
        end = begin + np.round(rep_s * SECOND_US).astype(np.int64)
        number = np.arange(len(of_set)) - firsts(reps)[of_set] + 1
        units = [EXERCISES[one].unit for one in kind[of_set].tolist()]
        sets = self._set_ids[of_set]
        yield (
            "reps",
            {
                "id": ids.tolist(),
                "set_id": sets.tolist(),
                "number": number.tolist(),
                "started_at": times(begin),
                "ended_at": times(end),
                "duration_s": rep_s.tolist(),
                "range_of_motion": done.span.tolist(),
                "unit": units,
                "tentative": done.tentative.astype(int).tolist(),
                "cameras": (1 + (random.random(len(of_set)) < SECOND_CAMERA_SHARE)).tolist(),
            },
        )
        where = np.flatnonzero(faulty)
        draws = random.integers(0, 6, len(where)).tolist()
        rules = [
            EXERCISES[one].rules[draw % len(EXERCISES[one].rules)]
            for one, draw in zip(kind[of_set[where]].tolist(), draws, strict=True)
        ]
        yield (
            "faults",
            {
                "set_id": sets[where].tolist(),
                "rep_id": ids[where].tolist(),
                "rule": [rule for rule, _, _ in rules],
                "cue": [cue for _, cue, _ in rules],
                "value": [round(limit * 0.9, 1) for _, _, limit in rules],
                "limit": [limit for _, _, limit in rules],
                "unit": ["deg"] * len(rules),
            },
        )

    # Beside the visits

    def _alerts(self, day: int, people: Ints) -> Iterator[tuple[str, Columns]]:
        random = self._random
        count = int(random.poisson(ALERTS_A_DAY))
        if not count:
            return
        begin = self._first_us + day * DAY_US + np.sort(random.integers(6 * 3600, 22 * 3600, count)) * SECOND_US
        end = begin + random.integers(20, 1800, count) * SECOND_US
        kinds = random.choice(len(ALERTS), count, p=(0.55, 0.25, 0.12, 0.05, 0.03)).tolist()
        told = []
        for place, one in enumerate(kinds):
            _, _, subject, _ = ALERTS[one]
            who = people[place % len(people)]
            told.append(subject.format(who if "Person" in subject else (ZONES if one == 1 else CAMERAS)[place % 7]))
        over = times(end)
        yield (
            "alerts",
            {
                "uid": [f"{day:04x}{place:08x}" for place in range(count)],
                "alert": [ALERTS[one][0] for one in kinds],
                "severity": [ALERTS[one][1] for one in kinds],
                "subject": told,
                "text": [ALERTS[one][3] for one in kinds],
                "since_at": times(begin),
                "last_at": over,
                "resolved_at": over,
                "count": random.integers(1, 4, count).tolist(),
                "acknowledged_by": ["staff" if one > 1 else "" for one in kinds],
                "acknowledged_at": [at if one > 1 else None for one, at in zip(kinds, over, strict=True)],
            },
        )

    def _status(self, day: int) -> Iterator[tuple[str, Columns]]:
        """A row a minute of each camera, with outages."""
        minutes = np.arange(1440)
        at = np.repeat(self._first_us + day * DAY_US + minutes * MINUTE_US, len(CAMERAS))
        camera = np.tile(np.arange(len(CAMERAS)), 1440)
        down = np.zeros((1440, len(CAMERAS)), bool)
        for one in range(len(CAMERAS)):
            for begin in self._random.integers(0, 1440, self._random.poisson(OUTAGES_A_CAMERA / 365)).tolist():
                down[begin : begin + 1 + int(self._random.exponential(15)), one] = True
        out = down.reshape(-1)
        frames = np.repeat((day * 1440 + minutes) * 720, len(CAMERAS))
        yield (
            "camera_status",
            {
                "camera_id": [CAMERAS[one] for one in camera.tolist()],
                "at": times(at),
                "state": np.where(out, "offline", "online").tolist(),
                "reason": np.where(out, "timeout", "").tolist(),
                "detail": np.where(out, "the camera does not answer within 10 s", "").tolist(),
                "fps": np.where(out, 0.0, 12.0).tolist(),
                "frames_in": frames.tolist(),
                "frames_out": (frames - 40).tolist(),
                "dropped": [40] * len(at),
                "reconnects": out.astype(int).tolist(),
                "day": self._local.columns(at)["day"],
            },
        )

    def _occupancy(self, day: int) -> Iterator[tuple[str, Columns]]:
        """A row a minute of each zone, also of empty ones."""
        first = day * 1440
        if day == 0:
            self._there = np.zeros(len(ZONES), np.int32)
        steps = self._presence[:, first : first + 1440]
        people = self._there[:, None] + np.cumsum(steps, axis=1)
        self._there = people[:, -1]
        most = people.T.reshape(-1)
        mean = np.maximum(most - self._random.uniform(0, 0.6, most.size) * (most > 0), 0).round(3)
        at = np.repeat(self._first_us + (first + np.arange(1440)) * MINUTE_US, len(ZONES))
        yield (
            "zone_occupancy",
            {
                "zone": list(ZONES) * 1440,
                "minute": times(at),
                "people_mean": mean.tolist(),
                "people_max": most.tolist(),
                **self._local.columns(at),
            },
        )


LAST_NUMBER = "UPDATE about SET value = (SELECT max(id) FROM people) WHERE name = 'people'"
"""A number is never given twice."""


# Into a database -----------------------------------------------------------------------------------------------------


class Filling(Protocol):
    """How rows come into one kind of database quickly."""

    def add(self, table: str, columns: Columns) -> None:
        """Add rows."""

    def finish(self) -> None:
        """Make the indexes anew, and commit."""


class _Sqlite:
    def __init__(self, engine: Engine) -> None:
        self._pooled = engine.raw_connection()
        connection = self._pooled.driver_connection
        assert connection is not None
        self._database: Any = connection
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("PRAGMA foreign_keys = OFF")
        self._database.execute("PRAGMA cache_size = -200000")
        self._database.execute("BEGIN")
        found = self._database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        self._indexes = found.fetchall()
        for name, _ in self._indexes:
            self._database.execute(f'DROP INDEX "{name}"')

    def add(self, table: str, columns: Columns) -> None:
        names = ", ".join(f'"{name}"' for name in columns)
        values = list(columns.values())
        if "payload" in columns:
            values[list(columns).index("payload")] = [bytes.fromhex(one) for one in columns["payload"]]
        marks = ", ".join("?" * len(columns))
        self._database.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", zip(*values, strict=True))

    def finish(self) -> None:
        for _, sql in self._indexes:
            self._database.execute(sql)
        self._database.execute(LAST_NUMBER)
        self._database.execute("COMMIT")
        self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._pooled.invalidate()


class _Postgres:
    def __init__(self, engine: Engine) -> None:
        self._pooled = engine.raw_connection()
        connection = self._pooled.driver_connection
        assert connection is not None
        self._database: Any = connection
        for statement in (
            "SET session_replication_role = replica",  # no look at foreign keys, row by row
            "SET statement_timeout = 0",
            "SET lock_timeout = 0",
            "SET idle_in_transaction_session_timeout = 0",
            "SET synchronous_commit = off",
            "SET maintenance_work_mem = '512MB'",
        ):
            self._database.execute(statement)
        self._indexes = self._database.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexname LIKE 'ix_%'"
        ).fetchall()
        for name, _ in self._indexes:
            self._database.execute(f'DROP INDEX "{name}"')

    def add(self, table: str, columns: Columns) -> None:
        names = ", ".join(f'"{name}"' for name in columns)
        values = []
        for name, column in columns.items():
            if name == "payload":
                values.append(["\\\\x" + one for one in column])
            elif any(one is None for one in column):
                values.append(["\\N" if one is None else one for one in column])
            else:
                values.append(list(column))
        line = "\t".join(["%s"] * len(columns)) + "\n"
        with self._database.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            copy.write("".join(map(line.__mod__, zip(*values, strict=True))))

    def finish(self) -> None:
        for _, definition in self._indexes:
            self._database.execute(definition)
        self._database.execute(LAST_NUMBER)
        for (table,) in self._database.execute(
            "SELECT table_name FROM information_schema.columns WHERE column_name = 'id' AND table_schema = 'public'"
            " AND column_default LIKE 'nextval%'"
        ).fetchall():
            self._database.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT coalesce(max(id), 1) FROM {table}))"
            )
        self._database.commit()
        self._database.autocommit = True
        self._database.execute("VACUUM ANALYZE")  # as the server would by itself over a year
        self._pooled.invalidate()


def fill(address: Address, size: Size) -> dict[str, int]:
    """Fill an empty database; gives the rows by table. Raises ``SystemExit`` if it holds anybody."""
    engine = open_engine(address)
    try:
        upgrade(engine)
        with engine.connect() as connection:
            if connection.execute(text("SELECT count(*) FROM people")).scalar_one():
                sys.exit(f"{address} holds people already; name an empty database")
        filling: Filling = _Sqlite(engine) if engine.dialect.name == "sqlite" else _Postgres(engine)
        counts: dict[str, int] = {}
        for table, columns in Year(size).rows():
            rows = len(next(iter(columns.values())))
            if rows:
                filling.add(table, columns)
            counts[table] = counts.get(table, 0) + rows
        filling.finish()
        return counts
    finally:
        engine.dispose()


def main() -> int:
    """Fill the database that is named on the command line, and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("database", help="address of an empty database")
    parser.add_argument("--reps", type=int, default=Size().reps, help="repetitions in all (default: %(default)s)")
    parser.add_argument("--days", type=int, default=Size().days, help="days in all (default: %(default)s)")
    parser.add_argument(
        "--seed", type=int, default=Size().seed, help="another one, another year (default: %(default)s)"
    )
    options = parser.parse_args()
    if not (1000 <= options.reps <= 100_000_000 and 1 <= options.days <= 3660):
        parser.error("--reps is from 1000 to 100 million, --days from 1 to 3660")
    began = time.perf_counter()
    counts = fill(Address(options.database), Size(options.reps, options.days, options.seed))
    for table, rows in counts.items():
        print(f"{table:<16} {rows:>12,}")
    print(f"synthetic; took {time.perf_counter() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())

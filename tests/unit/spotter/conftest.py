"""An analysis and people that move by themselves, for tests of what is made of them."""

from dataclasses import dataclass

import numpy as np
import pytest

from spotter.analysis import ClipAnalysis, PersonAnalysis, Seen
from workers.exercise.results import ExerciseSet, FormVerdict, ProgressTrace, RejectedRep, Rep
from workers.people.tracked import TrackedPerson

CUE = "Lower your hips below your knees"


@dataclass
class StubStatus:
    exercise: str = "squat"
    reps: int = 5
    tentative: int = 0
    cue: str = ""
    hold_s: float | None = None


class StubTrainee:
    """Counts a repetition a second of being seen."""

    def __init__(self):
        self.times = []

    def update(self, time_s, landmarks, world):
        assert landmarks.shape == (33, 4)
        assert world.shape == (33, 3)
        assert not self.times or time_s > self.times[-1]
        self.times.append(time_s)

    def status(self):
        return StubStatus(reps=int(self.times[-1]))

    def finish(self):
        ends = range(1, int(self.times[-1] - self.times[0]) + 1)
        reps = [Rep(self.times[0] + end - 1, self.times[0] + end, end, 90, tentative=False) for end in ends]
        return [ExerciseSet("squat", 0.9, self.times[0], self.times[-1], reps)] if reps else []


def person(number=1, x=80.0, width=40.0, y0=30.0, y1=110.0, visibility=1.0):
    rng = np.random.default_rng(number)
    landmarks = np.empty((33, 4), np.float32)
    landmarks[:, 0] = x + (rng.random(33) - 0.5) * width
    landmarks[:, 1] = np.linspace(y0, y1, 33)
    landmarks[:, 2] = 0
    landmarks[:, 3] = visibility
    return TrackedPerson(number, landmarks, np.zeros((33, 3), np.float32), 1.0, (x - width / 2, y0, x + width / 2, y1))


class Fixed:
    """A trainee with the given status."""

    def __init__(self, status):
        self._status = status

    def status(self):
        return self._status


@pytest.fixture
def seen():
    """Make a person in a frame: position as in ``person``, and status."""

    def make(number=1, status=None, **where):
        return Seen(person(number, **where), Fixed(status or StubStatus()))

    return make


class MovingFinder:
    """Sees person 1 in every frame, and person 2 in the first two frames only."""

    def __init__(self):
        self.closed = False

    def update(self, frame):
        height, width = frame.pixels.shape[:2]
        numbers = (1, 2) if frame.sequence < 2 else (1,)
        return [person(number, x=width * number / 3, width=width / 8, y0=height / 4, y1=height) for number in numbers]

    def close(self):
        self.closed = True


@pytest.fixture
def finder():
    return MovingFinder()


@pytest.fixture
def new_trainee():
    return StubTrainee


def squats(count=12, start_s=2.0, faults=(), tentative=False, exercise="squat"):
    times = np.arange(start_s, start_s + 2 * count, 0.1)
    shallow = (FormVerdict("shallow", "fault", CUE), FormVerdict("back", "cannot tell", ""))
    reps = [
        Rep(
            start_s + 2 * index,
            start_s + 2 * index + 2,
            start_s + 2 * index + 2.1,
            90.0,
            tentative and index == count - 1,
            shallow if index + 1 in faults else (FormVerdict("shallow", "ok", ""),),
        )
        for index in range(count)
    ]
    trace = ProgressTrace(tuple(times), tuple(100 + 60 * np.cos(np.pi * (times - start_s))), "°")
    rejected = [RejectedRep(start_s - 1, "short range")]
    return ExerciseSet(exercise, 0.97, start_s, start_s + 2 * count, reps, rejected, trace=trace)


@pytest.fixture
def make_analysis():
    """Make an analysis of the given people; of one who squats, does something unknown and holds a plank by default."""

    def make(people=None, source="clip.mp4", **changes):
        if people is None:
            sagging = FormVerdict("sag", "fault", "Lift your hips")
            plank = ExerciseSet("plank", 0.8, 60.0, 91.5, hold_s=31.5, hold_verdicts=(sagging,))
            sets = [squats(faults=(1, 2, 3, 7)), squats(4, 40.0, tentative=True, exercise="unknown"), plank]
            people = [PersonAnalysis(1, 0.0, 95.0, 2300, sets), PersonAnalysis(4, 3.0, 9.0, 150)]
        facts = {
            "source": source,
            "width": 640,
            "height": 360,
            "frames": 2400,
            "frames_per_second": 25.0,
            "duration_s": 96.0,
            "people": people,
            "brief_sightings": 0,
            "truncated": None,
            "notes": [],
        }
        return ClipAnalysis(**{**facts, **changes})

    return make


@pytest.fixture
def stub_status():
    return StubStatus

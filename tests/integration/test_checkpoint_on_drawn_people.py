"""With the real networks: a worker that takes a camera over goes on with the people of the one before."""

import numpy as np
import pytest

from core.frame import Frame
from core.messages import FrameHeader, Observation, SetChanged, TrackStarted
from ingest.rehearsal.camera import Camera
from ingest.rehearsal.clip import Scene, draw_clip
from ingest.rehearsal.mannequin import Look
from ingest.rehearsal.script import Performer, Rest, Train, Walk
from spotter.analysis import analyze_recording
from workers.camera import CameraPipeline
from workers.exercise.catalogue import load_catalogue
from workers.exercise.trainee import Trainee
from workers.people.finder import PeopleFinder, open_models

FPS = 12.0
SCENE = Scene(
    (
        Performer((-0.6, 0.0), 200.0, (Rest(1.0), Train("squat", 4, tempo_s=1.9, facing=200.0), Rest(1.0))),
        Performer(
            (2.8, 0.6), 200.0, (Rest(1.0), Walk((0.8, 0.4)), Train("biceps_curl", 4, tempo_s=1.7, facing=200.0)),
            look=Look(shirt=(40, 40, 190)),
        ),
    ),
    Camera(position_m=(0.0, -4.4, 1.5), fps=FPS),
    seed=5,
)  # fmt: skip


@pytest.fixture(scope="module")
def drawn() -> list[Frame]:
    return [frame for frame, _ in draw_clip(SCENE)]


@pytest.fixture(scope="module")
def models():
    backend, detector = open_models()
    yield backend, detector
    backend.close()
    detector.close()


def pipeline(models) -> CameraPipeline:
    return CameraPipeline("racks", "worker:1", load_catalogue(), PeopleFinder(*models), cpu_ns=lambda: 0)


def run(live: CameraPipeline, frames: list[Frame]) -> tuple[list[Observation], list]:
    observations, events = [], []
    for frame in frames:
        height, width = frame.pixels.shape[:2]
        header = FrameHeader(
            sender="ingest:racks", camera="racks", boot="b", sequence=frame.sequence, captured_ns=frame.captured_ns,
            captured_utc_ns=frame.captured_ns, width=width, height=height,
        )  # fmt: skip
        # Frames from another process cannot be written to.
        pixels = frame.pixels.copy()
        pixels.flags.writeable = False
        taken = live.take(header, pixels)
        observations.append(taken.observation)
        events += taken.events
    return observations, events


def final_sets(events: list) -> list[tuple]:
    newest: dict = {}
    for event in events:
        if isinstance(event, SetChanged):
            newest[event.who.track, event.number] = event
    return sorted(
        (each.who.track, each.exercise, tuple(rep.ended_utc_ns for rep in each.reps))
        for each in newest.values()
        if not each.withdrawn
    )


class Recorded:
    truncated, notes, frames_per_second = None, (), FPS

    def __init__(self, frames: list[Frame]) -> None:
        self._frames = frames
        self.height, self.width = frames[0].pixels.shape[:2]
        self.frames_read, self.duration_s = len(frames), len(frames) / FPS

    def __iter__(self):
        return iter(self._frames)


@pytest.fixture(scope="module")
def undisturbed(models, drawn):
    live = pipeline(models)
    observations, events = run(live, drawn)
    return observations, [*events, *live.close("stopped")]


def test_live_finds_what_analyze_finds(models, drawn, undisturbed) -> None:
    analysis = analyze_recording(Recorded(drawn), "drawn", PeopleFinder(*models), lambda: Trainee(load_catalogue()))
    expected = [
        (person.person, found.exercise, tuple(round(rep.end_s * 1e9) for rep in found.reps))
        for person in analysis.people
        for found in person.sets
    ]
    assert final_sets(undisturbed[1]) == sorted(expected)
    assert {(exercise, len(ends)) for _, exercise, ends in expected} == {("squat", 4), ("biceps_curl", 4)}


@pytest.mark.parametrize("share", [0.1, 0.35, 0.6, 0.85])
def test_the_successor_keeps_tracks_numbers_and_counts(models, drawn, undisturbed, share) -> None:
    observations, events = undisturbed
    cut = int(share * len(drawn))
    first = pipeline(models)
    seen, told = run(first, drawn[:cut])
    second = pipeline(models)
    second.restore(first.checkpoint())
    seen_later, told_later = run(second, drawn[cut:])
    told_later += second.close("stopped")
    assert final_sets([*told, *told_later]) == final_sets(events)
    assert {event.id for event in [*told, *told_later] if isinstance(event, TrackStarted)} == {
        event.id for event in events if isinstance(event, TrackStarted)
    }
    for mine, other in zip([*seen, *seen_later], observations, strict=True):
        assert [person.track for person in mine.people] == [person.track for person in other.people]
        for one, two in zip(mine.people, other.people, strict=True):
            assert np.array_equal(np.frombuffer(one.points, "<f4"), np.frombuffer(two.points, "<f4"))

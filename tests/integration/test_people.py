"""The finder on drawn people whose places are known: neighbours, crossing, distance; and on real clips, if any."""

import csv
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from ingest.rehearsal.camera import Camera
from ingest.rehearsal.clip import Scene, draw_clip
from ingest.rehearsal.mannequin import Look
from ingest.rehearsal.script import Performer, Rest, Train, Walk
from ingest.rehearsal.skeleton import Build
from ingest.video import Recording
from workers.people.finder import open_finder

TRUNK = [11, 12, 23, 24]
RED, GREEN = Look(shirt=(40, 40, 190)), Look(shirt=(70, 150, 60), shorts=(150, 140, 130))
CLIPS = os.environ.get("SPOTTER_CLIPS")


@pytest.fixture(scope="module")
def finder():
    opened = open_finder()
    yield opened
    opened.close()


def followed(finder, scene):
    """Per frame and person of the scene, the number that he is known by, 0 for none; and people nobody drew."""
    finder.restart()
    numbers, strangers = [], 0
    for frame, truth in draw_clip(scene):
        people = {p.track: p.landmarks[TRUNK, :2].mean(axis=0) for p in finder.update(frame)}
        row = []
        for landmarks in truth.landmarks:
            middle = landmarks[TRUNK].mean(axis=0)
            trunk_px = np.linalg.norm(landmarks[[11, 12]].mean(axis=0) - landmarks[[23, 24]].mean(axis=0))
            near = {n: np.linalg.norm(place - middle) for n, place in people.items()}
            best = min(near, key=near.__getitem__, default=0)
            row.append(best if best and near[best] < 0.45 * trunk_px else 0)
            people.pop(row[-1], None)
        numbers.append(row)
        strangers += len(people)
    return np.array(numbers), strangers


@pytest.mark.parametrize("exercise", ["squat", "biceps_curl"])
def test_two_people_half_a_metre_apart_are_both_kept(finder, exercise):
    camera = Camera(position_m=(0.0, -4.5, 1.5), fps=15.0)
    people = (
        Performer((-0.25, 0.0), 180.0, (Train(exercise, 3),), look=RED),
        Performer((0.25, 0.15), 180.0, (Train(exercise, 3, tempo_s=2.2),), Build(1.68, 0.95, 1.0), look=GREEN),
    )
    numbers, strangers = followed(finder, Scene(people, camera, seed=4))
    assert (numbers > 0).all(axis=1).mean() >= 0.99
    assert [len(set(column[column > 0])) for column in numbers.T] == [1, 1]
    assert strangers == 0


def test_people_who_cross_keep_their_numbers(finder):
    camera = Camera(position_m=(0.0, -5.0, 1.5), fps=15.0)
    people = (
        Performer((-1.2, 0.5), 180.0, (Rest(0.5), Walk((1.2, 0.5)), Rest(1.5, facing=180.0)), look=RED),
        Performer((1.2, -0.3), 180.0, (Rest(0.5), Walk((-1.2, -0.3)), Rest(1.5, facing=180.0)), look=GREEN),
    )
    numbers, _ = followed(finder, Scene(people, camera, seed=5))
    at_first, at_last = (numbers[part] for part in (slice(0, 8), slice(-8, None)))
    for person in range(2):
        assert set(at_first[2:, person]) == set(at_last[:, person])
        assert 0 not in at_last[:, person]
    assert len(set(numbers[-1])) == 2


def test_a_person_of_120_px_is_found_in_full_hd(finder):
    camera = Camera((0.0, -14.0, 1.5), (0.0, 0.0, 1.2), 87.0, 1920, 1080, fps=12.0)
    people = (
        Performer((-5.0, 0.0), 180.0, (Rest(2.5),), look=RED),
        Performer((4.0, 0.5), 180.0, (Train("jumping_jack", 1),), look=GREEN),
    )
    scene = Scene(people, camera, seed=6)
    height_px = np.ptp(next(iter(draw_clip(scene)))[1].landmarks[0, :, 1])
    assert 100 <= height_px <= 125
    numbers, _ = followed(finder, scene)
    assert (numbers[12:] > 0).mean() >= 0.95


def test_nobody_is_found_in_a_drawn_empty_room_with_a_camera_s_noise(finder):
    finder.restart()
    scene = Scene((Performer((40.0, -20.0), 0.0, (Rest(3.0),)),), Camera(fps=15.0), seed=8)
    assert [finder.update(frame) for frame, _ in draw_clip(scene)] == [[]] * 45


def real_clips(label, most_people):
    if CLIPS is None or not (Path(CLIPS) / "truth.csv").is_file():
        return []
    with (Path(CLIPS) / "truth.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        row["clip"]
        for row in rows
        if row["label"] == label
        and row["cuts"] == "False"
        and row["people_max"] == most_people
        and row["split"] == "train"
    ][:4]


@pytest.mark.clips
@pytest.mark.skipif(CLIPS is None, reason="SPOTTER_CLIPS names no folder of real clips")
@pytest.mark.parametrize("label", ["push_up", "bench_press", "plank", "pull_up", "squat"])
def test_the_one_person_of_a_real_clip_is_one_track_from_start_to_end(finder, label):
    for clip in real_clips(label, "1"):
        finder.restart()
        seen, frames = Counter[int](), 0
        with Recording(Path(CLIPS) / f"{clip}.mp4") as recording:
            for frame in recording:
                if frame.captured_ns > 4e9:
                    break
                frames += 1
                seen.update(person.track for person in finder.update(frame))
        assert max(seen.values(), default=0) / frames >= 0.85, f"{clip}: {seen} in {frames} frames"

"""Recorded scenes beside their truth: a made-up folder with a made-up camera, and people who are found as told."""

from types import SimpleNamespace

import numpy as np
import pytest

from core.errors import ClipError, ConfigError
from ingest.rehearsal.truth import (
    CameraTruth,
    FrameTruths,
    PersonTruth,
    SceneTruth,
    SetTruth,
    read_scene,
    write_arrays,
    write_scene_truth,
)
from spotter import scene_evaluation
from spotter.scene_evaluation import (
    FoundRows,
    SceneClock,
    chosen_cameras,
    cut_to,
    evaluate_camera,
    evaluate_scene,
    score_camera,
    true_people,
)
from training.scoring.sets import NOTHING_FOUND
from workers.exercise.results import ExerciseSet, FormVerdict, Rep
from workers.people.tracked import TrackedPerson

FPS, FRAMES, STARTS_S = 10.0, 200, 5.0
"""The recording begins when the scene is five seconds old."""
UNIT = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
NAMES = ("squat", "lunge")


def skeleton(x):
    points = np.stack([np.tile([-15.0, 0.0, 15.0], 11), np.linspace(-50, 50, 33)], 1)
    return points + np.array([x, 60.0])


def places(frame):
    """Where the two people are: the first stays, the second stands beside him."""
    del frame
    return 40.0, 110.0


def camera(name="cam-1", fps=FPS):
    matrix = ((200.0, 0.0, 79.5), (0.0, 200.0, 59.5), (0.0, 0.0, 1.0))
    return CameraTruth(name, 160, 120, fps, FRAMES, 0.0, matrix, UNIT, (0.0, 0.0, 0.0), ())


def squats(start_s=7.0, reps=3, **changes):
    """Two seconds a repetition, in the scene's time."""
    ends = tuple(start_s + 2.0 * (at + 1) for at in range(reps))
    facts = {"exercise": "squat", "start_s": start_s, "end_s": ends[-1], "rep_end_s": ends, "faults": {}}
    return SetTruth(**{**facts, **changes})


def person(number, *sets):
    return PersonTruth(number, f"person {number}", 1.75, None, sets)


def frame_truths(hidden=()):
    """``hidden``: frames in which the first person cannot be seen."""
    landmarks = np.array([[skeleton(x) for x in places(at)] for at in range(FRAMES)], np.float32)
    visible = np.ones((FRAMES, 2, 33), np.bool_)
    visible[list(hidden), 0] = False
    low, high = landmarks.min(2), landmarks.max(2)
    scene_s = STARTS_S + np.arange(FRAMES) / FPS
    none = np.zeros((FRAMES, 2), np.float32)
    return FrameTruths(
        scene_s,
        scene_s,
        np.ones((FRAMES, 2), np.bool_),
        landmarks,
        np.full((FRAMES, 2, 33), 3.5, np.float32),
        visible,
        np.concatenate([low, high], -1),
        none,
        none.copy(),
    )


def found_rows(tracks=lambda frame: (1, 2)):
    """Everybody where he is; ``tracks``: their numbers in each frame, None for who is not found."""
    rows = FoundRows()
    for at in range(FRAMES):
        seen = []
        for number, x in zip(tracks(at), places(at), strict=True):
            if number is not None:
                points = skeleton(x)
                landmarks = np.concatenate([points, np.ones((33, 2))], 1).astype(np.float32)
                box = (*points.min(0), *points.max(0))
                seen.append(SimpleNamespace(person=TrackedPerson(number, landmarks, landmarks[:, :3], 1.0, box)))
        rows.add(SimpleNamespace(sequence=at), at / FPS, seen)
    return rows


def counted(start_s, end_s, late_s=0.1, verdicts=(), tentative=False):
    """In the recording's time."""
    return Rep(start_s, end_s, end_s + late_s, 90.0, tentative, verdicts)


def counted_set(reps, exercise="squat", **more):
    return ExerciseSet(exercise, 0.9, reps[0].start_s, reps[-1].end_s, list(reps), **more)


THREE = [counted(2, 4), counted(4, 6), counted(6, 8)]
"""The three squats of the truth: the scene's 7 s to 13 s are the recording's 2 s to 8 s."""


@pytest.fixture
def scored(make_analysis):
    def score(found, people=None, rows=None, truths=None):
        """``found``: sets by the number of the track."""
        people = people or (person(1, squats()), person(2))
        scene = SceneTruth("made-up", 3, 25.0, people, (camera(),))
        analysed = [SimpleNamespace(person=number, sets=sets) for number, sets in found.items()]
        analysis = make_analysis(people=analysed, frames=FRAMES)
        return score_camera(scene, camera(), truths or frame_truths(), rows or found_rows(), analysis)

    return score


def test_a_set_is_scored_in_the_time_of_the_scene(scored):
    score = scored({1: [counted_set(THREE)]})
    (only,) = score.sets
    assert only.cluster == ("cam-1", 1)
    assert (only.true_reps, only.counted_reps, only.in_time, only.named) == (3, 3, 3, "squat")
    assert only.latencies_s == pytest.approx((0.1, 0.1, 0.1))
    assert score.nobodys_reps == 0


def test_everybody_is_found_and_measured(scored):
    score = scored({})
    assert score.people.by_pose.all()
    assert len(score.people.cluster) == 2 * FRAMES
    assert score.points.error_px == pytest.approx(0.0, abs=1e-4)
    assert score.tracks == 2
    assert (len(score.pairs), score.frames, score.fps) == (FRAMES, FRAMES, FPS)


def test_the_height_is_that_of_a_standing_person_at_the_distance(scored):
    assert scored({}).people.height_px == pytest.approx(1.75 * 200 / 3.5)


def test_what_somebody_does_is_known_in_every_frame(scored):
    people = scored({}).people
    first = [what for what, (_, who) in zip(people.doing, people.cluster, strict=True) if who == 1]
    assert [first[at] for at in (19, 20, 80, 81)] == ["idle", "squat", "squat", "idle"]
    assert {what for what, (_, who) in zip(people.doing, people.cluster, strict=True) if who == 2} == {"idle"}


def test_repetitions_follow_the_person_when_numbers_are_swapped(scored):
    # Track 1 follows person 1 until the recording's 6 s, and person 2 afterwards.
    swapped = found_rows(lambda frame: (1, 2) if frame < 60 else (2, 1))
    score = scored({1: [counted_set(THREE)]}, rows=swapped)
    assert score.sets[0].counted_reps == 2
    assert [idle.phantoms for idle in score.idle] == [0, 1]


def test_repetitions_of_nobody_are_told_apart(scored):
    rows = found_rows(lambda frame: (1 if frame < 50 else None, 2))
    score = scored({1: [counted_set(THREE)]}, rows=rows)
    assert score.sets[0].counted_reps == 2
    assert score.nobodys_reps == 1


def test_doubtful_repetitions_are_not_counted(scored):
    score = scored({1: [counted_set([counted(2, 4, tentative=True)])]})
    assert (score.sets[0].counted_reps, score.sets[0].named) == (0, NOTHING_FOUND)


def test_what_is_counted_in_idle_time_is_a_phantom(scored):
    score = scored({2: [counted_set([counted(10, 12), counted(12, 14)])]})
    first, second = score.idle
    assert (first.phantoms, second.phantoms, second.named) == (0, 2, ("squat",))
    assert second.hours == pytest.approx(20 / 3600)
    # The first one's set, with a second before and after it, is no idle time.
    assert first.hours == pytest.approx((20 - 8.1) / 3600, rel=1e-3)


def test_a_set_that_the_camera_hardly_sees_is_not_scored_and_no_phantom(scored):
    score = scored({1: [counted_set(THREE)]}, truths=frame_truths(hidden=range(20, 50)))
    assert score.sets == []
    assert score.unseen_sets == 1
    assert [idle.phantoms for idle in score.idle] == [0, 0]


def test_a_set_that_begins_after_the_recording_is_no_set(scored):
    score = scored({}, people=(person(1, squats(start_s=60.0)), person(2)))
    assert (score.sets, score.unseen_sets) == ([], 0)


def test_verdicts_of_repetitions_are_compared_with_the_faults(scored):
    shallow = (FormVerdict("shallow", "fault", "Lower"), FormVerdict("knees in", "cannot tell", ""))
    found = counted_set([counted(2, 4), counted(4, 6, verdicts=shallow), counted(6, 8)])
    score = scored({1: [found]}, people=(person(1, squats(faults={2: "shallow", 3: "knees_in"})), person(2)))
    first, second, third = score.sets[0].judged
    assert (first.true, first.found) == (set(), set())
    assert (second.true, second.found, second.unsure) == ({"shallow"}, {"shallow"}, {"knees in"})
    assert (third.true, third.found) == ({"knees in"}, set())


def test_holds_are_compared_by_their_seconds(scored):
    plank = SetTruth("plank", 7.0, 17.0, (), {1: "hips_sag"}, 10.0)
    sagging = (FormVerdict("hips sag", "fault", "Lift"),)
    found = ExerciseSet("plank", 0.9, 3.0, 11.5, hold_s=8.5, hold_verdicts=sagging)
    (only,) = scored({1: [found]}, people=(person(1, plank), person(2))).sets
    assert (only.hold_s, only.held_s, only.named) == (10.0, 8.5, "plank")
    assert only.judged[0].found == {"hips sag"}


def test_a_recording_that_ends_early_cuts_a_set():
    cut = cut_to(squats(start_s=7.0), 10.0)
    assert (cut.end_s, cut.rep_end_s) == (10.0, (9.0,))
    assert cut_to(SetTruth("plank", 7.0, 17.0, (), {}, 10.0), 12.0).hold_s == pytest.approx(5.0)
    assert cut_to(squats(start_s=7.0), 6.0) is None
    assert cut_to(squats(start_s=7.0), 60.0) == squats(start_s=7.0)


def test_the_clock_of_a_recording_runs_beside_that_of_the_scene():
    clock = SceneClock(np.array([0.0, 0.1, 0.2]), np.array([5.0, 5.1, 5.2]))
    assert clock.scene_s(0.15) == pytest.approx(5.15)


def test_boxes_are_cut_to_the_frame_and_who_is_out_of_view_is_left_out():
    truths = frame_truths()
    truths.box_px[:, 0] = (-50, -10, 60, 500)
    truths.truncation[:100, 1] = 1.0
    true = true_people((person(1), person(2)), camera(), truths)
    assert true.box_px[true.person == 1][0].tolist() == [0, 0, 60, 120]
    assert (true.person == 2).sum() == FRAMES - 100


def test_cover_counts_what_is_hidden_and_what_is_cut_off():
    truths = frame_truths()
    truths.occlusion[:], truths.truncation[:] = 0.5, 0.2
    assert true_people((person(1), person(2)), camera(), truths).covered == pytest.approx(0.6)


def test_nobody_found_at_all_is_scored(scored):
    score = scored({}, rows=found_rows(lambda frame: (None, None)))
    assert not score.people.by_pose.any()
    assert (score.tracks, len(score.points.error_px)) == (0, 0)
    assert score.sets[0].named == NOTHING_FOUND


@pytest.fixture
def folder(tmp_path, make_clip):
    """Two cameras with videos that show nobody."""
    cameras = (camera("cam-1"), camera("cam-2"))
    write_scene_truth(
        tmp_path / "truth.json", SceneTruth("made-up", 3, 20.0, (person(1, squats()), person(2)), cameras)
    )
    for each in cameras:
        make_clip(each.video, frames=FRAMES, fps=int(FPS))
        write_arrays(tmp_path / each.frame_truth, frame_truths())
    return tmp_path


class TellingFinder:
    """Finds everybody where the truth has them."""

    def update(self, frame):
        seen = []
        for number, x in enumerate(places(frame.sequence), start=1):
            points = skeleton(x)
            landmarks = np.concatenate([points, np.ones((33, 2))], 1).astype(np.float32)
            box = (*points.min(0), *points.max(0))
            seen.append(TrackedPerson(number, landmarks, np.zeros((33, 3), np.float32), 1.0, box))
        return seen

    def close(self):
        self.closed = True


def test_a_camera_is_read_analyzed_and_scored(folder):
    finder = TellingFinder()
    score = evaluate_camera(folder, "cam-2", lambda: finder)
    assert (score.camera, score.frames) == ("cam-2", FRAMES)
    assert score.people.by_pose.all()
    assert score.sets[0].counted_reps == 0
    assert finder.closed


def test_cameras_are_chosen_by_name_in_the_order_asked_for(folder):
    cameras = read_scene(folder).truth.cameras
    assert [each.id for each in chosen_cameras(cameras, [])] == ["cam-1", "cam-2"]
    assert [each.id for each in chosen_cameras(cameras, ["cam-2"])] == ["cam-2"]
    with pytest.raises(ConfigError, match="--camera cam-3: the scene has no such camera; it has cam-1, cam-2"):
        chosen_cameras(cameras, ["cam-3"])


def test_a_folder_without_a_scene_is_told(tmp_path):
    with pytest.raises(ClipError, match="spotter rehearse"):
        evaluate_scene(tmp_path)


def test_whom_a_track_follows_is_settled_by_the_larger_share():
    true = true_people((person(1), person(2)), camera(), frame_truths())
    rows = found_rows(lambda frame: (1, 2) if frame < 60 else (2, 1))
    matches = scene_evaluation.match_people(true, rows.people())
    whose = scene_evaluation.Followed(true, rows.people(), matches, frame_truths().scene_s)
    assert whose.between(1, STARTS_S, STARTS_S + 10) == 1
    assert whose.between(1, STARTS_S + 5, STARTS_S + 10) == 2
    assert whose.between(1, 100.0, 110.0) == scene_evaluation.NOBODY

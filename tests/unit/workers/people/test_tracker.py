from dataclasses import replace

import numpy as np
import pytest
from skeletons import dress, person

from workers.people.tracker import Tracker, TrackerOptions
from workers.pose.pose import Region

SIZE = (480, 1280, 3)
RED, BLUE, GREEN = (40, 40, 200), (200, 60, 40), (60, 180, 60)
DT = 0.04


class Scene:
    """Runs a tracker on people whose places and clothes the test decides."""

    def __init__(self, **options):
        self.tracker = Tracker(TrackerOptions(**options))
        self.now_s = 0.0

    def step(self, followed=None, found=(), colours=(), dt=DT):
        """One frame: ``followed`` maps a target of the tracker to its pose, ``found`` are poses from searching."""
        pixels = np.full(SIZE, 128, np.uint8)
        for pose, colour in colours:
            dress(pixels, pose, colour)
        poses = [followed(track) for track in self.tracker.targets(self.now_s)]
        self.tracker.advance(pixels, self.now_s, poses)
        new = self.tracker.propose(pixels, self.now_s, list(found))
        self.now_s += dt
        return new

    def stay(self, people, seconds=0.4):
        """People who stand at their places, each dressed; all are found by searching in each frame as well."""
        poses = [pose for pose, _ in people]
        for _ in range(round(seconds / DT)):
            self.step(lambda track: nearest(track, poses), poses, people)

    def numbers(self):
        return [track.number for track in self.tracker.people()]

    def places(self):
        return {track.number: track.region.x for track in self.tracker.people()}


def nearest(track, poses):
    """What a pose model sees in a region: whoever is closest to its middle, or nobody."""
    best = min(poses, key=lambda p: abs(p.region.x - track.region.x), default=None)
    if best is None or abs(best.region.x - track.region.x) > 100:
        return person(track.region.x, track.region.y, presence=0.0)
    return best


def test_a_clear_person_is_believed_at_once_and_keeps_the_number():
    scene = Scene()
    assert scene.step(found=[person()]) == 1
    assert scene.numbers() == [1]
    scene.stay([(person(), RED)], 2.0)
    assert scene.numbers() == [1]


def test_a_person_who_is_seen_less_clearly_takes_three_frames():
    scene = Scene()
    pose = person(visibility=0.7)
    scene.step(found=[pose])
    assert scene.numbers() == []
    for _ in range(2):
        scene.step(lambda track: pose)
    assert scene.numbers() == [1]


@pytest.mark.parametrize(
    "ghost",
    [
        person(presence=0.6),
        person(visibility=0.1),
        replace(person(), next_region=Region(320.0, 240.0, 5.0, 0.0)),
        replace(person(), next_region=Region(320.0, 240.0, float("nan"), 0.0)),
        replace(person(), next_region=Region(320.0, 240.0, 1e7, 0.0)),
        replace(person(), next_region=Region(320.0, 240.0, 2000.0, 0.0)),
        person(-500.0),
    ],
    ids=["absent", "unseen", "tiny", "nan", "huge", "heap of points", "outside"],
)
def test_what_cannot_be_a_person_starts_no_track(ghost):
    scene = Scene()
    assert scene.step(found=[ghost]) == 0
    assert not scene.tracker.live


def test_a_flickering_ghost_is_never_reported():
    scene = Scene()
    presences = [0.9, 0.8, 0.7, 0.6, 0.95, 0.55, 0.3]
    scene.step(found=[person(visibility=0.7, presence=0.8)])
    for presence in presences * 4:
        ghost = person(visibility=0.7, presence=presence)
        scene.step(lambda track: ghost, [ghost])  # noqa: B023
        assert scene.numbers() == []


def test_a_skeleton_upside_down_needs_longer():
    scene = Scene()
    pose = person(turned=3.1)
    scene.step(found=[pose])
    for _ in range(5):
        scene.step(lambda track: pose)
    assert scene.numbers() == []
    for _ in range(10):
        scene.step(lambda track: pose)
    assert scene.numbers() == [1]


def test_a_second_reading_of_a_person_is_no_second_person():
    scene = Scene()
    scene.step(found=[person()])
    assert scene.step(lambda track: person(), [person(325), person(y=235, turned=np.pi)]) == 0
    assert scene.numbers() == [1]


def test_a_clearly_better_reading_replaces_the_first():
    scene = Scene()
    flipped = person(y=235, turned=np.pi, visibility=0.7)
    scene.step(found=[flipped])
    assert scene.step(lambda track: flipped, [person()]) == 0
    assert [t.region.rotation for t in scene.tracker.live] == [0.0]


def test_people_half_a_metre_apart_are_two():
    scene = Scene()
    people = [(person(320), RED), (person(370), BLUE)]
    scene.stay(people, 3.0)
    assert scene.numbers() == [1, 2]


def test_a_detection_on_a_tracked_person_is_explained_and_the_neighbour_is_not():
    scene = Scene()
    scene.step(found=[person()])
    assert scene.tracker.explains(person(330).region)
    assert not scene.tracker.explains(person(370).region)
    assert not scene.tracker.explains(person(turned=1.6).region)
    assert not scene.tracker.explains(person(px_per_m=30).region)


def test_only_confirmed_people_nearby_are_neighbours():
    scene = Scene()
    people = [person(320), person(370), person(900)]
    scene.step(found=people)
    track = scene.tracker.people()[0]
    assert [p.region.x for p in scene.tracker.neighbours(track.region, track)] == [370]
    scene.step(lambda t: nearest(t, people), [person(620, visibility=0.7)])
    assert scene.tracker.neighbours(person(620).region) == []


def test_two_tracks_that_slide_onto_one_person_are_merged_and_his_keeps_the_number():
    scene = Scene()
    people = [(person(320), RED), (person(420), BLUE)]
    scene.stay(people, 1.0)
    red = person(320)
    scene.step(lambda track: red, colours=people)
    assert scene.places() == {1: 320}
    assert [t.number for t in scene.tracker.lost] == [2]
    scene.stay(people, 0.4)
    assert scene.places() == {1: 320, 2: 420}


def test_two_believed_tracks_that_read_one_person_differently_become_one():
    scene = Scene()
    people = [(person(320), RED), (person(470), RED)]
    scene.stay(people, 1.0)
    upright, flipped = person(320), person(320, y=235, turned=np.pi)
    for _ in range(8):
        scene.step(lambda track: upright if track.number == 1 else flipped, colours=[(upright, RED)])
    assert scene.places() == {1: 320}


def test_the_one_whose_person_it_is_keeps_the_number_even_if_younger():
    scene = Scene()
    older, younger = (person(320), RED), (person(420), BLUE)
    scene.stay([older], 1.0)
    scene.stay([older, younger], 1.0)
    blue = person(420)
    scene.step(lambda track: blue, colours=[older, younger])
    assert scene.places() == {2: 420}


def test_a_region_that_jumps_onto_somebody_in_other_clothes_loses_its_person():
    scene = Scene()
    scene.stay([(person(320), RED)], 1.0)
    scene.step(lambda track: person(420), colours=[(person(320), RED), (person(420), BLUE)])
    assert scene.numbers() == []
    scene.stay([(person(320), RED), (person(420), BLUE)])
    assert scene.places() == {1: 320, 2: 420}


def test_who_is_hidden_for_a_moment_goes_on_in_the_same_place():
    scene = Scene()
    scene.stay([(person(320), RED)], 1.0)
    for _ in range(50):
        scene.step(lambda track: person(track.region.x, presence=0.0))
        assert scene.numbers() == []
    scene.stay([(person(340), RED)])
    assert scene.numbers() == [1]


def test_a_blurred_frame_costs_one_frame_and_no_search():
    scene = Scene()
    scene.stay([(person(320), RED)], 1.0)
    scene.step(lambda track: person(presence=0.1))
    assert scene.numbers() == []
    scene.step(lambda track: person(), colours=[(person(), RED)])
    assert scene.numbers() == [1]


def test_somebody_in_other_clothes_in_the_same_place_is_somebody_else():
    scene = Scene()
    scene.stay([(person(320), RED)], 1.0)
    scene.stay([], 1.0)
    scene.stay([(person(320), BLUE)])
    assert scene.numbers() == [2]


def test_nobody_comes_back_faster_than_people_walk():
    scene = Scene()
    scene.stay([(person(200), RED)], 1.0)
    scene.stay([], 0.4)
    scene.stay([(person(1100), RED)])
    assert scene.numbers() == [2]


def test_who_walked_on_while_hidden_is_the_same_by_speed_and_clothes():
    scene = Scene()
    scene.stay([(person(200), RED)], 2.0)
    scene.stay([], 1.5)
    scene.stay([(person(380), RED)])
    assert scene.numbers() == [1]


def test_the_lost_are_remembered_for_three_seconds_at_least_and_not_for_ever():
    for away_s, expected in ((3.2, [1]), (11.0, [2])):
        scene = Scene()
        scene.stay([(person(320), RED)], 2.0)
        scene.stay([], away_s)
        scene.stay([(person(320), RED)])
        assert scene.numbers() == expected


def test_frames_far_apart_count_by_time():
    scene = Scene()
    scene.stay([(person(320), RED)], 2.0)
    scene.step(lambda track: person(presence=0.0), dt=20.0)
    scene.step(lambda track: person(presence=0.0), [person(320)], [(person(320), RED)])
    assert scene.numbers() == [2]


def test_people_who_crossed_get_their_numbers_back_by_their_clothes():
    scene = Scene()
    scene.stay([(person(300), RED), (person(500), BLUE)], 1.0)
    ways = {1: [(x, RED) for x in (340, 380, 402)], 2: [(x, BLUE) for x in (460, 430, 418)]}
    # They touch at 402 and 418; from there each track goes on with the other's body.
    ways[1] += [(x, BLUE) for x in (440, 480, 500)]
    ways[2] += [(x, RED) for x in (380, 340, 300)]
    for (x1, colour1), (x2, colour2) in zip(ways[1], ways[2], strict=True):
        poses = {1: person(x1), 2: person(x2)}
        scene.step(lambda track: poses[track.number], colours=[(poses[2], colour2), (poses[1], colour1)])  # noqa: B023
    assert scene.places() == {1: 500, 2: 300}
    scene.stay([(person(300), RED), (person(500), BLUE)])
    assert scene.places() == {1: 300, 2: 500}


def test_a_cut_ends_the_tracks_and_the_same_person_in_the_same_place_goes_on():
    scene = Scene()
    scene.stay([(person(320), RED), (person(800), BLUE)], 1.0)
    scene.tracker.cut(scene.now_s)
    assert scene.numbers() == []
    assert scene.tracker.targets(scene.now_s) == []
    scene.stay([(person(330), RED), (person(800), GREEN)])
    assert scene.places() == {1: 330, 3: 800}


def test_numbers_belong_to_the_instance():
    for _ in range(2):
        scene = Scene()
        scene.step(found=[person()])
        assert scene.numbers() == [1]


def test_no_more_people_than_allowed_are_followed():
    scene = Scene(max_people=2)
    scene.step(found=[person(200), person(500), person(800)])
    assert len(scene.numbers()) == 2


def test_poses_from_a_backend_that_finds_people_itself_are_assigned_in_any_order():
    tracker = Tracker()
    pixels = np.full(SIZE, 128, np.uint8)
    for i in range(20):
        people = [person(300 + 2 * i), person(700 - 2 * i)]
        tracker.assign(pixels, i * DT, people[:: 1 if i % 2 else -1])
    assert sorted((t.number, t.region.x) for t in tracker.people()) in ([(1, 338), (2, 662)], [(1, 662), (2, 338)])
    tracker.assign(pixels, 20 * DT, [person(338)])
    assert len(tracker.people()) == 1
    assert len(tracker.lost) == 1

import math

import cv2
import numpy as np
import pytest
from skeletons import dress, person

from core.errors import ConfigError, ModelError
from core.frame import Frame
from workers.people.detection import Detection
from workers.people.finder import FinderOptions, PeopleFinder, covered_cells, is_usable, open_finder
from workers.people.regions import Look, whole
from workers.people.track import Track
from workers.people.tracker import TrackerOptions
from workers.pose.pose import Region

SIZE = (360, 640)
RED, BLUE = (40, 40, 200), (200, 60, 40)
PX_PER_M = 80.0


def coloured(pixels):
    """Where the picture is not grey: the people of these tests are."""
    return (cv2.absdiff(pixels[..., 0], pixels[..., 2]) > 60).astype(np.uint8)


class ColourDetector:
    """Finds coloured figures that stand upright, of at least an eighth of the window, as BlazePose's does."""

    def __init__(self):
        self.looks = 0

    def detect(self, pixels, windows):
        found = []
        for window in windows:
            self.looks += 1
            x0, y0, x1, y1 = (int(v) for v in (window.x0, window.y0, window.x1, window.y1))
            count, _, boxes, _ = cv2.connectedComponentsWithStats(coloured(pixels[y0:y1, x0:x1]))
            for x, y, width, height, _ in boxes[1:count]:
                if height > width and height > (y1 - y0) / 8:
                    middle = x0 + x + width / 2, y0 + y + 0.39 * height
                    found.append(Detection(Region(*middle, 2.3 / 1.35 * height, 0.0), 0.9))
        return found

    def close(self):
        self.looks = -1


class ColourBackend:
    """Puts a standing skeleton onto the coloured figure closest to the region's middle."""

    finds_people = False

    def __init__(self):
        self.regions = 0

    def poses(self, pixels, captured_ns, regions):
        return [self._pose(pixels, region) for region in regions]

    def _pose(self, pixels, region):
        self.regions += 1
        count, _, boxes, _ = cv2.connectedComponentsWithStats(coloured(pixels))
        middles = [(x + w / 2, y + 0.39 * h, h) for x, y, w, h, _ in boxes[1:count]]
        near = min(middles, key=lambda m: math.hypot(m[0] - region.x, m[1] - region.y), default=None)
        if near is None or math.hypot(near[0] - region.x, near[1] - region.y) > 0.4 * region.size:
            return person(region.x, region.y, px_per_m=region.size / 2.3, presence=0.0)
        return person(near[0], near[1], px_per_m=near[2] / 1.35)

    def close(self):
        self.regions = -1


class FindingBackend(ColourBackend):
    """Finds the figures by itself."""

    finds_people = True

    def poses(self, pixels, captured_ns, regions):
        assert regions == []
        found = ColourDetector().detect(pixels, [whole(pixels.shape[1], pixels.shape[0])])
        return [self._pose(pixels, d.region) for d in found]


class Room:
    def __init__(self, fps=25, options=None):
        self.detector, self.backend = ColourDetector(), ColourBackend()
        self.finder = PeopleFinder(self.backend, self.detector, options)
        self.fps, self.count = fps, 0

    def show(self, *people, background=128):
        pixels = np.full((*SIZE, 3), background, np.uint8)
        for x, colour in people:
            dress(pixels, person(x, 180.0, px_per_m=PX_PER_M), colour)
        frame = Frame(pixels, round(self.count / self.fps * 1e9), self.count)
        self.count += 1
        return self.finder.update(frame)


def test_everyone_is_reported_from_the_first_frame_on_with_a_number_each():
    room = Room()
    seen = [[p.track for p in room.show((150 + i, RED), (450 - i, BLUE))] for i in range(50)]
    assert seen == [[1, 2]] * 50


def test_landmarks_are_where_the_person_is_and_the_box_is_inside_the_frame():
    seen = Room().show((20, RED))[0]
    assert seen.landmarks.shape == (33, 4)
    assert seen.world.shape == (33, 3)
    assert seen.landmarks[[23, 24], 0].mean() == pytest.approx(20, abs=12)
    x0, y0, x1, y1 = seen.box_px
    assert 0 <= x0 < x1 <= SIZE[1]
    assert 0 <= y0 < y1 <= SIZE[0]


def test_one_person_costs_few_searches_and_an_empty_room_next_to_nothing():
    room = Room()
    for _ in range(25):
        room.show((300, RED))
    before = room.detector.looks
    for _ in range(250):
        room.show((300, RED))
    assert (room.detector.looks - before) / 250 < 0.08
    empty = Room()
    for _ in range(25):
        empty.show()
    before = empty.detector.looks
    for _ in range(250):
        assert empty.show() == []
    assert empty.detector.looks - before <= 10
    assert empty.backend.regions == 0


def test_who_walks_in_is_found_soon():
    room = Room()
    for _ in range(100):
        room.show((150, RED))
    late = next(i for i in range(25) if len(room.show((150, RED), (450 + i, BLUE))) == 2)
    assert late <= 12


def test_who_leaves_is_gone_and_comes_back_with_the_same_number():
    room = Room()
    for _ in range(50):
        room.show((300, RED))
    assert room.show() == []
    for _ in range(50):
        assert room.show() == []
    back = [room.show((310, RED)) for _ in range(20)]
    assert [p.track for p in back[-1]] == [1]


def test_after_a_cut_nobody_slides_onto_another():
    room = Room()
    noise = np.random.default_rng(0).integers(60, 200, (*SIZE, 1)).astype(np.uint8)
    for _ in range(30):
        room.show((200, RED), background=np.full((*SIZE, 1), 60, np.uint8))
    numbers = {p.track for _ in range(10) for p in room.show((240, BLUE), background=noise)}
    assert numbers == {2}


def test_a_lying_person_is_found_in_the_turned_picture():
    room = Room()
    upright = np.full((SIZE[1], SIZE[0], 3), 128, np.uint8)
    dress(upright, person(180.0, 300.0, px_per_m=PX_PER_M), RED)
    lying = np.ascontiguousarray(np.rot90(upright, -1))
    found = room.finder._detect(lying, Look(whole(SIZE[1], SIZE[0]), 1))
    assert len(found) == 1
    assert found[0].region.rotation == pytest.approx(math.pi / 2)
    assert room.finder._detect(lying, Look(whole(SIZE[1], SIZE[0]))) == []


def test_a_backend_that_finds_people_itself_needs_no_detector():
    finder = PeopleFinder(FindingBackend(), None)
    pixels = np.full((*SIZE, 3), 128, np.uint8)
    dress(pixels, person(300.0, 180.0, px_per_m=PX_PER_M), RED)
    for i in range(5):
        seen = finder.update(Frame(pixels, i * 40_000_000, i))
    assert [p.track for p in seen] == [1]
    finder.close()
    with pytest.raises(ValueError, match="detector"):
        PeopleFinder(ColourBackend(), None)


def test_restart_begins_another_recording():
    room = Room()
    assert [p.track for p in room.show((150, RED), (450, BLUE))] == [1, 2]
    room.finder.restart()
    room.count = 0
    assert [p.track for p in room.show((300, BLUE))] == [1]


def test_searching_single_pictures_gives_whoever_is_there():
    room = Room()
    pixels = np.full((*SIZE, 3), 128, np.uint8)
    dress(pixels, person(300.0, 180.0, px_per_m=PX_PER_M), RED)
    assert len(room.finder.search(Frame(pixels, 0, 0), [Look(whole(SIZE[1], SIZE[0]))])) == 1


def test_no_more_people_than_asked_for_are_followed():
    room = Room(options=FinderOptions(tracker=TrackerOptions(max_people=1)))
    for _ in range(30):
        assert len(room.show((150, RED), (450, BLUE))) == 1


@pytest.mark.parametrize("size", [(1, 1), (2, 700), (48, 64)])
def test_tiny_pictures_hold_nobody_and_break_nothing(size):
    room = Room()
    for i in range(12):
        assert room.finder.update(Frame(np.full((*size, 3), i * 20, np.uint8), i * 40_000_000, i)) == []


def test_closing_releases_both_models():
    room = Room()
    room.finder.close()
    assert room.detector.looks == room.backend.regions == -1


def test_covered_cells_are_those_of_the_person_even_partly_outside():
    pose = person(0.0, 180.0, px_per_m=PX_PER_M)
    covered = covered_cells([Track(1, pose, pose.region, 0.0, 0.0)], (11, 20), 640, 360)
    rows, columns = np.nonzero(covered)
    assert columns.max() <= 2
    assert rows.min() >= 2
    assert covered[5, 0]


def test_regions_that_are_no_regions_are_not_looked_at():
    assert is_usable(Region(10, 10, 100, 0))
    assert not is_usable(Region(10, float("nan"), 100, 0))
    assert not is_usable(Region(10, 10, 1, 0))


def test_unknown_parts_are_refused_by_name(monkeypatch, tmp_path):
    with pytest.raises(ConfigError, match="no pose backend 'caffe'"):
        open_finder(backend="caffe")
    monkeypatch.setenv("SPOTTER_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match="spotter models pull"):
        open_finder()

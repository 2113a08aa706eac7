import cv2
import numpy as np
import pytest

from core.errors import ModelError
from workers.people.blazepose_detector import BlazePoseDetector
from workers.people.detection import Window

WHOLE = Window(0, 0, 640, 480)
LEFT_HALF, RIGHT_HALF = Window(0, 0, 320, 480), Window(320, 0, 640, 480)


@pytest.fixture(scope="module")
def detector(blazepose_paths):
    detector = BlazePoseDetector(blazepose_paths.detector)
    yield detector
    detector.close()


def places(detections):
    return sorted((round(found.region.x), round(found.region.y), round(found.region.size)) for found in detections)


def test_finds_two_people_where_they_stand_best_first(detector, two_people):
    found = detector.detect(two_people.pixels, [WHOLE])
    hips = two_people.landmarks[:, 23:25].mean(axis=1)
    assert len(found) == 2
    for place, hip in zip(places(found), hips, strict=True):
        assert np.hypot(place[0] - hip[0], place[1] - hip[1]) < 15
        assert 240 < place[2] < 400
    assert found[0].score >= found[1].score > 0.9


def test_each_person_once_however_many_windows_show_them(detector, two_people):
    windows = [WHOLE, LEFT_HALF, RIGHT_HALF, Window(100, 0, 540, 480), Window(0, 50, 640, 450)]
    found = detector.detect(two_people.pixels, windows)
    assert len(found) == 2
    alone = [person for window in windows for person in detector.detect(two_people.pixels, [window])]
    assert found[0].score == pytest.approx(max(person.score for person in alone), abs=1e-4)


def test_places_are_frame_pixels_whatever_the_window(detector, two_people):
    whole = places(detector.detect(two_people.pixels, [WHOLE]))
    left = places(detector.detect(two_people.pixels, [Window(20, 60, 380, 420)]))
    np.testing.assert_allclose(left[0], whole[0], atol=20)


def test_a_small_person_is_found_in_a_window_and_not_in_the_whole_frame(detector, two_people):
    pixels = np.full((1080, 1920, 3), 128, np.uint8)
    pixels[600:780, 800:1040] = cv2.resize(two_people.pixels, (240, 180), interpolation=cv2.INTER_AREA)
    assert detector.detect(pixels, [Window(0, 0, 1920, 1080)]) == []
    assert len(detector.detect(pixels, [Window(780, 580, 1060, 800)])) == 2


def test_nobody_in_an_empty_picture_and_nothing_without_windows(detector, two_people):
    assert detector.detect(np.full((480, 640, 3), 120, np.uint8), [WHOLE, LEFT_HALF]) == []
    assert detector.detect(two_people.pixels, []) == []


def test_odd_frames_are_searched_without_complaint(detector):
    assert detector.detect(np.zeros((1, 1, 3), np.uint8), [Window(0, 0, 1, 1)]) == []
    assert detector.detect(np.zeros((4, 3000, 3), np.uint8), [Window(0, 0, 3000, 4)]) == []


def test_the_threshold_decides(blazepose_paths, two_people):
    strict = BlazePoseDetector(blazepose_paths.detector, score_threshold=0.9999)
    assert strict.detect(two_people.pixels, [WHOLE]) == []


def test_another_network_is_refused(blazepose_paths):
    with pytest.raises(ModelError, match="256"):
        BlazePoseDetector(blazepose_paths.landmarks)

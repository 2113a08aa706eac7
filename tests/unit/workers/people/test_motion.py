import numpy as np
import pytest

from workers.people.motion import MotionWatch, correlation, moving_cells, shrink

ROOM = np.random.default_rng(1).integers(60, 120, (18, 32)).astype(np.uint8)


def frame(noise=0, lamp=0, size=(360, 640), block=None, room=ROOM):
    height, width = size
    pixels = np.kron(room, np.ones((height // 18, width // 32), np.uint8)).astype(np.int16) + lamp
    if block is not None:
        x, y = block
        pixels[y : y + 120, x : x + 50] = 230
    if noise:
        pixels = pixels + np.random.default_rng(noise).integers(-8, 9, pixels.shape)
    return np.repeat(np.clip(pixels, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def watch(frames, fps=25):
    motion = MotionWatch()
    return [motion.update(pixels, i / fps) for i, pixels in enumerate(frames)]


def test_a_still_room_does_not_move_however_it_is_lit():
    seen = watch([frame(noise=i + 1, lamp=10 * (i > 6)) for i in range(14)])
    assert seen[-1].known
    assert not any(m.moving.any() or m.cut for m in seen)


def test_only_the_cells_that_somebody_crosses_move():
    seen = watch([frame(noise=i + 1, block=(100 + 6 * i, 120)) for i in range(10)])[-1]
    rows, columns = np.nonzero(seen.moving)
    assert seen.known
    assert seen.moving.any()
    assert columns.max() * 32 < 260
    assert columns.min() * 32 >= 64
    assert rows.min() * 32 >= 64


def test_nothing_is_known_at_the_start_and_while_the_camera_moves():
    rooms = [
        np.roll(np.random.default_rng(2).integers(0, 255, (18, 32)).astype(np.uint8), i, axis=1) for i in range(10)
    ]
    seen = watch([frame(room=room) for room in rooms])
    assert not seen[0].known
    assert not seen[-1].known
    assert not seen[-1].moving.any()


def test_a_cut_is_seen_once_and_where_it_is():
    other = np.random.default_rng(3).integers(0, 255, (18, 32)).astype(np.uint8)
    seen = watch([frame(noise=i + 1) for i in range(8)] + [frame(room=other, noise=i + 20) for i in range(8)])
    assert [i for i, m in enumerate(seen) if m.cut] == [8]
    assert not seen[8].known


def test_a_person_close_to_the_camera_is_no_cut():
    assert not any(m.cut for m in watch([frame(block=(60 * i, 60)) for i in range(10)]))


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (90, 160), (854, 480), (1080, 1920)])
def test_pictures_of_all_sizes_are_shrunk_to_whole_cells(size):
    small = shrink(np.zeros((*size, 3), np.uint8))
    assert small.shape[0] % 8 == 0
    assert small.shape[1] % 8 == 0
    assert 8 <= max(small.shape) <= 160


def test_a_change_of_the_frame_size_starts_anew():
    motion = MotionWatch()
    motion.update(frame(), 0.0)
    seen = motion.update(frame(size=(720, 640)), 0.5)
    assert not seen.known
    assert not seen.cut


def test_all_pixels_changing_alike_is_light():
    dark = np.full((16, 16), 50, np.float32)
    assert not moving_cells(dark, dark + 60).any()


def test_correlation_of_a_flat_picture_is_none():
    assert correlation(np.ones((8, 8), np.float32), np.eye(8, dtype=np.float32)) == 0.0

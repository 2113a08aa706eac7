import numpy as np
import pytest

from ingest.rehearsal.camera import Camera
from ingest.rehearsal.mannequin import Look, shapes
from ingest.rehearsal.motions import EXERCISES, Held, idle, repetition, stance
from ingest.rehearsal.raster import Canvas, Capsule
from ingest.rehearsal.skeleton import Build, body

CAMERA = Camera()


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize("heading", [90.0, 180.0, 225.0])
def test_the_drawing_covers_the_landmarks(name, heading):
    build = Build(1.75)
    side = 0 if EXERCISES[name].steps else None
    for progress in (0.0, 0.5, 1.0):
        figure = body(build, stance(name, build, progress, side=side), np.zeros(2), heading)
        canvas = Canvas(CAMERA, (-0.4, -0.6, 1.0))
        canvas.draw(np.zeros((480, 640, 3), np.uint8), shapes(figure, build, Look()))
        x, y = np.round(CAMERA.projected(CAMERA.seen(figure.landmarks))).astype(int).T
        covered = [np.isfinite(canvas.depth[b - 2 : b + 3, a - 2 : a + 3]).any() for a, b in zip(x, y, strict=True)]
        assert all(covered), np.flatnonzero(np.logical_not(covered))


def test_clothes_have_the_colours_of_the_look():
    build = Build()
    figure = body(build, stance("squat", build, 0.0), np.zeros(2), 180.0)
    look = Look(skin=(1, 2, 3), hair=(4, 5, 6), shirt=(7, 8, 9), shorts=(10, 11, 12), shoes=(13, 14, 15))
    colours = {shape.colour for shape in shapes(figure, build, look)}
    assert {look.skin, look.hair, look.shirt, look.shorts, look.shoes} <= colours


def test_dumbbells_lie_in_the_hands():
    build = Build()
    figure = body(build, stance("biceps_curl", build, 0.5), np.zeros(2), 180.0)
    without, held = shapes(figure, build, Look()), shapes(figure, build, Look(), held=Held("dumbbells"))
    added = [shape for shape in held[0:] if isinstance(shape, Capsule)][-3:]
    assert len(held) == len(without) + 6
    middle = np.mean([(shape.start + shape.end) / 2 for shape in added], axis=0)
    assert np.linalg.norm(middle - figure.landmarks[16]) < 0.12


def test_a_barbell_goes_through_both_palms_and_a_rope_ends_in_them():
    build = Build()
    for name, kind in (("deadlift", "barbell"), ("jump_rope", "rope")):
        moment = repetition(name, build, 0.3)
        assert moment.held.kind == kind
        figure = body(build, moment.stance, np.zeros(2), 180.0)
        added = shapes(figure, build, Look(), held=moment.held)[len(shapes(figure, build, Look())) :]
        ends = np.array([(shape.start, shape.end) for shape in added if isinstance(shape, Capsule)])
        line = ends.reshape(-1, 3)
        for side in (0, 1):
            palm = figure.landmarks[15 + side] - figure.hand_axes[side][:, 2] * 0.05 * build.height_m
            way = line[-1] - line[0]
            off = palm - line[0] - way * ((palm - line[0]) @ way) / (way @ way)
            assert min(np.linalg.norm(off), np.linalg.norm(line - palm, axis=1).min()) < 0.01


@pytest.mark.parametrize("kind", ["drinking", "phone", "racking"])
def test_what_idle_people_hold_is_near_a_hand(kind):
    build = Build()
    seen = 0
    for time_s in np.arange(0, 20, 0.5):
        moment = idle(kind, build, time_s, 1)
        if moment.held is None:
            continue
        figure = body(build, moment.stance, np.zeros(2), 180.0)
        added = shapes(figure, build, Look(), held=moment.held)[len(shapes(figure, build, Look())) :]
        middles = [getattr(shape, "centre", None) if not isinstance(shape, Capsule) else shape.start for shape in added]
        assert min(np.linalg.norm(middle - figure.landmarks[16]) for middle in middles) < 0.45
        seen += 1
    assert seen > 3

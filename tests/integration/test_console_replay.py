"""Replay of a visit whose key-points are kept: recorded, archived and read as in a gym, and drawn on the screen."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from console_world import World, console, screen_text, standing
from fold_story import NOON, S
from past_world import before_now, past, sees
from sqlalchemy import text

from aggregator.database import open_engine, writing
from aggregator.keypoints import Recorder, write_keypoints
from aggregator.queries import Past
from core.errors import DatabaseError
from core.messages import Observation, ObservedPerson, TrackRef
from core.secrets import Address
from tui.skeleton import WHOLE
from tui.views.kept import Kept

BRAILLE = {chr(code) for code in range(0x2801, 0x2900)}
ANNA = TrackRef("cam1", "e1", 1)
STEP = S // 10
SETS_BEGAN_NS = NOON + round((before_now(300) + 10) * S)


def frame(number: int, camera: str = "cam1") -> Observation:
    """Somebody who squats every two seconds."""
    bend = 0.5 - 0.5 * float(np.cos(number / 20 * 2 * np.pi))
    person = ObservedPerson(track=1, points=standing(0.5, 0.2, 0.6, bend), box=(0, 0, 1, 1), presence=1.0, set_number=1)
    return Observation(
        sender="worker:1", camera=camera, epoch="e1", boot="b", sequence=number, captured_ns=number,
        captured_utc_ns=SETS_BEGAN_NS + number * STEP, width=640, height=480, people=(person,),
    )  # fmt: skip


@pytest.fixture
def history(tmp_path: Path) -> Iterator[Past]:
    reader = past(tmp_path)
    recorder = Recorder()
    for number in range(60):
        recorder.observe(frame(number))
    engine = open_engine(Address(f"sqlite:///{tmp_path / 'gym.db'}"))
    with writing(engine) as connection:
        write_keypoints(connection, recorder.take(everything=True))
    engine.dispose()
    yield reader
    reader.close()


def test_the_skeleton_stands_where_it_stood(history: Past) -> None:
    async def scene() -> None:
        world = World()
        app, _ = console(world, history=history)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press("3")
            await sees(pilot, "1 visits")
            await pilot.press("r")
            await sees(pilot, "replay of #1", "cam1, frame 0 of 60", "nobody was seen")
            await pilot.press("full_stop")
            await sees(pilot, "frame 1 of 60")
            standing_up = drawn(screen_text(app))
            assert len(standing_up) > 20
            for _ in range(10):
                await pilot.press("full_stop")
            await sees(pilot, "frame 11 of 60")
            squatting = drawn(screen_text(app))
            assert min(squatting) > min(standing_up), "the head is lower"
            await pilot.press("comma", "plus", "space")
            await sees(pilot, "frame 10 of 60")
            for _ in range(6):
                world.move(0.5)
                await pilot.pause(0.15)
            await sees(pilot, "frame 60 of 60", "speed 2x")
            await pilot.press("right_square_bracket")
            await sees(pilot, "set 2 of 2", "Key-points are not kept")
            await pilot.press("left_square_bracket")
            await sees(pilot, "of 60")

    asyncio.run(scene())


def drawn(text_of_screen: str) -> list[tuple[int, int]]:
    """Line and column of every braille character."""
    lines = text_of_screen.splitlines()
    return [(y, x) for y, line in enumerate(lines) for x, char in enumerate(line[:29]) if char in BRAILLE]


def test_damaged_key_points_are_named_and_the_sets_play(history: Past, tmp_path: Path) -> None:
    engine = open_engine(Address(f"sqlite:///{tmp_path / 'gym.db'}"))
    with writing(engine) as connection:
        connection.execute(text("UPDATE keypoints SET points = x'0001'"))
    engine.dispose()
    with pytest.raises(DatabaseError, match="track cam1/e1/1 are damaged"):
        history.recordings("cam1/e1/1/set/1")

    async def scene() -> None:
        app, _ = console(World(), history=history)
        async with app.run_test(size=(110, 36)) as pilot:
            await pilot.press("3")
            await sees(pilot, "1 visits")
            await pilot.press("r")
            await sees(pilot, "are damaged and cannot be shown", "0 of 2 are over")
            await pilot.press("right", "right", "full_stop")
            await sees(pilot, "1 of 5 reps")

    asyncio.run(scene())


def test_frames_are_found_by_time_and_camera(history: Past) -> None:
    (one,) = history.recordings("cam1/e1/1/set/1")
    assert history.recordings("no/such/set") == []
    assert not Kept()
    assert Kept().shot(0) is None
    assert Kept().frame_beside(0, 1) is None
    kept = Kept([one], "cam9")
    begin, end = int(one.times_utc_ns[0]), int(one.times_utc_ns[-1])
    before, first, last, after = (kept.shot(at) for at in (begin - 1, begin, end + S, end + S + 1))
    assert (before.points, before.place) == (b"", 0)
    assert (len(first.points), first.place, first.camera) == (396, 1, "cam1")
    assert (last.place, last.points == b"", after.points) == (60, False, b"")
    assert kept.frame_beside(begin - 5, 1) == begin
    assert kept.frame_beside(begin, -1) is None
    assert kept.frame_beside(begin + STEP // 2, 1) == int(one.times_utc_ns[1])
    assert kept.frame_beside(end, 1) is None
    left, top, right, bottom = first.room
    assert 0.3 < left < 0.5 < right < 0.7
    assert top < 0.24
    assert bottom > 0.78
    nobody = type(one)(one.who, one.times_utc_ns, np.full_like(one.points, np.nan))
    assert Kept([nobody]).shot(begin).room == WHOLE
    other = type(one)(TrackRef("cam2", "e1", 2), one.times_utc_ns, one.points)
    both = Kept([one, other], "cam2")
    assert both.shot(begin).camera == "cam2"
    both.next_camera()
    assert both.shot(begin).camera == "cam1"

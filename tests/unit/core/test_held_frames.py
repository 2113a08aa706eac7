from hypothesis import given
from hypothesis import strategies as st

from core.held_frames import Held, HeldFrames
from core.messages import FrameHeader, Gap


def frame(sequence: int, boot: str = "b1", size: int = 10, at_s: float | None = None) -> Held:
    captured_ns = round((sequence if at_s is None else at_s) * 1e9)
    header = FrameHeader(
        sender="ingest:racks", camera="racks", boot=boot, sequence=sequence, captured_ns=captured_ns,
        captured_utc_ns=captured_ns, width=4, height=2,
    )  # fmt: skip
    return Held(header, b"", size)


def gap(sequence: int) -> Held:
    captured_ns = sequence * 1_000_000_000
    header = Gap(
        sender="ingest:racks", camera="racks", boot="b1", sequence=sequence, captured_ns=captured_ns,
        captured_utc_ns=captured_ns, reason="stalled",
    )  # fmt: skip
    return Held(header, None, 0)


def hold(held: HeldFrames, *each: Held) -> None:
    for one in each:
        held.append(one)
        held.fit()


def sequences(held: HeldFrames) -> list[int]:
    return [held.at(position).header.sequence for position in range(held.begin, held.end)]


def test_holds_the_newest_seconds() -> None:
    held = HeldFrames(hold_s=3, hold_bytes=1000)
    for number in range(10):
        hold(held, frame(number))
    assert sequences(held) == [6, 7, 8, 9]
    assert (held.begin, held.end) == (6, 10)


def test_holds_the_newest_bytes() -> None:
    held = HeldFrames(hold_s=100, hold_bytes=25)
    for number in range(10):
        hold(held, frame(number))
    assert sequences(held) == [8, 9]
    assert held.bytes == 20


def test_holds_nothing_that_is_larger_than_allowed() -> None:
    held = HeldFrames(hold_s=100, hold_bytes=25)
    hold(held, frame(0))
    hold(held, frame(1, size=26))
    assert sequences(held) == []
    assert held.begin == held.end == 2


def test_holds_no_frames_for_no_time() -> None:
    held = HeldFrames(hold_s=0, hold_bytes=1000)
    hold(held, frame(0))
    assert sequences(held) == []


def test_gaps_are_bounded_too() -> None:
    held = HeldFrames(hold_s=1e9, hold_bytes=1000)
    for number in range(HeldFrames.MOST + 5):
        hold(held, gap(number))
    assert held.end - held.begin == HeldFrames.MOST
    assert held.at(held.begin).header.sequence == 5


def test_goes_on_behind_what_is_known() -> None:
    held = HeldFrames(hold_s=100, hold_bytes=1000)
    for each in (frame(0), frame(1), gap(2), frame(2)):
        hold(held, each)
    assert held.position_after("b1", 0) == 1
    assert held.position_after("b1", 1) == 2
    assert held.position_after("b1", 2) == held.end
    assert held.position_after("b1", 99) == held.end


def test_begins_at_the_oldest_of_another_boot() -> None:
    held = HeldFrames(hold_s=100, hold_bytes=1000)
    hold(held, frame(0))
    hold(held, frame(1))
    assert held.position_after("before the restart", 500) == 0


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(0, 40)), max_size=60), st.floats(0, 10), st.integers(0, 100))
def test_is_never_more_than_allowed(steps: list[tuple[float, int]], hold_s: float, hold_bytes: int) -> None:
    held, now_s = HeldFrames(hold_s, hold_bytes), 0.0
    for number, (step_s, size) in enumerate(steps):
        now_s += step_s
        hold(held, frame(number, size=size, at_s=now_s))
        kept = [held.at(position) for position in range(held.begin, held.end)]
        assert sum(each.size for each in kept) == held.bytes <= hold_bytes
        assert all(now_s * 1e9 - each.header.captured_ns <= hold_s * 1e9 + 2 for each in kept)
        assert held.end == number + 1


def smaller(held: Held) -> Held:
    return Held(held.header, b"small", 1) if held.pixels == b"" else held


def test_old_frames_are_made_smaller_before_any_goes() -> None:
    held = HeldFrames(hold_s=100, hold_bytes=25, smaller=smaller)
    for number in range(16):
        hold(held, frame(number))
        assert held.bytes <= 25
        assert held.bytes == sum(held.at(position).size for position in range(held.begin, held.end))
    assert sequences(held) == list(range(16))
    assert [held.at(position).size for position in range(16)] == [1] * 15 + [10]
    for number in range(16, 60):
        hold(held, frame(number))
    assert sequences(held) == list(range(35, 60))


def test_gaps_and_what_cannot_be_made_smaller_go_in_their_turn() -> None:
    held = HeldFrames(hold_s=100, hold_bytes=25, smaller=lambda one: one)
    hold(held, frame(0), gap(1), frame(1), frame(2))
    assert sequences(held) == [1, 1, 2]


def test_no_frame_is_made_smaller_while_there_is_room() -> None:
    held = HeldFrames(hold_s=3, hold_bytes=1000, smaller=smaller)
    for number in range(20):
        hold(held, frame(number))
    assert [held.at(position).size for position in range(held.begin, held.end)] == [10] * 4

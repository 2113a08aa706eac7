from aggregator.alert_rules import is_stale
from aggregator.hearing import Hearing
from core.messages import AnyHeartbeat, WorkerHeartbeat

S = 10**9
NOON = 1_780_000_000 * S


def beats(**at_utc_ns: int) -> dict[str, AnyHeartbeat]:
    return {
        name: WorkerHeartbeat(sender=name, pid=1, host="h", started_utc_ns=1, beat_utc_ns=at, version="0")
        for name, at in at_utc_ns.items()
    }


def stale(hearing: Hearing, now_s: float, now_utc_ns: int, **at_utc_ns: int) -> list[str]:
    dated = hearing.dated(beats(**at_utc_ns), round(now_s * S), now_utc_ns)
    return [name for name, beat in dated.items() if is_stale(beat, now_utc_ns)]


def test_a_machine_with_a_wrong_clock_is_heard_all_the_same() -> None:
    hearing = Hearing()
    for second in range(30):
        told = stale(hearing, second, NOON + second * S, slow=NOON + (second - 3600) * S, fast=NOON + (second + 60) * S)
        assert told == (["slow"] if second == 0 else [])


def test_a_clock_that_is_set_back_silences_nobody() -> None:
    hearing = Hearing()
    assert [stale(hearing, s, NOON + s * S, one=NOON + s * S - (60 * S if s > 5 else 0)) for s in range(20)] == [
        []
    ] * 20


def test_who_beats_no_more_grows_old_and_who_was_dead_before_is_so_at_once() -> None:
    hearing = Hearing()
    assert stale(hearing, 0, NOON, dies=NOON, died=NOON - 600 * S) == ["died"]
    assert stale(hearing, 9, NOON + 9 * S, dies=NOON, died=NOON - 600 * S) == ["died"]
    assert stale(hearing, 11, NOON + 11 * S, dies=NOON, died=NOON - 600 * S) == ["dies", "died"]

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import WireError
from core.subscription import LONGEST_TOPIC, Subscription, parse_subscription

CAMERAS = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,39}", fullmatch=True)
WORKERS = st.from_regex(r"[0-9a-f]{16}", fullmatch=True)
BOOTS = st.text(min_size=1, max_size=20).filter(lambda text: text.encode("utf-8", "ignore").decode() == text)


@given(CAMERAS, WORKERS, st.none() | st.tuples(BOOTS, st.integers(0, 2**62)))
def test_comes_back_as_it_was(camera: str, worker: str, after: tuple[str, int] | None) -> None:
    wish = Subscription(camera, worker, after)
    assert parse_subscription(wish.topic()) == wish


@given(st.binary(max_size=60) | st.text(alphabet="live/replay0123é", max_size=60).map(str.encode))
def test_any_bytes_are_a_subscription_or_a_wire_error(text: bytes) -> None:
    with suppress(WireError):
        parse_subscription(text)


@pytest.mark.parametrize(
    "text",
    [
        b"", b"/", b"racks/", b"racks/live/", b"racks/live/w", b"/live/w/", b"racks/replay/w/b/-1/",
        b"racks/replay/w/b/x/", b"racks/replay/w/b/1", b"racks/live/" + b"w" * LONGEST_TOPIC + b"/",
    ],
)  # fmt: skip
def test_anything_else_is_refused(text: bytes) -> None:
    with pytest.raises(WireError, match="no subscription"):
        parse_subscription(text)


def test_the_topic_of_one_camera_is_never_that_of_another() -> None:
    assert Subscription("cam1", "w").topic() == b"cam1/live/w/"
    assert Subscription("cam10", "w", ("b/1", 5)).topic() == b"cam10/replay/w/b%2F1/5/"

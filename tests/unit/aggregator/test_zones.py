from hypothesis import given
from hypothesis import strategies as st

from aggregator.zones import MINUTE_NS, Occupancy, ZoneWatch, holds, zone_of
from core.messages import TrackRef
from core.secrets import Address
from core.settings import Camera, Settings, Zone

LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
RIGHT = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))
NOTCHED = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 0.2), (0.0, 1.0))
WHO = TrackRef("hall", "e1", 1)


def hall(*zones: Zone) -> Settings:
    return Settings(camera=(Camera(id="hall", source=Address("usb:0"), zone=zones),))


SETTINGS = hall(Zone(name="rack", polygon=LEFT, kind="squat rack"), Zone(name="mat", polygon=RIGHT, kind="mat"))


def test_a_point_is_in_the_first_zone_that_holds_it() -> None:
    camera = hall(Zone(name="all", polygon=NOTCHED), Zone(name="left", polygon=LEFT)).camera[0]
    assert zone_of(camera, (0.1, 0.1)).name == "all"
    assert zone_of(camera, (0.45, 0.8)).name == "left"
    assert zone_of(camera, (0.6, 0.8)) is None
    assert zone_of(camera, None) is None


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_neighbours_share_no_point_and_leave_none_out(x: float, y: float) -> None:
    assert holds(LEFT, (x, y)) != holds(RIGHT, (x, y))


def test_the_order_of_corners_does_not_matter() -> None:
    for point in ((0.5, 0.1), (0.5, 0.5), (0.9, 0.9), (1.2, 0.5)):
        assert holds(NOTCHED, point) == holds(tuple(reversed(NOTCHED)), point)


def test_who_sways_on_a_border_stays() -> None:
    watch = ZoneWatch(SETTINGS)
    assert watch.see(WHO, (0.4, 0.5)).name == "rack"
    for x in (0.51, 0.52, 0.49, 0.51, 0.52, 0.49):
        assert watch.see(WHO, (x, 0.5)).name == "rack"
    assert [watch.see(WHO, (0.6, 0.5)).name for _ in range(3)] == ["rack", "rack", "mat"]


def test_leaving_all_zones_takes_as_many_frames() -> None:
    watch = ZoneWatch(SETTINGS)
    watch.see(WHO, (0.4, 0.5))
    zones = [watch.see(WHO, (1.5, 0.5)) for _ in range(3)]
    assert zones[1].name == "rack"
    assert zones[2] is None


def test_hidden_feet_leave_somebody_where_he_was() -> None:
    watch = ZoneWatch(SETTINGS)
    watch.see(WHO, (0.4, 0.5))
    assert watch.see(WHO, None).name == "rack"
    assert watch.see(TrackRef("hall", "e1", 2), None) is None
    watch.forget(WHO)
    assert watch.see(WHO, None) is None


def test_edited_zones_hold_at_once_and_others_stay() -> None:
    watch = ZoneWatch(SETTINGS)
    watch.see(WHO, (0.4, 0.5))
    watch.reload(SETTINGS)
    assert watch.zone(WHO).name == "rack"
    watch.reload(hall(Zone(name="platform", polygon=LEFT)))
    assert watch.zone(WHO) is None
    assert watch.see(WHO, (0.4, 0.5)).name == "platform"
    watch.reload(Settings())
    assert watch.see(WHO, (0.4, 0.5)) is None


def test_occupancy_is_told_when_the_minute_is_over() -> None:
    occupancy = Occupancy()
    start = 100 * MINUTE_NS
    assert occupancy.count(start, {"rack": 1, "mat": 0}) == []
    assert occupancy.count(start + MINUTE_NS // 2, {"rack": 3, "mat": 0}) == []
    rows = occupancy.count(start + MINUTE_NS, {"rack": 0})
    assert [(row.zone, row.minute_utc_ns, row.mean, row.most) for row in rows] == [
        ("mat", start, 0.0, 0),
        ("rack", start, 2.0, 3),
    ]


def test_a_clock_that_is_set_back_stays_in_its_minute() -> None:
    occupancy = Occupancy()
    occupancy.count(100 * MINUTE_NS, {"rack": 2})
    assert occupancy.count(50 * MINUTE_NS, {"rack": 4}) == []
    rows = occupancy.count(101 * MINUTE_NS, {"rack": 0})
    assert [(row.minute_utc_ns, row.mean) for row in rows] == [(100 * MINUTE_NS, 3.0)]

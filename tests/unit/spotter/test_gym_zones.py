"""Zones edited in gym.toml: what is around them stays, however the file is written."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.errors import ConfigError
from spotter.gym_zones import add_zone, change_zone, remove_zone

TEXT = """# ours
[[camera]]
id = "racks"  # left
source = "usb:0"

# the first one
[[camera.zone]]
name = "Rack 1" # by the door
polygon = [[0.05, 0.35],
   [0.33, 0.35], [0.33, 0.98]]  # measured
kind = "squat rack"

# The mats.
[[camera]]
id = "mats"
source = "usb:1"

# the end
[gym]
name = "East"
"""
TRIANGLE = [[0.1, 0.1], [0.9, 0.1], [0.5, 0.75]]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "gym.toml"
    path.write_text(TEXT)
    return path


def test_a_zone_is_added_behind_what_its_camera_has(path):
    add_zone(path, "racks", {"name": "Rack 2", "polygon": TRIANGLE, "capacity": 2})
    new = '[[camera.zone]]\nname = "Rack 2"\npolygon = [[0.1, 0.1], [0.9, 0.1], [0.5, 0.75]]\ncapacity = 2\n\n'
    assert path.read_text() == TEXT.replace("# The mats.", new + "# The mats.")
    add_zone(path, "mats", {"name": "Mat", "polygon": TRIANGLE})
    assert (
        '\n[[camera.zone]]\nname = "Mat"\npolygon = [[0.1, 0.1], [0.9, 0.1], [0.5, 0.75]]\n\n# the end'
        in path.read_text()
    )


def test_a_zone_is_changed_in_its_place(path):
    change_zone(path, "racks", "Rack 1", {"name": "Rack A", "polygon": TRIANGLE, "capacity": 3}, ["kind"])
    expected = TEXT.replace('"Rack 1" # by', '"Rack A" # by').replace('kind = "squat rack"\n', "")
    expected = expected.replace("[[0.05, 0.35],\n   [0.33, 0.35], [0.33, 0.98]]", str(TRIANGLE))
    assert path.read_text() == expected.replace("the door\n", "the door\ncapacity = 3\n")


def test_a_removed_zone_takes_its_own_remarks_along(path):
    remove_zone(path, "racks", "Rack 1")
    start, end = TEXT.index("# the first"), TEXT.index("# The mats")
    assert path.read_text() == TEXT[:start] + TEXT[end:]


def test_what_is_wrong_is_refused(path):
    for edit, words in (
        (lambda: add_zone(path, "racks", {"name": "Rack 1", "polygon": TRIANGLE}), "is already the name of"),
        (lambda: add_zone(path, "racks", {"name": "x", "polygon": [[0, 0], [1, 1], [1, 0], [0, 1]]}), "crosses itself"),
        (lambda: change_zone(path, "racks", "Rack 1", {"polygon": [[0, 0], [2, 0], [1, 1]]}), "polygon"),
        (lambda: change_zone(path, "racks", "Rak 1", {}), "has no zone 'Rak 1' in .*; did you mean 'Rack 1'"),
        (lambda: remove_zone(path, "mats", "Rack 1"), "has no zone 'Rack 1'"),
        (lambda: add_zone(path, "door", {}), "there is no camera 'door'"),
    ):
        with pytest.raises(ConfigError, match=f"(?s){words}"):
            edit()
    assert path.read_text() == TEXT


PARTS = (
    '[[camera]]\nid = "{id}"\nsource = "usb:0"\n',
    '[[camera]]\nsource = "usb:0" # x\nid = "{id}"\n\n# remark {id}\n[[camera.zone]]\nname = "z"\npolygon = CORNERS\n',
    '# about {id}\n[[camera]]\nid = "{id}"\nsource = "usb:0"\nzone = [ # [\n {name = "z", polygon = CORNERS}, # y\n]\n',
    '[[camera]]\nid = "{id}"\nsource = "usb:0"\n  [[camera.zone]]\n  name = "[gym]"\n  polygon = CORNERS\n',
    '[[camera]]\nid = "{id}"\nsource = "usb:0"\n[[camera.floor]]\npixel = [0, 0]\nmetre = [0.0, 0.0]\n'
    "[[camera.floor]]\npixel = [9, 0]\nmetre = [1.0, 0.0]\n[[camera.floor]]\npixel = [9, 9]\nmetre = [1.0, 1.0]\n"
    "[[camera.floor]]\npixel = [0, 9]\nmetre = [0.0, 1.0]\n",
)


@hypothesis_settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=4), st.integers(0, 4), st.data())
def test_zones_of_any_file_can_be_edited(tmp_path_factory, parts, place, data):
    """Whether the new text says exactly what was wanted is checked in the editor itself; here no edit may fail."""
    cameras = [
        part.replace("{id}", f"c{number}").replace("CORNERS", "[[0,0],[1,0],[1,1]]")
        for number, part in enumerate(parts)
    ]
    path = tmp_path_factory.mktemp("gym") / "gym.toml"
    path.write_text("# top\n\n" + "\n".join([*cameras[:place], '\n# place\n[gym]\nname = "x"\n', *cameras[place:]]))
    before = tomllib.loads(path.read_text())["camera"]
    chosen = data.draw(st.integers(0, len(cameras) - 1))
    camera = f"c{chosen}"
    add_zone(path, camera, {"name": "new", "polygon": TRIANGLE, "kind": "mat"})
    add_zone(path, camera, {"name": "newer", "polygon": TRIANGLE})
    change_zone(path, camera, "new", {"name": "other", "capacity": 4}, ["kind"])
    remove_zone(path, camera, "newer")
    for zone in before[chosen].get("zone", ()):
        remove_zone(path, camera, zone["name"])
    after = tomllib.loads(path.read_text())["camera"]
    left = {"name": "other", "polygon": TRIANGLE, "capacity": 4}
    before[chosen]["zone"] = [left]
    assert after == before
    assert path.read_text().startswith("# top\n")
    if not any("zone = [" in part for part in parts):
        # Of an array, tables that lie between cameras may move; that they say the same is checked above.
        assert "# place\n[gym]" in path.read_text()

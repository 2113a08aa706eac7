import fcntl
import os
import threading
import tomllib

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.config_file import load_settings
from core.errors import ConfigError, OutputError
from spotter import gym_file
from spotter.gym_file import HEADER, add_camera, change_camera, enable_camera, remove_camera

TEXT = """# The gym of the east side
# by Ada

[gym]  # ours
name = 'Eastside'

# The racks, seen from the mirror.
# Do not touch.
[[camera]]
id = "racks"   # for ever
source = "rtsp://${U}:${P}@10.0.0.21/x"
fps   =  12
# Left one
[[camera.zone]]
name = "Rack 1"
polygon = [[0.05, 0.35],
   [0.33, 0.35], [0.33, 0.98]]

# The mats.
[[camera]]
source = 'usb:0'
id = "mats"
enabled = false # broken since Monday

# When staff are told.
[alerts]
cooldown = "1min"
# the end
"""


@pytest.fixture
def gym(tmp_path):
    """Make a gym.toml."""

    def make(text=TEXT):
        path = tmp_path / "gym.toml"
        path.write_bytes(text.encode())
        return path

    return make


def ids(path):
    return [camera.id for camera in load_settings(path, None).camera]


def test_an_added_camera_comes_last_and_nothing_else_changes(gym):
    path = gym()
    add_camera(path, {"id": "door", "source": r"C:\x 'y' \"z\".mp4", "name": "Tür", "fps": 7.5, "loop": False})
    text = path.read_text(encoding="utf-8")
    assert text.startswith(TEXT + "\n[[camera]]\n")
    camera = load_settings(path, None).find_camera("door")
    assert (camera.name, camera.fps, camera.loop, camera.source.reveal()) == ("Tür", 7.5, False, r"C:\x 'y' \"z\".mp4")


def test_a_new_file_begins_with_how_to_go_on(tmp_path):
    path = tmp_path / "gym.toml"
    add_camera(path, {"id": "a", "source": "usb:0"})
    add_camera(path, {"id": "b", "source": "usb:1"})
    assert (
        path.read_text()
        == HEADER + '\n[[camera]]\nid = "a"\nsource = "usb:0"\n\n[[camera]]\nid = "b"\nsource = "usb:1"\n'
    )
    assert ids(path) == ["a", "b"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_removed_camera_takes_its_own_remarks_along_and_no_others(gym):
    path = gym()
    remove_camera(path, "racks")
    start, end = TEXT.index("# The racks"), TEXT.index("# The mats")
    assert path.read_text() == TEXT[:start] + TEXT[end:]
    remove_camera(path, "mats")
    assert path.read_text() == TEXT[:start] + TEXT[TEXT.index("# When staff") :]
    assert ids(path) == []


def test_remarks_at_the_top_are_about_the_file(gym):
    path = gym(
        '# ours\n#:schema gym.schema.json\n[[camera]]\nid = "a"\nsource = "usb:0"\n[[camera]]\nid = "b"\nsource = "x"\n'
    )
    remove_camera(path, "a")
    assert path.read_text() == '# ours\n#:schema gym.schema.json\n[[camera]]\nid = "b"\nsource = "x"\n'


def test_a_camera_is_paused_and_resumed_with_one_line(gym):
    path = gym()
    enable_camera(path, "racks", enabled=False)
    after = TEXT.replace('10.0.0.21/x"\n', '10.0.0.21/x"\nenabled = false\n')
    assert path.read_text() == after
    enable_camera(path, "mats", enabled=True)
    assert path.read_text() == after.replace("enabled = false # broken", "enabled = true # broken")
    enable_camera(path, "racks", enabled=True)
    assert load_settings(path, None).camera[0].enabled


def test_a_changed_camera_keeps_its_remarks_and_its_place(gym):
    path = gym()
    change_camera(path, "racks", {"source": "usb:3", "fps": 9, "name": "Racks", "preview": True})
    after = TEXT.replace('"rtsp://${U}:${P}@10.0.0.21/x"\n', '"usb:3"\nname = "Racks"\npreview = true\n')
    assert path.read_text() == after.replace("fps   =  12", "fps   =  9")
    change_camera(path, "racks", {}, ["fps", "name", "loop"])
    camera = load_settings(path, None).find_camera("racks")
    assert (camera.name, camera.fps, camera.preview) == (None, None, True)
    assert "# Left one" in path.read_text()


def test_a_camera_gets_another_id(gym):
    path = gym()
    change_camera(path, "racks", {"id": "rack-room", "loop": False})
    assert ids(path) == ["rack-room", "mats"]
    assert 'id = "rack-room"   # for ever' in path.read_text()
    with pytest.raises(ConfigError, match="is already the id of"):
        change_camera(path, "mats", {"id": "rack-room"})


def test_a_camera_in_an_array_is_changed(gym):
    path = gym('camera = [ { id = "a", source = "usb:0" }, # first\n  { id = "b", source = "usb:1" } ]\n')
    change_camera(path, "b", {"fps": 5, "source": "usb:7"})
    camera = load_settings(path, None).camera[1]
    assert (camera.fps, camera.source.reveal()) == (5, "usb:7")


def test_an_edit_that_changes_nothing_writes_nothing(gym):
    path = gym()
    before = path.stat()
    enable_camera(path, "mats", enabled=False)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_cameras_in_an_array_are_edited_too(gym):
    path = gym('camera = [ { id = "a", source = "usb:0" }, # first\n  { id = "b", source = "usb:1" } ]\n')
    add_camera(path, {"id": "c", "source": "usb:2"})
    enable_camera(path, "b", enabled=False)
    remove_camera(path, "a")
    settings = load_settings(path, None)
    assert [(camera.id, camera.enabled) for camera in settings.camera] == [("b", False), ("c", True)]


def test_a_camera_whose_parts_lie_apart_is_never_torn(gym):
    text = '[[camera]]\nid = "a"\nsource = "usb:0"\n[[camera]]\nid = "b"\nsource = "usb:1"\n[gym]\nname = "x"\n'
    text += '[[camera.zone]]\nname = "z"\npolygon = [[0, 0], [1, 0], [1, 1]]\n'
    path = gym(text)
    remove_camera(path, "b")
    (left,) = load_settings(path, None).camera
    assert (left.id, left.zone) == ("a", ())


def test_windows_line_breaks_and_a_byte_order_mark_stay(gym):
    path = gym("\ufeff" + TEXT.replace("\n", "\r\n"))
    enable_camera(path, "racks", enabled=False)
    add_camera(path, {"id": "door", "source": "usb:3"})
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf# The gym")
    assert raw.count(b"\n") == raw.count(b"\r\n") == TEXT.count("\n") + 5


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"id": "Racks 2", "source": "usb:0"}, "camera[2].id"),
        ({"id": "x", "source": "srt://me:hunter2@h"}, "scheme that is not known"),
        ({"id": "x", "source": "usb:0", "fps": 0.1}, "must be from 0.5 to 120"),
        ({"id": "racks", "source": "usb:0"}, "there is a camera 'racks' already"),
    ],
)
def test_an_edit_that_makes_a_problem_is_refused_and_told(gym, options, problem):
    path = gym()
    with pytest.raises(ConfigError) as raised:
        add_camera(path, options)
    assert problem in str(raised.value)
    assert "hunter2" not in str(raised.value)
    assert path.read_text() == TEXT
    assert list(path.parent.iterdir()) == [path]


def test_a_file_with_problems_is_left_alone(gym):
    path = gym("fps = 3\n")
    with pytest.raises(ConfigError, match=r"(?s)has problems already; mend them first:.*gym\.toml:1 fps"):
        add_camera(path, {"id": "a", "source": "usb:0"})
    assert path.read_text() == "fps = 3\n"


def test_what_is_not_there_is_named_with_the_nearest(gym, tmp_path):
    path = gym()
    with pytest.raises(ConfigError, match=r"there is no camera 'rack' in .*gym\.toml; did you mean 'racks'"):
        remove_camera(path, "rack")
    with pytest.raises(ConfigError, match="did you mean 'mats'"):
        enable_camera(path, "mat", enabled=True)
    for edit in (
        lambda: remove_camera(tmp_path / "no.toml", "a"),
        lambda: enable_camera(tmp_path / "no.toml", "a", enabled=True),
    ):
        with pytest.raises(ConfigError, match=r"no\.toml: there is no such file"):
            edit()
    assert not (tmp_path / "no.toml").exists()
    with pytest.raises(OutputError, match=r"No such file or directory"):
        add_camera(tmp_path / "missing" / "gym.toml", {"id": "a", "source": "usb:0"})


def test_mode_and_owner_stay(gym):
    path = gym()
    path.chmod(0o640)
    owner = (12345, 23456) if os.geteuid() == 0 else (os.geteuid(), path.stat().st_gid)
    os.chown(path, *owner)
    enable_camera(path, "racks", enabled=False)
    state = path.stat()
    assert (state.st_mode & 0o777, state.st_uid, state.st_gid) == (0o640, *owner)


def test_a_link_stays_a_link(gym, tmp_path):
    path = gym()
    link = tmp_path / "link.toml"
    link.symlink_to("gym.toml")
    remove_camera(link, "racks")
    assert link.is_symlink()
    assert ids(path) == ["mats"]


def test_two_edits_at_a_time_both_happen(gym):
    path = gym()
    failures = []

    def add(number):
        try:
            add_camera(path, {"id": f"c{number}", "source": f"usb:{number}"})
        except Exception as error:  # noqa: BLE001  # told by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not failures
    assert set(ids(path)) == {"racks", "mats", *(f"c{number}" for number in range(8))}


def test_an_editor_that_never_ends_is_not_awaited_for_ever(gym, monkeypatch):
    path = gym()
    monkeypatch.setattr(gym_file, "LOCK_WAIT_S", 0.1)
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(ConfigError, match="another command edits it"):
            remove_camera(path, "racks")
    assert path.read_text() == TEXT
    remove_camera(path, "racks")


PARTS = (
    '[[camera]]\nid = "{id}"\nsource = "usb:0"\n',
    '[[camera]]\nsource = "usb:0" # x\nid = "{id}"\n\n# remark {id}\n[[camera.zone]]\nname = "z"\npolygon = CORNERS\n',
    '# about {id}\n[[camera]]\nid = "{id}"\nenabled = true\nsource = """\nusb:0"""\nmask = [ # [\nCORNERS, ]\n',
    '[[camera]]\nid = "{id}"\nsource = "usb:0"\n  [[camera.zone]]\n  name = "[gym]"\n  polygon = CORNERS\n',
)


@hypothesis_settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=4), st.integers(0, 4), st.data())
def test_any_camera_of_any_file_can_be_removed_paused_and_joined(tmp_path_factory, parts, place, data):
    """The check of the new text against the old one plus the edit is in the editor itself; here no edit may fail."""
    cameras = [
        part.replace("{id}", f"c{number}").replace("CORNERS", "[[0,0],[1,0],[1,1]]")
        for number, part in enumerate(parts)
    ]
    other = '\n# the place\n[gym]\nname = "x"\n'
    path = tmp_path_factory.mktemp("gym") / "gym.toml"
    path.write_text("# top\n\n" + "\n".join([*cameras[:place], other, *cameras[place:]]))
    before = tomllib.loads(path.read_text())["camera"]
    chosen = f"c{data.draw(st.integers(0, len(cameras) - 1))}"
    enable_camera(path, chosen, enabled=False)
    change_camera(path, chosen, {"source": "usb:1", "name": "y", "enabled": True}, ["fps"])
    add_camera(path, {"id": "new", "source": "usb:9"})
    remove_camera(path, chosen)
    after = tomllib.loads(path.read_text())["camera"]
    assert after == [camera for camera in before if camera["id"] != chosen] + [{"id": "new", "source": "usb:9"}]
    assert path.read_text().startswith("# top\n")
    assert "# the place\n[gym]" in path.read_text()

from core.config_changes import diff
from core.config_file import read_settings

OLD = """
[alerts]
cooldown = "1min"
[[camera]]
id = "a"
source = "rtsp://u:${PASSWORD}@h/1"
[[camera]]
id = "b"
source = "usb:0"
[[camera]]
id = "c"
source = "usb:1"
"""


def settings(text, password="one"):
    return read_settings(text, "gym.toml", {"PASSWORD": password})


def test_nothing_differs_from_itself():
    changes = diff(settings(OLD), settings("# remark\n" + OLD))
    assert not changes
    assert changes.unchanged == ("a", "b", "c")


def test_cameras_are_compared_by_id_and_not_by_place():
    new = """
[[camera]]
id = "c"
source = "usb:1"
[[camera]]
id = "d"
source = "usb:2"
[[camera]]
id = "b"
source = "usb:0"
fps = 5
name = "B"
[alerts]
cooldown = "1min"
"""
    changes = diff(settings(OLD), settings(new))
    assert changes
    assert (changes.added, changes.removed, changes.unchanged) == (("d",), ("a",), ("c",))
    assert changes.changed == {"b": ("name", "fps")}
    assert changes.sections == {}


def test_a_changed_password_changes_its_camera():
    assert diff(settings(OLD), settings(OLD, "two")).changed == {"a": ("source",)}


def test_other_tables_are_named_with_their_options():
    changes = diff(settings(OLD), settings(OLD.replace("1min", "2min") + '[gym]\nname = "X"\n'))
    assert changes.sections == {"gym": ("name",), "alerts": ("cooldown",)}
    assert changes
    assert changes.changed == {}

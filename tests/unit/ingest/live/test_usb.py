import pytest

from core.errors import SourceError
from core.secrets import Address
from core.settings import Camera
from ingest.live.usb import device_or_none
from ingest.sources import open_source


@pytest.mark.parametrize(
    ("source", "number"),
    [
        ("usb:0", 0),
        ("usb:12", 12),
        ("usb:/dev/video3", 3),
        ("/dev/video1", 1),
        ("video1", None),
        ("1", None),
        ("/dev/v", None),
    ],
)
def test_devices_are_told_from_files(source, number):
    assert device_or_none(source) == number


@pytest.mark.parametrize("source", ["usb:250", "/dev/video250", "usb:/dev/video250"])
def test_a_camera_that_is_not_plugged_in_is_told(source):
    with pytest.raises(SourceError, match=r"/dev/video250 does not exist; is the camera plugged in\?") as caught:
        open_source(Camera(id="a", source=Address(source)), stop=lambda: False)
    assert caught.value.reason == "not found"

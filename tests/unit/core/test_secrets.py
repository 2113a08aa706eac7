import pytest

from core.secrets import Address, without_secrets


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rtsp://me:hunter2@h:554/x", "rtsp://***@h:554/x"),
        ("rtsp://me:hun@ter2@h/x", "rtsp://***@h/x"),
        ("rtsp://me:hun/ter2@h/x", "rtsp://***@h/x"),
        ("redis://:hunter2@h", "redis://***@h"),
        ("http://h/mjpg?user=me&password=hunter2&x=1", "http://h/mjpg?user=me&password=***&x=1"),
        ("me:hunter2@h/x", "***@h/x"),
        ("rtsp://h/x", "rtsp://h/x"),
        ("usb:0", "usb:0"),
        ("clips/a.mp4", "clips/a.mp4"),
    ],
)
def test_an_address_shows_itself_without_user_and_password(text, shown):
    assert str(Address(text)) == shown
    assert "hunter2" not in repr(Address(text))
    assert Address(text).reveal() == text


def test_addresses_that_differ_in_a_password_differ():
    assert Address("redis://:a@h") == Address("redis://:a@h")
    assert Address("redis://:a@h") != Address("redis://:b@h")
    assert len({Address("x"), Address("x"), Address("y")}) == 2


def test_a_message_loses_every_password_and_keeps_its_words():
    text = "cannot open 'rtsp://me:p@ss/w@cam-1/x' nor redis://u:p@h:1, ask staff@gym.example"
    assert without_secrets(text) == "cannot open 'rtsp://***@cam-1/x' nor redis://***@h:1, ask staff@gym.example"

"""``[[webhook]]`` in gym.toml: what is refused, and that neither address nor key is ever shown."""

import pytest

from core.config_changes import diff
from core.config_file import read_settings
from core.errors import ConfigError
from core.secrets import HIDDEN, Secret

KEY = "an unguessable key of the gym"
GOOD = """
[[webhook]]
name = "till"
url = "https://example.org/hook"
secret = "${KEY}"
"""


def settings(text, **environ):
    return read_settings(text, "gym.toml", {"KEY": KEY} | environ)


def test_it_is_told_of_everything_and_of_no_names_unless_it_says_otherwise():
    (webhook,) = settings(GOOD).webhook
    assert webhook.events == ("set ended", "alert raised", "alert resolved")
    assert webhook.enabled
    assert not webhook.names
    assert webhook.secret.reveal() == KEY


def test_a_key_is_never_shown():
    (webhook,) = settings(GOOD).webhook
    assert str(webhook.secret) == HIDDEN
    assert KEY not in repr(settings(GOOD))
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"${KEY}"', '"too short"', "webhook[0].secret: *** must have at least 16 characters"),
        ('"${KEY}"', "5", "webhook[0].secret: *** must be"),
        ('"${KEY}"', '"${OTHER}"', "webhook[0].secret: the environment variable OTHER is not set"),
        ("https://", "ftp://", "webhook[0].url: must be https://HOST/PATH"),
        ("https://example.org/hook", "https:///token-in-the-path", "webhook[0].url: names no host"),
        ('name = "till"', 'name = "Till 1"', 'webhook[0].name: "Till 1" must be of a-z'),
        ('secret = "${KEY}"', 'secret = "${KEY}"\nevents = []', "webhook[0].events: [] needs at least 1 entries"),
        ('secret = "${KEY}"', 'secret = "${KEY}"\nevents = ["set end"]', "did you mean 'set ended'?"),
        ("[[webhook]]", "[webhook]", "write [[webhook]]"),
        (GOOD, GOOD + GOOD, "webhook[1].name: \"till\" is the name of another webhook too"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_without_what_is_secret(old, new, told):
    assert old in GOOD
    with pytest.raises(ConfigError) as caught:
        settings(GOOD.replace(old, new))
    assert told in str(caught.value)
    for secret in ("too short", "token-in-the-path", KEY):
        assert secret not in str(caught.value)


def test_so_many_are_refused():
    several = "".join(GOOD.replace("till", f"till{number}") for number in range(9))
    with pytest.raises(ConfigError, match="there may be 8"):
        settings(several)


def test_a_change_names_the_webhook():
    old = settings(GOOD)
    assert diff(old, settings(GOOD + "enabled = false\n" + GOOD.replace("till", "other"))).sections == {
        "webhook": ("till", "other")
    }
    assert diff(old, settings("")).sections == {"webhook": ("till",)}
    assert not diff(old, settings(GOOD))

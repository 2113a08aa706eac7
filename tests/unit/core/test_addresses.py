import pytest

from core.addresses import check_bind, check_database, check_redis, is_beyond_loopback, source_kind


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("rtsp://u:p@10.0.0.21/stream2", "rtsp"),
        ("RTSPS://[fe80::1]:322/x", "rtsp"),
        ("http://camera/mjpg?x=1", "http"),
        ("https://camera:8443", "http"),
        ("usb:0", "usb"),
        ("usb:/dev/video2", "usb"),
        ("rehearsal:floor#cam-1", "rehearsal"),
        ("rehearsal:./my scene.toml#cam-1", "rehearsal"),
        ("clips/a.mp4", "path"),
        ("/srv/frames", "path"),
        (r"C:\clips\a.mp4", "path"),
        ("12:30 squats.mp4", "path"),
    ],
)
def test_a_source_is_known_by_its_address(source, kind):
    assert source_kind(source) == kind


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("srt://host", "scheme that is not known"),
        ("file:///a.mp4", "write its path alone"),
        ("rtsp:host/x", "must go on with //"),
        ("rtsp:///x", "names no host"),
        ("rtsp://host:0/x", "port outside"),
        ("rtsp://host:70000/x", "port"),
        ("rtsp://u:p/w@host:x/y", "%40"),
        ("usb:", "usb:NUMBER"),
        ("usb:front", "usb:NUMBER"),
        ("rehearsal:floor", "rehearsal:SCENE#CAMERA"),
    ],
)
def test_what_is_no_source_says_why(source, message):
    with pytest.raises(ValueError, match=message):
        source_kind(source)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///gym.db",
        "sqlite:////var/gym.db",
        "sqlite:///a b.db?timeout=5",
        "postgresql+psycopg://u:p@h:5432/gym",
        "postgresql+psycopg:///gym?host=/run/postgresql",
    ],
)
def test_a_database_is_accepted(url):
    check_database(url)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgres://u:p@h/gym", "must begin with postgresql"),
        ("mysql://h/gym", "must be sqlite"),
        ("gym.db", "must be sqlite"),
        ("sqlite://", "must name a file"),
        ("sqlite:///", "must name a file"),
        ("sqlite:///:memory:", "must name a file"),
        ("sqlite://gym.db", "must name a file"),
        ("postgresql+psycopg://h", "name of the database"),
        ("postgresql+psycopg://h:99999/gym", "port"),
    ],
)
def test_what_is_no_database_says_why(url, message):
    with pytest.raises(ValueError, match=message):
        check_database(url)


@pytest.mark.parametrize("url", ["redis://h", "redis://:pw@h:6379/0", "rediss://h:1", "unix:///run/redis.sock?db=1"])
def test_a_redis_is_accepted(url):
    check_redis(url)


@pytest.mark.parametrize("url", ["http://h", "h:6379", "redis:h", "unix://redis.sock", "redis://h:0", "redis://h:x"])
def test_what_is_no_redis_is_refused(url):
    with pytest.raises(ValueError, match=r"must|port"):
        check_redis(url)


@pytest.mark.parametrize("bind", ["ipc", "tcp://127.0.0.1", "tcp://*:1", "tcp://[::1]:5-9", "tcp://eth0:65535-65535"])
def test_a_place_to_publish_is_accepted(bind):
    check_bind(bind)


@pytest.mark.parametrize(
    "bind",
    ["tcp", "tcp://", "tcp://a:", "tcp://a:0", "tcp://a:9-5", "tcp://a:1-65536", "udp://a", "ipc://x", "tcp://a:*"],
)
def test_what_is_no_place_to_publish_is_refused(bind):
    with pytest.raises(ValueError, match=r"must be|port"):
        check_bind(bind)


@pytest.mark.parametrize(
    ("bind", "open_"),
    [
        ("ipc", False),
        ("tcp://127.0.0.1:1", False),
        ("tcp://127.9.9.9", False),
        ("tcp://localhost", False),
        ("tcp://[::1]:5", False),
        ("tcp://0.0.0.0", True),
        ("tcp://*:5", True),
        ("tcp://10.0.0.8:5560-5579", True),
        ("tcp://[::]:5", True),
        ("tcp://gym.lan", True),
    ],
)
def test_what_other_machines_reach_is_known(bind, open_):
    assert is_beyond_loopback(bind) == open_

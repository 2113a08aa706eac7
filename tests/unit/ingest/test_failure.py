import errno
import socket
import ssl
from typing import get_args

import pytest

from core.messages import FailureReason
from ingest.failure import no_more_frames, refused_request, unreached, wrong_content

WHERE = "10.0.0.7:554"


@pytest.mark.parametrize(
    ("error", "reason", "said"),
    [
        (ConnectionRefusedError(), "refused", "nothing listens"),
        (TimeoutError(), "time-out", "within 3 s"),
        (OSError(errno.ETIMEDOUT, "timed out"), "time-out", "is the camera on"),
        (socket.gaierror(-2, "Name or service not known"), "unreachable", "check its spelling"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "unreachable", "no way"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "unreachable", "no way"),
        (ConnectionResetError(), "refused", "breaks it off"),
        (ssl.SSLError(1, "WRONG_VERSION_NUMBER"), "unusable", "does not speak TLS"),
        (OSError(errno.EMFILE, "Too many open files"), "unreachable", "Too many open files"),
    ],
)
def test_what_a_network_error_means(error, reason, said):
    failure = unreached(error, WHERE, 3)
    assert failure.reason == reason
    assert WHERE in str(failure)
    assert said in str(failure)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, "unauthorised"), (403, "unauthorised"), (404, "not found"), (410, "not found"), (302, "unusable"),
        (454, "unusable"), (453, "refused"), (503, "refused"), (500, "unusable"), (400, "unusable"), (700, "unusable"),
    ],
)  # fmt: skip
def test_what_a_status_means(status, reason):
    failure = refused_request(status, WHERE, with_name=False)
    assert failure.reason == reason
    assert failure.reason in get_args(FailureReason)
    assert WHERE in str(failure)


def test_a_success_is_no_failure():
    assert refused_request(200, WHERE, with_name=True) is None
    assert refused_request(206, WHERE, with_name=True) is None


def test_a_wrong_password_is_told_from_a_missing_one():
    assert "does not accept" in str(refused_request(401, WHERE, with_name=True))
    assert "USER:PASSWORD@" in str(refused_request(401, WHERE, with_name=False))


def test_a_redirect_is_named_without_its_secrets():
    location = "https://boss:hunter2@cam.example:8443/live?token=hunter3"
    told = str(refused_request(302, WHERE, with_name=False, location=location))
    assert "https://cam.example:8443/live" in told
    assert "hunter" not in told
    assert "boss" not in told
    assert "cannot be read" in str(refused_request(302, WHERE, with_name=False, location="http://[::1/x"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("text/html; charset=utf-8", "web page"),
        ("image/jpeg", "single picture"),
        ("text/plain", "text/plain"),
        ("application/json", "application/json"),
    ],
)
def test_content_that_is_no_stream(content, said):
    failure = wrong_content(content, WHERE)
    assert failure.reason == "unusable"
    assert said in str(failure)


@pytest.mark.parametrize(
    "content", ["", "video/mp2t", "application/octet-stream", "application/vnd.apple.mpegurl", "video/x-flv"]
)
def test_content_that_may_be_a_stream(content):
    assert wrong_content(content, WHERE) is None


def test_silence_is_told_from_a_closed_connection():
    assert no_more_frames(WHERE, 9.8, 10).reason == "stalled"
    assert no_more_frames(WHERE, 0.2, 10).reason == "ended"

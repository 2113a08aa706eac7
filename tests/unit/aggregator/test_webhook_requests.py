"""One request to a webhook against a real server: how it is signed, and what each bad answer means."""

import hashlib
import hmac
import logging
import threading
import time
from base64 import b64encode

import pytest
from webhook_receiver import Receiver, answer, unused_port

from aggregator import webhook_requests
from aggregator.webhook_loop import Backoff
from aggregator.webhook_requests import Request, body_of, delivery_key, signature
from core.secrets import Address, Secret
from core.settings import Webhook

KEY = "an unguessable key of the gym"


def to(url: str, secret: str = KEY) -> Webhook:
    return Webhook(name="till", url=Address(url), secret=Secret(secret))


def send(url: str, body: bytes = b'{"event":"test"}', secret: str = KEY):
    return Request(to(url, secret), "set ended", "0123", body, 1_780_000_000).send()


def test_it_is_signed_over_time_and_body():
    with Receiver() as receiver:
        outcome = send(receiver.url, '{"gym":"Süd"}'.encode())
    assert outcome.taken
    assert outcome.status == 204
    (got,) = receiver.received
    assert got.path == "/hook?token=only-for-spotter"
    assert got.headers["Spotter-Event"] == "set-ended"
    assert got.headers["Spotter-Delivery"] == "0123"
    assert got.headers["Content-Type"] == "application/json; charset=utf-8"
    expected = hmac.new(KEY.encode(), b"1780000000." + got.body, hashlib.sha256).hexdigest()
    assert got.headers["Spotter-Timestamp"] == "1780000000"
    assert got.headers["Spotter-Signature"] == f"v1={expected}"
    assert got.told == {"gym": "Süd"}


def test_another_time_body_or_key_has_another_signature():
    one = signature(KEY, "1", b"a")
    assert len({one, signature(KEY, "2", b"a"), signature(KEY, "1", b"b"), signature(KEY + "x", "1", b"a")}) == 4


def test_a_key_of_delivery_is_the_same_for_the_same_only():
    one = delivery_key("till", "set ended", "a/b/1")
    assert one == delivery_key("till", "set ended", "a/b/1")
    others = [("till", "set ended", "a/b/2"), ("till", "alert raised", "a/b/1"), ("til", "lset ended", "a/b/1")]
    assert one not in {delivery_key(*other) for other in others}


@pytest.mark.parametrize("status", [400, 401, 404, 410, 429, 500, 503])
def test_an_answer_that_is_no_success_is_told(status):
    with Receiver(lambda _, handler: answer(handler, status)) as receiver:
        outcome = send(receiver.url)
    assert not outcome.taken
    assert outcome.status == status
    assert outcome.problem.startswith(f"answers {status} (")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status):
    with Receiver() as elsewhere, Receiver() as receiver:
        receiver.behave = lambda _, handler: answer(handler, status, Location=elsewhere.url)
        outcome = send(receiver.url)
        assert elsewhere.received == []
        assert len(receiver.received) == 1
    assert "a redirect, which is not followed" in outcome.problem


@pytest.mark.parametrize(("told", "wait_s"), [("7", 7), ("999999", 3600), ("-5", 0), ("soon", 0), ("9" * 50, 0)])
def test_what_retry_after_asks_for_is_kept_within_bounds(told, wait_s):
    with Receiver(lambda _, handler: answer(handler, 503, Retry_After=told)) as receiver:
        assert send(receiver.url).wait_s == wait_s


def test_nobody_who_listens():
    assert send(f"http://127.0.0.1:{unused_port()}/").problem == "refuses the connection; does the program run?"


def test_a_host_that_nobody_knows():
    assert send("http://no-such-host.invalid/").problem == "has a host that nobody knows"


def test_somebody_who_hangs(monkeypatch):
    monkeypatch.setattr(webhook_requests, "ANSWER_S", 0.3)
    with Receiver() as receiver:
        receiver.behave = receiver.hang
        began = time.monotonic()
        assert send(receiver.url).problem == "does not answer within 0.3 s"
        assert time.monotonic() - began < 3


def test_somebody_who_drips_is_ended_from_outside():
    with Receiver() as receiver:
        receiver.behave = receiver.drip
        request = Request(to(receiver.url), "set ended", "0", b"{}", 1)
        outcomes = []
        thread = threading.Thread(target=lambda: outcomes.append(request.send()))
        thread.start()
        while not receiver.received:
            time.sleep(0.01)
        request.abort()
        thread.join(5)
        assert not thread.is_alive()
    assert outcomes[0].problem == "does not answer within 10 s"


def test_somebody_who_speaks_no_http_or_no_tls():
    def nonsense(_, handler):
        handler.wfile.write(b"220 mail.example.org ESMTP\r\n")

    with Receiver(nonsense) as receiver:
        assert "breaks the connection off" in send(receiver.url).problem
        assert "TLS" in send(receiver.url.replace("http://", "https://")).problem


def test_user_and_password_of_the_address():
    with Receiver() as receiver:
        send(receiver.url.replace("http://", "http://gym:p%40ss@"))
    assert receiver.received[0].headers["Authorization"] == "Basic " + b64encode(b"gym:p@ss").decode()
    assert receiver.received[0].headers["Host"] == f"127.0.0.1:{receiver.port}"


def test_a_variable_that_is_not_set_sends_nothing():
    with Receiver() as receiver:
        for outcome in (send(receiver.url + "${TOKEN}"), send(receiver.url, secret="${WEBHOOK_SECRET_TILL}")):
            assert "needs an environment variable" in outcome.problem
    assert receiver.received == []


def test_nothing_secret_is_told(caplog):
    caplog.set_level(logging.DEBUG)
    urls = (f"http://u:pw-of-u@127.0.0.1:{unused_port()}/path-token?a=query-token", "http://host-token.invalid/")
    told = " ".join(repr(send(url)) for url in urls) + caplog.text
    for secret in ("path-token", "query-token", "pw-of-u", "host-token", KEY):
        assert secret not in told


def test_a_body_is_one_line_of_utf8():
    assert body_of({"a": "ü\n", "b": None}) == '{"a":"ü\\n","b":null}'.encode()


def test_pauses_double_up_to_a_bound_with_jitter():
    low, high = Backoff(2.0, 900.0, lambda: 0.0), Backoff(2.0, 900.0, lambda: 1.0)
    assert [low.pause_s(number) for number in (1, 2, 3, 12, 10_000)] == [1.0, 2.0, 4.0, 450.0, 450.0]
    assert high.pause_s(3) == 12.0
    assert len({Backoff(2.0, 900.0).pause_s(4) for _ in range(20)}) > 10

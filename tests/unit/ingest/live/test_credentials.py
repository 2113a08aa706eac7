import pytest

from core.errors import SourceError
from core.secrets import Address
from ingest.live.credentials import Target, authorization_or_none, parse_target


def test_an_address_is_taken_apart():
    target = parse_target(Address("rtsp://gym:p%40ss%2F1@10.0.0.7/Streaming/Channels/101?a=b&c=d"))
    assert (target.host, target.port, target.user, target.password) == ("10.0.0.7", 554, "gym", "p@ss/1")
    assert target.path == "/Streaming/Channels/101?a=b&c=d"
    assert target.shown == "10.0.0.7:554"
    assert target.url == "rtsp://10.0.0.7:554/Streaming/Channels/101?a=b&c=d"
    assert "p@ss" not in repr(target)


def test_what_may_not_stand_in_a_request_is_escaped():
    assert parse_target(Address("http://h/a b\u00e4?c d")).path == "/a%20b%C3%A4?c%20d"
    assert parse_target(Address("http://h/a%20b")).path == "/a%20b"


@pytest.mark.parametrize("port", [("http", 80), ("https", 443), ("rtsp", 554), ("rtsps", 322)])
def test_each_scheme_has_its_port(port):
    assert parse_target(Address(f"{port[0]}://h/x")).port == port[1]


def test_ipv6_is_shown_in_brackets():
    assert parse_target(Address("http://[fe80::1]:8080/x")).shown == "[fe80::1]:8080"


@pytest.mark.parametrize("text", ["rtsp://:hunter2@/x", "http://u:hunter2@h:99999/", "http://u:hunter2@[::1/"])
def test_a_wrong_address_is_refused_without_its_password(text):
    with pytest.raises(SourceError) as caught:
        parse_target(Address(text))
    assert caught.value.reason == "unusable"
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


MUFASA = Target("http", "www.nowhere.org", 80, "/dir/index.html", "Mufasa", "Circle Of Life")


def test_digest_answers_as_the_erratum_of_rfc_2069_says():
    target = Target("http", "www.nowhere.org", 80, "/dir/index.html", "Mufasa", "CircleOfLife")
    asked = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c"'
    answer = authorization_or_none([asked], target, "GET", target.path)
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in answer
    assert 'opaque="5ccc069c"' in answer
    assert "Circle" not in answer


def test_basic_is_the_second_choice():
    both = ['Basic realm="x"', 'Digest realm="x", nonce="n", qop="auth"']
    assert authorization_or_none(both, MUFASA, "GET", "/").startswith("Digest ")
    assert authorization_or_none(both[:1], MUFASA, "GET", "/") == "Basic TXVmYXNhOkNpcmNsZSBPZiBMaWZl"


def test_nothing_is_answered_without_a_name_or_to_an_unknown_scheme():
    nobody = Target("http", "h", 80, "/", None, "")
    assert authorization_or_none(['Basic realm="x"'], nobody, "GET", "/") is None
    assert authorization_or_none(["Negotiate"], MUFASA, "GET", "/") is None
    assert authorization_or_none(['Digest nonce="n", algorithm=ROT13'], MUFASA, "GET", "/") is None


def test_a_challenge_cannot_smuggle_a_header_in():
    answer = authorization_or_none(['Digest realm="a\r\nX: y", nonce="n"'], MUFASA, "GET", "/")
    assert "\r" not in answer
    assert "\n" not in answer

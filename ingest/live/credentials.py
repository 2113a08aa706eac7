"""The name and password in a camera's address, and the answer to a server that asks for them. Logs nothing.

Basic and Digest access authentication: RFC 7617, RFC 2617 and RFC 7616 (MD5 and SHA-256, which cameras use).
"""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, unquote, urlsplit

from core.errors import SourceError
from core.secrets import Address

DEFAULT_PORTS = {"http": 80, "https": 443, "rtsp": 554, "rtsps": 322}
_FIELD = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,]+))')
_HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


@dataclass(frozen=True, slots=True, repr=False)
class Target:
    """A network address taken apart."""

    scheme: str
    host: str
    port: int
    path: str
    """With the query."""
    user: str | None
    password: str

    @property
    def shown(self) -> str:
        """Host and port, to be named in a sentence."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The address without name and password, as RTSP asks with; may hold secrets in its query."""
        return f"{self.scheme}://{self.shown}{self.path}"


def parse_target(address: Address) -> Target:
    """Take a network address apart; raises ``SourceError`` if it has no host or a wrong port."""
    try:
        return _target(urlsplit(address.reveal()))
    except ValueError:
        # The library's own message would repeat the address, password and all.
        raise SourceError("unusable", f"{address} is no network address; expected {_EXAMPLE}") from None


_PATH_SAFE = "/?&=%:@+,;~$!*'()[]"
"""Everything that may stand in a path or query; spaces and letters beyond ASCII are escaped."""
_EXAMPLE = "SCHEME://USER:PASSWORD@HOST:PORT/PATH"


def _target(parts: SplitResult) -> Target:
    if not parts.hostname:
        raise ValueError("no host")
    path = quote(parts.path or "/", safe=_PATH_SAFE)
    return Target(
        scheme=parts.scheme.lower(),
        host=parts.hostname,
        port=parts.port or DEFAULT_PORTS[parts.scheme.lower()],
        path=f"{path}?{quote(parts.query, safe=_PATH_SAFE)}" if parts.query else path,
        user=None if parts.username is None else unquote(parts.username),
        password=unquote(parts.password or ""),
    )


def authorization_or_none(challenges: list[str], target: Target, method: str, uri: str) -> str | None:
    """Value of ``Authorization`` that answers a 401; None without a name, or if nothing known is asked for."""
    if target.user is None:
        return None
    for challenge in challenges:
        scheme, _, rest = challenge.strip().partition(" ")
        if scheme.lower() == "digest":
            answer = _digest_or_none(_fields(rest), target.user, target.password, method, uri)
            if answer is not None:
                return answer
    if any(challenge.strip().lower().startswith("basic") for challenge in challenges):
        pair = f"{target.user}:{target.password}".encode()
        return "Basic " + base64.b64encode(pair).decode("ascii")
    return None


def _fields(text: str) -> dict[str, str]:
    return {found[1].lower(): found[2] if found[2] is not None else found[3] for found in _FIELD.finditer(text)}


def _digest_or_none(asked: dict[str, str], user: str, password: str, method: str, uri: str) -> str | None:
    algorithm = asked.get("algorithm", "MD5")
    make = _HASHES.get(algorithm.upper())
    if make is None or "nonce" not in asked:
        return None

    def digest(*parts: str) -> str:
        return make(":".join(parts).encode()).hexdigest()

    realm, nonce = asked.get("realm", ""), asked["nonce"]
    secret, request = digest(user, realm, password), digest(method, uri)
    answer = {"username": user, "realm": realm, "nonce": nonce, "uri": uri}
    plain = {"algorithm": algorithm} if "algorithm" in asked else {}
    if "auth" in [each.strip() for each in asked.get("qop", "").split(",")]:
        ours = secrets.token_hex(8)
        answer |= {"cnonce": ours, "response": digest(secret, nonce, "00000001", ours, "auth", request)}
        plain |= {"qop": "auth", "nc": "00000001"}
    else:
        answer["response"] = digest(secret, nonce, request)
    if "opaque" in asked:
        answer["opaque"] = asked["opaque"]
    quoted = [f'{name}="{_escaped(value)}"' for name, value in answer.items()]
    return "Digest " + ", ".join(quoted + [f"{name}={value}" for name, value in plain.items()])


def _escaped(value: str) -> str:
    return re.sub(r'[\\"]', r"\\\g<0>", re.sub(r"[\r\n]", "", value))

"""Signatures of version 4: is a request signed by the key that it names, and now?

Above: gate. Below: credential. Pure. What is signed is a canonical text of the request:

    method, path (encoded once more), query (sorted), the signed headers, their names, hash of body

joined by line ends; its hash, the time and the scope are signed by a key that is made of the secret
key, the date, the Region and the service. Only the Authorization header is read; a signature in the
query string counts as none. Source: AWS General Reference, "Create a signed AWS API request".
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

from seaglass.base.errors import Forbidden
from seaglass.server.iam.credential import ALGORITHM

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seaglass.server.iam.credential import Credential

# A signature holds so long, and may be as much ahead.
SKEW = timedelta(minutes=5)
_SIGNED_HEADERS = re.compile(r"SignedHeaders=([a-z0-9;_.-]{1,4096})(?=[,\s]|$)", re.ASCII)
_SIGNATURE = re.compile(r"Signature=([0-9a-f]{64})(?=[,\s]|$)", re.ASCII)
_TIME = re.compile(r"[0-9]{8}T[0-9]{6}Z", re.ASCII)
_TIME_FORMAT = "%Y%m%dT%H%M%SZ"
WRONG = (
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details."
)


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request as it came: the path and query undecoded, headers as pairs of lower-case names."""

    method: str
    raw_path: str
    query: str
    headers: Sequence[tuple[str, str]]
    body: bytes | bytearray


def verify(request: SignedRequest, credential: Credential, secret_key: str, now: float) -> None:
    """Check a signature.

    Args: now: seconds since the epoch
    Raises: Forbidden(signature | incomplete_signature).
    """
    headers = _joined(request.headers)
    authorization = headers["authorization"]
    names = _SIGNED_HEADERS.search(authorization)
    given = _SIGNATURE.search(authorization)
    if names is None or given is None:
        raise Forbidden(
            "incomplete_signature",
            "Authorization header requires 'SignedHeaders' and 'Signature' parameters.",
        )
    signed = names[1].split(";")
    if "host" not in signed or not set(signed) <= set(headers):
        raise Forbidden(
            "incomplete_signature",
            "'Host' and every header that SignedHeaders names must be in the request and signed.",
        )
    time = headers.get("x-amz-date", "")
    if _TIME.fullmatch(time) is None or "x-amz-date" not in signed:
        raise Forbidden(
            "incomplete_signature", "Authorization header requires a signed 'X-Amz-Date' header."
        )
    _check_time(time, credential, now)
    scope = f"{credential.date}/{credential.region}/{credential.service}/aws4_request"
    content = _canonical(request, headers, signed)
    text = "\n".join((ALGORITHM, time, scope, hashlib.sha256(content).hexdigest()))
    key = _signing_key(secret_key, credential)
    expected = hmac.new(key, text.encode("utf-8"), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, given[1]):
        raise Forbidden("signature", WRONG)


def _check_time(text: str, credential: Credential, now: float) -> None:
    if text[:8] != credential.date:
        raise Forbidden(
            "signature",
            f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
            f"HTTP: '{credential.date}' != '{text[:8]}', from '{text}'.",
        )
    try:
        signed_at = datetime.strptime(text, _TIME_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        raise Forbidden("incomplete_signature", f"{text} is no time of X-Amz-Date.") from None
    moment = datetime.fromtimestamp(now, UTC).replace(microsecond=0)
    shown = moment.strftime(_TIME_FORMAT)
    if signed_at < moment - SKEW:
        oldest = (moment - SKEW).strftime(_TIME_FORMAT)
        raise Forbidden(
            "signature",
            f"Signature expired: {text} is now earlier than {oldest} ({shown} - 5 min.)",
        )
    if signed_at > moment + SKEW:
        newest = (moment + SKEW).strftime(_TIME_FORMAT)
        raise Forbidden(
            "signature",
            f"Signature not yet current: {text} is still later than {newest} ({shown} + 5 min.)",
        )


def _canonical(request: SignedRequest, headers: Mapping[str, str], signed: list[str]) -> bytes:
    lines = [
        request.method,
        quote(_without_dots(request.raw_path), safe="/~"),
        _canonical_query(request.query),
        *(f"{name}:{' '.join(headers[name].split())}" for name in sorted(signed)),
        "",
        ";".join(sorted(signed)),
        hashlib.sha256(request.body).hexdigest(),
    ]
    return "\n".join(lines).encode("utf-8")


def _without_dots(path: str) -> str:
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    ends = path.endswith(("/", "/.", "/.."))
    return "/" + "/".join(kept) + ("/" if ends and kept else "")


def _canonical_query(query: str) -> str:
    pairs = []
    for part in query.split("&") if query else ():
        name, _, value = part.partition("=")
        pairs.append((_encoded(name), _encoded(value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _encoded(text: str) -> str:
    return quote(unquote_to_bytes(text), safe="-_.~")


def _joined(headers: Sequence[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in headers:
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


def _signing_key(secret_key: str, credential: Credential) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in (credential.date, credential.region, credential.service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key

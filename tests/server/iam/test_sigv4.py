"""Signatures: what botocore signs is accepted, whatever it is; what was changed on its way is not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from unittest import mock
from urllib.parse import quote, urlencode

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from seaglass.base.errors import Forbidden
from seaglass.server.iam.credential import credential_of
from seaglass.server.iam.sigv4 import WRONG, SignedRequest, verify

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
SEGMENTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)
VALUES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=10)


def signed(
    method: str, url: str, headers: dict[str, str], body: bytes, at: datetime = NOW
) -> SignedRequest:
    """A request as botocore signs and sends it."""
    request = AWSRequest(method, f"http://localhost:8182{url}", headers=headers, data=body)
    clock = "botocore.auth.get_current_datetime"
    with mock.patch(clock, return_value=at.replace(tzinfo=None)):
        SigV4Auth(Credentials("AKIDEXAMPLE", SECRET), "neptune-graph", "us-east-1").add_auth(
            request
        )
    sent = [(k.lower(), v) for k, v in request.headers.items()]
    if not any(name == "host" for name, _ in sent):
        sent.append(("host", "localhost:8182"))
    path, _, query = url.partition("?")
    return SignedRequest(method, path, query, sent, body)


def check(request: SignedRequest, secret: str = SECRET, now: float = NOW.timestamp()) -> None:
    credential = credential_of(dict(request.headers))
    assert credential is not None
    verify(request, credential, secret, now)


def refusal(request: SignedRequest, **values: Any) -> tuple[str, str]:
    with pytest.raises(Forbidden) as caught:
        check(request, **values)
    return caught.value.kind, caught.value.message


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH"]),
    segments=st.lists(SEGMENTS, max_size=4),
    query=st.lists(st.tuples(SEGMENTS, SEGMENTS), max_size=4),
    header=VALUES,
    body=st.binary(max_size=50),
)
@settings(deadline=None)
def test_what_botocore_signs_is_accepted(
    method: str, segments: list[str], query: list[tuple[str, str]], header: str, body: bytes
) -> None:
    path = "/" + "/".join(quote(one, safe="") for one in segments)
    url = path + ("?" + urlencode(query, quote_via=quote, safe="") if query else "")
    request = signed(method, url, {"graphIdentifier": header, "X-Odd": f"  a   {header} b "}, body)
    check(request)
    assert refusal(request, secret=SECRET + "x") == ("signature", WRONG)


def test_the_known_answer() -> None:
    """The example of AWS's own test suite, get-vanilla."""
    headers = [
        ("host", "example.amazonaws.com"),
        ("x-amz-date", "20150830T123600Z"),
        (
            "authorization",
            (
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
                "SignedHeaders=host;x-amz-date, "
                "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
            ),
        ),
    ]
    now = datetime(2015, 8, 30, 12, 36, tzinfo=UTC).timestamp()
    check(SignedRequest("GET", "/", "", headers, b""), now=now)


def changed(request: SignedRequest, **values: Any) -> SignedRequest:
    fields = {name: getattr(request, name) for name in ("method", "raw_path", "query", "body")}
    headers = [(k, values.get(k.replace("-", "_"), v)) for k, v in request.headers]
    return SignedRequest(
        **{**fields, "headers": headers, **{k: v for k, v in values.items() if k in fields}}
    )


@pytest.mark.parametrize(
    "change",
    [
        {"method": "PUT"},
        {"raw_path": "/graphs/g-0123456780"},
        {"query": "skipSnapshot=false"},
        {"query": ""},
        {"body": b"{}"},
        {"host": "other:8182"},
        {"graphidentifier": "g-0123456780"},
        {"x_amz_date": "20261128T120001Z"},
    ],
    ids=str,
)
def test_what_was_changed_on_its_way_is_refused(change: dict[str, Any]) -> None:
    request = signed(
        "DELETE",
        "/graphs/g-0123456789?skipSnapshot=true",
        {"graphIdentifier": "g-0123456789"},
        b'{"a": 1}',
    )
    check(request)
    assert refusal(changed(request, **change)) == ("signature", WRONG)


def test_the_time_of_a_signature() -> None:
    request = signed("GET", "/graphs", {}, b"")
    for seconds in (-300, 0, 300):
        check(request, now=NOW.timestamp() + seconds)
    assert refusal(request, now=NOW.timestamp() + 301) == (
        "signature",
        (
            "Signature expired: 20261128T120000Z is now earlier than 20261128T120001Z "
            "(20261128T120501Z - 5 min.)"
        ),
    )
    assert refusal(request, now=NOW.timestamp() - 301) == (
        "signature",
        (
            "Signature not yet current: 20261128T120000Z is still later than 20261128T115959Z "
            "(20261128T115459Z + 5 min.)"
        ),
    )
    kind, message = refusal(changed(request, x_amz_date="20261127T120000Z"))
    assert (kind, "Date in Credential scope" in message) == ("signature", True)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Signature=", "Signatur="),
        ("SignedHeaders=host;x-amz-date", "SignedHeaders="),
        ("SignedHeaders=host;x-amz-date", "SignedHeaders=x-amz-date"),
        ("SignedHeaders=host;x-amz-date", "SignedHeaders=host"),
        ("SignedHeaders=host;x-amz-date", "SignedHeaders=absent;host;x-amz-date"),
    ],
)
def test_what_is_missing_is_named(old: str, new: str) -> None:
    request = signed("GET", "/graphs", {}, b"")
    authorization = dict(request.headers)["authorization"]
    assert old in authorization
    kind, _ = refusal(changed(request, authorization=authorization.replace(old, new)))
    assert kind == "incomplete_signature"


@pytest.mark.parametrize("time", ["", "now", "2026-11-28T12:00:00Z", "20261399T250000Z"])
def test_a_time_that_is_none(time: str) -> None:
    request = signed("GET", "/graphs", {}, b"")
    assert refusal(changed(request, x_amz_date=time))[0] in ("incomplete_signature", "signature")


def test_a_header_that_comes_twice() -> None:
    request = signed("GET", "/graphs", {"graphIdentifier": "a"}, b"")
    twice = [*request.headers, ("graphidentifier", "b")]
    other = SignedRequest("GET", "/graphs", "", twice, b"")
    assert refusal(other) == ("signature", WRONG)


PIECES = st.sampled_from(
    [
        "AWS4-HMAC-SHA256 ",
        "Credential=",
        "AKIDEXAMPLE/20261128/us-east-1/neptune-graph/aws4_request",
        "SignedHeaders=",
        "host;x-amz-date",
        "Signature=",
        "0" * 64,
        ", ",
        "\x00",
        "\xff",
    ]
)


@given(
    authorization=st.lists(PIECES, max_size=12).map("".join),
    time=st.sampled_from(["20261128T120000Z", "20261399T250000Z", "", "\xff"]),
    path=st.sampled_from(["/", "/%zz/..//.", "/\xff%ff", ""]),
    query=st.sampled_from(["", "&&=&", "a=%zz&\xff=%ff"]),
)
def test_any_header_is_an_answer(authorization: str, time: str, path: str, query: str) -> None:
    headers = [("authorization", authorization), ("host", "x"), ("x-amz-date", time)]
    credential = credential_of(dict(headers))
    if credential is not None:
        with pytest.raises(Forbidden):
            verify(
                SignedRequest("GET", path, query, headers, b""), credential, "s", NOW.timestamp()
            )

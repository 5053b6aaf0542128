"""Which sendings belong to one call."""

from __future__ import annotations

import asyncio
import re

import pytest

from seaglass.base.owner import Owner
from seaglass.server.service.prompt import Prompt
from seaglass.server.service.sent import Sent

OWNER = Owner("123456789012", "us-east-1")
HEADERS = {"amz-sdk-invocation-id": "3f0c", "amz-sdk-request": "attempt=1"}
SAME = (HEADERS, b"{}", OWNER, "g-1", ())


def call_id(
    headers: dict[str, str], body: bytes, owner: Owner, graph: str, withheld: tuple[str, ...]
) -> str:
    call = asyncio.run(
        Sent(headers, body, Prompt({}, "r", 0.0, alone=True)).call(owner, graph, withheld)
    )
    assert call is not None
    return call.id


def test_a_call_is_known_by_its_id_and_by_all_that_it_asks() -> None:
    later = {**HEADERS, "amz-sdk-request": "ttl=20261129T100000Z; attempt=3; max=5"}
    assert call_id(*SAME) == call_id(later, *SAME[1:])
    assert re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", call_id(*SAME))
    others = (
        ({**HEADERS, "amz-sdk-invocation-id": "3f0d"}, *SAME[1:]),
        (HEADERS, b"{ }", *SAME[2:]),
        (HEADERS, b"{}", Owner("123456789013", "us-east-1"), "g-1", ()),
        (HEADERS, b"{}", Owner("123456789012", "us-east-2"), "g-1", ()),
        (*SAME[:3], "g-2", ()),
        (*SAME[:4], ("deletes",)),
    )
    assert len({call_id(*SAME), *(call_id(*other) for other in others)}) == 7


@pytest.mark.parametrize(
    ("said", "attempt"),
    [
        (None, 1),
        ("attempt=1", 1),
        ("attempt=2; max=4", 2),
        ("ttl=x; attempt=12; max=20", 12),
        ("attempt=two", 1),
        ("attempt=", 1),
        ("max=4", 1),
        ("attempt=99999999999999999999", 1),
    ],
)
def test_attempts(said: str | None, attempt: int) -> None:
    headers = {**HEADERS, "amz-sdk-request": said or ""}
    if said is None:
        del headers["amz-sdk-request"]
    call = asyncio.run(Sent(headers, b"", Prompt({}, "r", 0.0, alone=True)).call(OWNER, "g-1", ()))
    assert call is not None
    assert call.attempt == attempt


def test_without_an_id_there_is_no_call() -> None:
    for headers in ({}, {"amz-sdk-invocation-id": ""}, {"amz-sdk-request": "attempt=2"}):
        assert (
            asyncio.run(Sent(headers, b"", Prompt({}, "r", 0.0, alone=True)).call(OWNER, "g-1", ()))
            is None
        )

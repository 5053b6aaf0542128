"""Outputs and pagination tokens."""

from __future__ import annotations

import base64
from hashlib import blake2b

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.base.errors import Invalid
from seaglass.server.wire import pages
from seaglass.server.wire.serialize import serialize
from tests.server.samples import MODEL


def test_status_codes_come_from_the_model() -> None:
    reply = serialize(MODEL.operations["CreateGraph"], {"id": "g-0123456789", "createTime": 1.5})
    assert reply.status == 201
    assert orjson.loads(reply.body) == {"id": "g-0123456789", "createTime": 1.5}


def test_absent_members_are_not_sent() -> None:
    reply = serialize(MODEL.operations["GetGraph"], {"id": "g-0123456789", "statusReason": None})
    assert b"statusReason" not in reply.body


def test_an_operation_without_output_has_an_empty_body() -> None:
    reply = serialize(MODEL.operations["CancelQuery"], {})
    assert (reply.status, reply.body) == (200, b"")


def test_an_empty_output_is_an_empty_object() -> None:
    assert serialize(MODEL.operations["TagResource"], {}).body == b"{}"


def test_iso_timestamps() -> None:
    reply = serialize(MODEL.operations["GetGraphSummary"], {"lastStatisticsComputationTime": 0.0})
    assert orjson.loads(reply.body) == {
        "lastStatisticsComputationTime": "1970-01-01T00:00:00.000+00:00"
    }


def test_a_member_that_the_model_does_not_know_is_our_bug() -> None:
    with pytest.raises(AssertionError, match="colour"):
        serialize(MODEL.operations["GetGraph"], {"colour": "red"})


@given(st.text(max_size=20), st.text(max_size=20))
def test_tokens_come_back(scope: str, position: str) -> None:
    assert pages.decode(scope, pages.encode(scope, position)) == position


@given(st.text(max_size=60))
def test_text_that_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="nextToken"):
        pages.decode("ListGraphs", text)


def test_a_token_of_another_list_is_refused() -> None:
    with pytest.raises(Invalid, match="nextToken"):
        pages.decode("ListGraphs", pages.encode("ListGraphSnapshots", "x"))


@pytest.mark.parametrize(
    "content",
    [b"[1,2,3]", b"[]", b"{}", b"5", b"no JSON", b'["ListGraphs"]', b'["ListGraphs",null]'],
)
def test_a_token_that_a_client_has_made_up_is_refused(content: bytes) -> None:
    checksum = blake2b(content, digest_size=8).digest()
    token = base64.urlsafe_b64encode(checksum + content).decode()
    with pytest.raises(Invalid, match="nextToken"):
        pages.decode("ListGraphs", token)


def test_a_changed_token_is_refused() -> None:
    token = pages.encode("ListGraphs", "g-0123456789")
    for index in range(len(token)):
        other = token[:index] + ("A" if token[index] != "A" else "B") + token[index + 1 :]
        with pytest.raises(Invalid):
            pages.decode("ListGraphs", other)

"""Inputs that are remembered are those that reading and checking give, and nothing else is remembered."""

from __future__ import annotations

import json

import pytest

from seaglass.server.wire import repeat
from seaglass.server.wire.parse import QUERY, parse
from seaglass.server.wire.repeat import Repeats
from seaglass.server.wire.router import Match
from tests.server.samples import MODEL

MATCH = Match(MODEL.operations[QUERY], {})
HEADERS = {"graphidentifier": "g-0123456789"}


def body(**members: object) -> bytes:
    return json.dumps(members).encode()


def read(sent: bytes) -> dict[str, object]:
    return parse(MATCH, b"", HEADERS, sent)


def test_what_is_remembered_is_what_reading_gives() -> None:
    repeats = Repeats(MATCH)
    for sent in (
        body(query="RETURN $a", parameters={"a": 1}),
        body(query="RETURN $a", language="opencypher", parameters={"a": 1}),
        body(queryString="RETURN $a", planCache="auto", parameters={}),
    ):
        assert repeats.values(sent) is None
        repeats.learn(sent, read(sent))
        again = json.dumps({**json.loads(sent), "parameters": {"a": [None, "x"]}}).encode()
        assert repeats.values(again) == read(again)
        assert repeats.values(sent) == read(sent)


@pytest.mark.parametrize(
    "sent",
    [
        body(query="RETURN 2", parameters={}),
        body(query="RETURN 1", language="OPEN_CYPHER", parameters={}),
        body(query="RETURN 1", parameters=None),
        body(query="RETURN 1", parameters="{}"),
        body(query="RETURN 1", parameters=[]),
        body(query="RETURN 1"),
        body(query=["RETURN 1"], parameters={}),
        body(query="RETURN 1", queryTimeoutMilliseconds=True, parameters={}),
        b"[]",
        b"{",
        b"",
    ],
)
def test_anything_else_is_read(sent: bytes) -> None:
    repeats = Repeats(MATCH)
    known = body(query="RETURN 1", parameters={})
    repeats.learn(known, read(known))
    assert repeats.values(known) is not None
    assert repeats.values(sent) is None


@pytest.mark.parametrize(
    "sent",
    [
        body(query="RETURN 1", queryTimeoutMilliseconds=1, parameters={}),
        body(query="RETURN 1", parameters='{"a": 1}'),
        body(query="RETURN 1"),
        body(query="R" * (repeat.INPUT_CHARACTERS_MAX + 1), parameters={}),
    ],
)
def test_what_is_not_only_texts_and_parameters_is_not_remembered(sent: bytes) -> None:
    repeats = Repeats(MATCH)
    repeats.learn(sent, read(sent))
    assert repeats.values(sent) is None


def test_a_text_at_the_limit_is_remembered() -> None:
    repeats = Repeats(MATCH)
    sent = body(query="R" * repeat.INPUT_CHARACTERS_MAX, parameters={})
    repeats.learn(sent, read(sent))
    assert repeats.values(sent) == read(sent)


def test_so_many_inputs_are_remembered() -> None:
    repeats = Repeats(MATCH)
    texts = [body(query=f"RETURN {n}", parameters={}) for n in range(repeat.INPUTS_MAX + 1)]
    for sent in texts:
        repeats.learn(sent, read(sent))
    known = [repeats.values(sent) is not None for sent in texts]
    assert known == [True] * repeat.INPUTS_MAX + [False]

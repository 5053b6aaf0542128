"""Bodies whose parameters are left unread say what they say when they are read, or are read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.base.errors import Invalid
from seaglass.base.unread import Unread
from seaglass.server.wire.document import read_json
from seaglass.server.wire.parse import QUERY, parse
from seaglass.server.wire.router import Match
from seaglass.server.wire.unread import ENDS_MAX, UNREAD_BYTES_MIN, around, parameters_of
from seaglass.server.wire.validate import validate
from tests.server.samples import MODEL

texts = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from('{}",:\\[]'), max_size=12
)
scalars = (
    texts
    | st.none()
    | st.booleans()
    | st.integers(-99, 99)
    | st.floats(allow_nan=False, allow_infinity=False)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
maps = st.dictionaries(texts, values, max_size=4)
members = st.dictionaries(st.sampled_from(["language", "planCache", "x", "{"]), scalars, max_size=3)


def written(members: dict[str, Any], draw: Any) -> bytes:
    """The members in some order, written in some way."""
    shuffled = dict(draw(st.permutations(list(members.items()))))
    indent = draw(st.sampled_from([None, 0, 2]))
    return json.dumps(shuffled, indent=indent, ensure_ascii=draw(st.booleans())).encode()


@given(maps, members, texts, st.data())
def test_what_is_around_the_parameters_is_read(
    parameters: dict[str, Any], others: dict[str, Any], query: str, data: Any
) -> None:
    body = written({**others, "query": query, "parameters": parameters}, data.draw)
    content = around(body)
    assert content is not None
    unread = content.pop("parameters")
    assert isinstance(unread, Unread)
    assert {**content, "parameters": parameters_of(unread)} == read_json(body)


@given(maps, st.dictionaries(texts, values, max_size=3), texts, st.data())
def test_nothing_is_taken_for_what_it_is_not(
    parameters: dict[str, Any], others: dict[str, Any], query: str, data: Any
) -> None:
    """Members that no client sends may have braces too."""
    body = written({**others, "query": query, "parameters": parameters}, data.draw)
    content = around(body)
    if content is not None:
        unread = content.pop("parameters")
        assert isinstance(unread, Unread)
        assert parameters_of(unread) == parameters
        read = read_json(body)
        assert isinstance(read, dict)
        assert content.items() <= read.items()
        assert content["query"] == query


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'"parameters": {}',
        b'{"query": "RETURN 1"}',
        b'{"query": "RETURN 1", "parameters": null}',
        b'{"query": "RETURN 1", "parameters": "{}"}',
        b'{"query": "RETURN 1", "parameters": [{}]}',
        b'{"query": "RETURN 1", "parameters": {}, "parameters": 1}',
        b'{"query": RETURN, "parameters": {}}',
        b'{"query": "a\nb", "parameters": {}}',
        b'{"query": "\xff", "parameters": {}}',
        b'{"query": {}, "parameters": {}}',
        b'{"parameters": {}}',
        b'{"parameters": {}, "query": "RETURN 1", "x": {}}',
        b'{"parameters": {}, "query": "' + b"}" * ENDS_MAX + b'"}',
        b'{"query": "RETURN 1", "parameters": {}} x',
        b'{"query": "RETURN 1", "parameters": {',
    ],
)
def test_what_is_unusual_is_left_to_others(body: bytes) -> None:
    assert around(body) is None


@pytest.mark.parametrize(
    "body",
    [
        b'{"query": "RETURN 1", "parameters": {"a": x}}',
        b'{"query": "RETURN 1", "parameters": {"a": 1}',
        b'{"query": "RETURN 1", "parameters": {"a": "\\ud800"}}',
        b'{"query": "RETURN 1", "parameters": {}, "x": {]}}',
    ],
)
def test_who_reads_them_finds_out_what_is_wrong(body: bytes) -> None:
    content = around(body)
    if content is not None:
        unread = content["parameters"]
        assert isinstance(unread, Unread)
        with pytest.raises(Invalid, match="not valid JSON"):
            parameters_of(unread)


def test_the_last_of_several_counts() -> None:
    body = b'{"parameters": {"a": 1}, "query": "RETURN $a", "parameters": null}'
    content = around(body)
    assert content is not None
    assert isinstance(content["parameters"], Unread)
    assert parameters_of(content["parameters"]) == {}


@pytest.mark.parametrize("over", [-1, 0])
def test_small_ones_are_read(over: int) -> None:
    operation = MODEL.operations[QUERY]
    empty = len(json.dumps({"query": "RETURN $a", "parameters": {"a": ""}}))
    text = "x" * (UNREAD_BYTES_MIN + over - empty)
    body = json.dumps({"query": "RETURN $a", "parameters": {"a": text}}).encode()
    values = parse(Match(operation, {}), b"", {"graphidentifier": "g-0123456789"}, body)
    validate(operation, values)
    assert values["queryString"] == "RETURN $a"
    assert isinstance(values["parameters"], Unread) is (over == 0)

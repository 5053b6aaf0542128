"""Requests as clients in the wild send them."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from seaglass.base.errors import Invalid, NotFound
from seaglass.server.wire.document import DEPTH_MAX
from seaglass.server.wire.parse import FIELDS_MAX, FORM, parse
from seaglass.server.wire.router import Router
from tests.server.samples import MODEL

ROUTER = Router(MODEL)
ARN = "arn:aws:neptune-graph:us-east-1:123456789012:graph/g-0123456789"


def read(
    method: str, path: str, *, query: bytes = b"", content_type: str = "", body: bytes = b""
) -> dict[str, object]:
    headers = {"content-type": content_type} if content_type else {}
    return parse(ROUTER.route(method, path), query, headers, body)


def query_of(body: dict[str, object]) -> dict[str, object]:
    return read("POST", "/queries", content_type="application/json", body=json.dumps(body).encode())


@pytest.mark.parametrize("path", ["/openCypher", "/opencypher", "/queries", "/queries/"])
def test_query_paths(path: str) -> None:
    assert ROUTER.route("POST", path).operation.name == "ExecuteQuery"


def test_an_encoded_arn_is_one_segment() -> None:
    path = "/tags/" + ARN.replace(":", "%3A").replace("/", "%2F")
    assert read("GET", path) == {"resourceArn": ARN}


@pytest.mark.parametrize(
    "path", ["/graphs/g-0123456789/endpoints", "/graphs/g-0123456789/endpoints/"]
)
def test_trailing_slashes_do_not_matter(path: str) -> None:
    assert ROUTER.route("GET", path).operation.name == "ListPrivateGraphEndpoints"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", ""), ("PUT", "/graphs"), ("GET", "/graphs//start"), ("GET", "//graphs")],
)
def test_unknown_routes_are_refused(method: str, path: str) -> None:
    with pytest.raises(NotFound) as refused:
        ROUTER.route(method, path)
    assert refused.value.kind == "operation"


def test_a_label_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(Invalid, match="taskIdentifier"):
        ROUTER.route("GET", "/importtasks/%ff")


def test_tag_keys_repeat() -> None:
    values = read("DELETE", "/tags/arn%3Ax", query=b"tagKeys=a%20b&tagKeys=c")
    assert values["tagKeys"] == ["a b", "c"]


@pytest.mark.parametrize("text", ["true", "True", "TRUE"])
def test_booleans_in_any_case(text: str) -> None:
    values = read("DELETE", "/graphs/g-0123456789", query=f"skipSnapshot={text}".encode())
    assert values["skipSnapshot"] is True


def test_notebook_form() -> None:
    form = {
        "language": "opencypher",
        "planCache": "disabled",
        "query": "RETURN $a",
        "parameters": '{"a":1}',
        "explain.mode": "static",
        "explain-mode": "static",
        "queryTimeoutMilliseconds": "5000",
    }
    values = read(
        "POST", "/queries", content_type=f"{FORM}; charset=utf-8", body=urlencode(form).encode()
    )
    assert values == {
        "queryString": "RETURN $a",
        "language": "OPEN_CYPHER",
        "planCache": "DISABLED",
        "parameters": {"a": 1},
        "explainMode": "STATIC",
        "queryTimeoutMilliseconds": 5000,
    }


@pytest.mark.parametrize(
    ("given", "parameters"),
    [
        ({}, None),
        ({"parameters": None}, None),
        ({"parameters": ""}, None),
        ({"parameters": {}}, {}),
        ({"parameters": '{"1": [null]}'}, {"1": [None]}),
    ],
)
def test_parameters(given: dict[str, object], parameters: object) -> None:
    assert query_of({"query": "RETURN 1", **given}).get("parameters") == parameters


@pytest.mark.parametrize(
    "language", [None, "open_cypher", "opencypher", "OpenCypher", "OPEN_CYPHER"]
)
def test_language(language: str | None) -> None:
    assert query_of({"query": "RETURN 1", "language": language})["language"] == "OPEN_CYPHER"


def test_enums_of_the_control_plane_are_literal() -> None:
    body = b'{"format": "csv", "source": "s3://b", "roleArn": "r"}'
    assert read("POST", "/graphs/g-0123456789/importtasks", body=body)["format"] == "csv"


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"1", b"null", b'"x"', b"\xff", b"{} {}", b'{"a": NaN}']
)
def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        read("POST", "/graphs", body=body)
    assert refused.value.kind == "bad_request"


def test_unknown_members_are_ignored() -> None:
    assert read("POST", "/graphs", body=b'{"clientToken": "x", "graphName": "a"}') == {
        "graphName": "a"
    }


def test_too_many_fields_are_refused() -> None:
    query = b"&".join(b"tagKeys=a" for _ in range(FIELDS_MAX + 1))
    with pytest.raises(Invalid, match=str(FIELDS_MAX)):
        read("DELETE", "/tags/arn%3Ax", query=query)


def test_parameters_that_are_no_json_are_refused() -> None:
    with pytest.raises(Invalid, match=r"'parameters' failed to satisfy .* not valid JSON"):
        query_of({"query": "RETURN 1", "parameters": "{"})


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("more", [-1, 0, 1])
def test_the_depth_of_json_is_bounded(opening: str, more: int) -> None:
    """The body itself and the map of parameters are two of the levels."""
    closing = "]" if opening == "[" else "}"
    depth = DEPTH_MAX - 2 + more
    value = opening * depth + ("" if opening == "[" else "1") + closing * depth
    body = f'{{"query": "x", "parameters": {{"a": {value}}}}}'.encode()
    if more <= 0:
        assert read("POST", "/queries", body=body)["parameters"]
    else:
        with pytest.raises(Invalid, match=f"at most {DEPTH_MAX} levels"):
            read("POST", "/queries", body=body)

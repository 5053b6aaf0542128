"""Requests that nobody would send: every answer is one that the model allows, and comes in time.

Method: Hypothesis makes runs of requests against one server: right ones with wrong parts, and noise. `make fuzz-api`
sends 100,000; `make test` a small share. What fails is printed with what repeats it.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seaglass.base.errors import SeaglassError
from seaglass.server.wire.router import Router
from tests.conformance.application import application
from tests.conformance.judge import judge
from tests.server.samples import FITTING, MODEL, Raw, full_input, raw

# One server serves a run; with more requests the runs come to what others left behind.
RUN_REQUESTS = 30
RUNS = int(os.environ.get("SEAGLASS_FUZZ_REQUESTS", "600")) // RUN_REQUESTS
FORM = "application/x-www-form-urlencoded"
ROUTER = Router(MODEL)

WORDS = st.sampled_from(
    [
        *FITTING.values(),
        "",
        "RETURN 1",
        "\x00",
        "\ud800",
        "../..",
        "%",
        "NaN",
        "x" * 300,
        "true",
        "9" * 30,
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | WORDS
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=4) | WORDS, inner, max_size=3)
    ),
    max_leaves=5,
)
BYTES = st.binary(max_size=30)
KINDS = st.sampled_from(["application/json", FORM, "", "text/plain", "application/json; charset=x"])


@st.composite
def altered(draw: st.DrawFn) -> Raw:
    """A right request of some operation with up to three wrong members, and one damaged part or none."""
    name = draw(st.sampled_from(sorted(MODEL.operations)))
    values = full_input(MODEL.operations[name])
    for member in draw(st.sets(st.sampled_from(sorted(values)), max_size=3)) if values else ():
        if draw(st.booleans()):
            values[member] = draw(JSON)
        else:
            del values[member]
    request = written(name, values)
    headers = {**request.headers, "content-type": draw(KINDS)}
    match draw(st.sampled_from(["", "", "", "body", "cut", "path", "query", "headers"])):
        case "body":
            return replace(request, headers=headers, body=draw(BYTES))
        case "cut":
            at = draw(st.integers(0, len(request.body)))
            return replace(request, headers=headers, body=request.body[:at] + draw(BYTES))
        case "path":
            path = request.path + draw(BYTES).decode("latin-1")
            return replace(request, headers=headers, path=path)
        case "query":
            return replace(request, headers=headers, query=request.query + draw(BYTES))
        case "headers":
            return replace(request, headers={**headers, "host": draw(BYTES).decode("latin-1")})
    return replace(request, headers=headers)


def written(name: str, values: dict[str, Any]) -> Raw:
    """The request with values that may not fit into a path or header as they are."""
    try:
        return raw(name, values)
    except UnicodeEncodeError:
        safe = json.loads(json.dumps(values).replace("\\ud800", "?"))
        return raw(name, safe)


NOISE = st.builds(
    Raw,
    st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "X"]),
    BYTES.map(lambda path: "/" + path.decode("latin-1")),
    BYTES,
    st.just({}),
    BYTES,
)


def operation_of(request: Raw) -> str | None:
    try:
        return ROUTER.route(request.method, request.path).operation.name
    except SeaglassError:
        return None


@settings(max_examples=RUNS, suppress_health_check=list(HealthCheck))
@given(st.lists(altered() | NOISE, min_size=RUN_REQUESTS, max_size=RUN_REQUESTS))
def test_any_request_is_answered_as_the_model_allows(requests: list[Raw]) -> None:
    with application() as served:
        for request in requests:
            judge(operation_of(request), served.ask(request))

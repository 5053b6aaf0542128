"""Requests that nobody would send: never a 5xx, never an exception, always our envelope."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from seaglass.base.clock import SystemClock
from seaglass.base.files import LocalFiles
from seaglass.base.rng import SystemRng
from seaglass.base.settings import Settings
from seaglass.server.control.plane import ControlPlane
from seaglass.server.service.chain import Chain
from seaglass.server.service.context import Services
from tests.server.fakes import FakeFleet
from tests.server.samples import MODEL, full_input, raw

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(sorted(MODEL.operations))
BYTES = st.binary(max_size=60)
FORM = b"application/x-www-form-urlencoded"


async def answers(requests: list[dict[str, Any]]) -> list[tuple[int, bytes]]:
    """Send requests to a chain of their own, without a network."""
    fleet, rng = FakeFleet(), SystemRng()
    config = Settings(transition_wait_seconds=0, start_wait_seconds=0)
    plane = ControlPlane(config, fleet, fleet, SystemClock(), rng)
    await plane.start(LocalFiles())
    chain = Chain(MODEL, Services(config, plane, fleet, rng))
    try:
        return [await answer(chain, request) for request in requests]
    finally:
        await plane.close()


async def answer(chain: Chain, request: dict[str, Any]) -> tuple[int, bytes]:
    sent: list[Any] = []
    body = request.pop("body")
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        if messages:
            return messages.pop()
        return await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    await chain({"type": "http", "path": "/", **request}, receive, send)
    assert [m["type"] for m in sent] == ["http.response.start", "http.response.body"]
    return sent[0]["status"], sent[1]["body"]


def check(request: dict[str, Any]) -> None:
    ((status, body),) = asyncio.run(answers([request]))
    assert status < 500
    if status >= 400:
        assert {"__type", "message"} <= set(orjson.loads(body))


@given(st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "X"]), BYTES, BYTES, BYTES)
def test_noise(method: str, path: bytes, query: bytes, body: bytes) -> None:
    target = {"method": method, "raw_path": b"/" + path, "query_string": query}
    check({**target, "headers": [(b"host", path)], "body": body})


@settings(max_examples=200)
@given(NAMES, st.data())
def test_a_right_request_with_wrong_parts(name: str, data: st.DataObject) -> None:
    values = full_input(MODEL.operations[name])
    for member in data.draw(st.sets(st.sampled_from(sorted(values)), max_size=3)):
        values[member] = data.draw(JSON)
    request = raw(name, values)
    content_type = data.draw(st.sampled_from([b"application/json", FORM, b"", b"text/plain"]))
    headers = [(k.encode(), v.encode("utf-8", "replace")) for k, v in request.headers.items()]
    check(
        {
            "method": request.method,
            "raw_path": request.path.encode("utf-8", "replace"),
            "query_string": request.query,
            "headers": [*headers, (b"content-type", content_type)],
            "body": data.draw(st.just(request.body) | st.binary(max_size=40)),
        }
    )

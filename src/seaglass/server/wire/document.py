"""JSON text from outside as values, of bounded depth.

Above: parse, lenient. Below: nothing. The bound keeps everything behind that walks a value by
recursion (encoders, the worker's values) far from the end of its stack.
"""

from __future__ import annotations

from itertools import chain
from typing import cast

import orjson

from seaglass.base.errors import Invalid

# AWS publishes no number; far past what people nest, far below Python's 1,000 frames.
DEPTH_MAX = 200
_CONTAINERS = frozenset({dict, list})


def read_json(text: bytes | bytearray | str) -> object:
    """Read one JSON value.

    Raises: Invalid(bad_request) when the text is not JSON, or is nested too deeply.
    """
    value = read_json_of_any_depth(text)
    raw = text.encode("utf-8") if isinstance(text, str) else text
    # Counting is much cheaper than walking, and nearly always enough.
    if raw.count(b"[") + raw.count(b"{") > DEPTH_MAX and _too_deep(value):
        raise Invalid(
            "bad_request", f"JSON in a request must be nested at most {DEPTH_MAX} levels deep."
        )
    return value


def read_json_of_any_depth(text: bytes | bytearray | str) -> object:
    """Read one JSON value for somebody who bounds its depth. Raises: Invalid(bad_request) when it is none."""
    try:
        value: object = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Invalid(
            "bad_request", f"The request has text that is not valid JSON: {error}."
        ) from None
    return value


def _too_deep(value: object) -> bool:
    level = [value] if type(value) in _CONTAINERS else []
    for _ in range(DEPTH_MAX):
        inner = chain.from_iterable(
            outer.values() if isinstance(outer, dict) else cast("list[object]", outer)
            for outer in level
        )
        level = [item for item in inner if type(item) in _CONTAINERS]
        if not level:
            return False
    return True

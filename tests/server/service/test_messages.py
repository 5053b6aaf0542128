"""Bodies on both sides of the size from which they are looked at beside the event loop."""

from __future__ import annotations

import asyncio
import threading

import pytest

from seaglass.server.service.messages import INLINE_BYTES_MAX, looked_at


@pytest.mark.parametrize(
    ("size", "beside"), [(INLINE_BYTES_MAX - 1, False), (INLINE_BYTES_MAX, True)]
)
def test_a_large_body_is_looked_at_in_a_thread(size: int, beside: bool) -> None:
    thread = asyncio.run(looked_at(bytes(size), threading.current_thread))
    assert (thread is not threading.current_thread()) == beside


def test_what_is_wrong_with_a_large_body_is_heard() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        asyncio.run(looked_at(bytes(INLINE_BYTES_MAX), lambda: int("no number")))

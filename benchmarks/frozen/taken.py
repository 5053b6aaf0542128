"""What a first snapshot came to. Nothing but the standard library: every engine's process reads it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds and bytes; `limit` is what the machine can do with the same content, where measured:
    seconds, bytes written, plain bytes."""

    seconds: float
    bytes: int
    limit: tuple[float, int, int] | None = None

"""What a first snapshot came to. Nothing but the standard library: every engine's process reads it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds and bytes; `limits` are what the machine can do with the same content, where measured,
    by their names (`limit`): seconds, bytes written, plain bytes."""

    seconds: float
    bytes: int
    limits: dict[str, tuple[float, int, int]] = field(default_factory=dict)

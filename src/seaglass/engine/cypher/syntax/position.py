"""Where a piece of query text stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Position:
    """Line and column count from 1, offset from 0, all in characters."""

    line: int
    column: int
    offset: int

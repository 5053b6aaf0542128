"""The verdict of `check`: what does not hold is damage."""

from __future__ import annotations

from seaglass.base.errors import Corrupt


def require(holds: bool, what: str) -> None:
    """Raises: Corrupt(corrupt) when it does not hold"""
    if not holds:
        raise Corrupt("corrupt", f"The graph is damaged: {what}.")

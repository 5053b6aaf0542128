"""Parameters: JSON values of all kinds, and what a library's caller may pass by mistake.

Above: inputs. Below: words.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from seaglass.testkit.fuzz import words

if TYPE_CHECKING:
    from random import Random

_ATOMS: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 3, 2**31, 2**53 + 1, 2**63 - 1, -(2**63)),
    *(0.0, -0.0, 1.0, 1.5, 1e308, 5e-324, -2.5, 2.0**63),
    *("", "a", "ab", "n1", "é", "😀", "2015-07-21", "P1D", "\x00", "x" * 300, "12", "day", "A"),
)
# What JSON's text may hold and a value may not, or what no JSON has.
_ODD: tuple[Any, ...] = (
    *(2**63, -(2**63) - 1, 10**400, math.inf, -math.inf, math.nan, "\ud800", "a\udfff"),
    *(b"bytes", {1: 2}, {"\ud800": 1}, {1, 2}, object, (1, 2), 1j),
)
_NAMES = ("p", "list", "map", "1", "odd name")


def parameters(rng: Random) -> dict[str, Any]:
    """What the names that the grammar uses stand for; now and then one is missing, or no value."""
    given = {
        "p": rng.choice(_ATOMS),
        "list": [_value(rng, 2) for _ in range(rng.randint(0, 4))],
        "map": {rng.choice(("x", "y", "name", "")): _value(rng, 2) for _ in range(2)},
        "1": _value(rng, 3),
        "odd name": rng.choice(_ATOMS),
    }
    if rng.random() < 0.2:
        given[rng.choice(_NAMES)] = _value(rng, 4)
    if rng.random() < 0.05:
        del given[rng.choice(_NAMES)]
    if rng.random() < 0.1:
        given[rng.choice(_NAMES)] = _odd(rng)
    return given


def _value(rng: Random, depth: int) -> Any:
    kind = rng.random()
    if depth == 0 or kind < 0.6:
        return rng.choice(_ATOMS)
    if kind < 0.8:
        return [_value(rng, depth - 1) for _ in range(rng.randint(0, 4))]
    return {rng.choice(words.KEYS): _value(rng, depth - 1) for _ in range(rng.randint(0, 3))}


def _odd(rng: Random) -> Any:
    odd = rng.choice(_ODD)
    kind = rng.random()
    if kind < 0.5:
        return odd
    if kind < 0.8:
        return [1, {"x": odd}]
    deep: Any = 1
    for _ in range(rng.choice((50, 126, 127, 128, 129, 20_000))):
        deep = [deep] if rng.random() < 0.5 else {"x": deep}
    return deep

"""Chains of one operator as trees, and values that an expression uses more than once.

Above: the binder of expressions. Below: `logical`. `a < b < c` and `CASE a WHEN ...` name an operand once
and use it often. It is written out as often, but where it is drawn by chance: then it is kept under a
local name, as the one item of a list that a comprehension goes through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical.walk import contains_volatile
from seaglass.engine.cypher.semantics.functions import VOLATILE

if TYPE_CHECKING:
    from collections.abc import Callable

    from seaglass.engine.cypher.syntax.position import Position

Kept: TypeAlias = "list[tuple[str, ex.Expression]]"
"""Names, and the values that they stand for."""


def balanced(
    operator: ex.BinaryOperator, operands: list[ex.Expression], at: Position
) -> ex.Expression:
    """One tree of logarithmic depth; the operators that come here are associative."""
    while len(operands) > 1:
        pairs = zip(operands[::2], operands[1::2], strict=False)
        joined: list[ex.Expression] = [ex.Binary(operator, a, b, at) for a, b in pairs]
        if len(operands) % 2:
            joined.append(operands[-1])
        operands = joined
    return operands[0]


def used_again(value: ex.Expression, kept: Kept, fresh: Callable[[], str]) -> ex.Expression:
    """What stands for a value in more places than one: of a random one the name under which it is then
    `kept`, else the value itself. Args: fresh: makes such a name
    """
    if not contains_volatile(value, VOLATILE):
        return value
    kept.append((fresh(), value))
    return ex.Variable(kept[-1][0], value.at)


def with_kept(kept: Kept, whole: ex.Expression) -> ex.Expression:
    """The expression in which each name stands for its value, which is computed once."""
    for local, value in reversed(kept):
        at = value.at
        listed = ex.Comprehension(local, ex.ListLiteral((value,), at), None, whole, at)
        whole = ex.Index(listed, ex.Literal(0, at), at)
    return whole

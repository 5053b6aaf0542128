"""Which conditions say what a node's `~id` is.

    id(n) = x · x = id(n) · n.`~id` = x · id(n) IN list · n.`~id` IN list

Above: the rules `choose_start` and `seek_ids`. Below: `logical`.
"""

from __future__ import annotations

from dataclasses import dataclass

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical.walk import contains_volatile, variables
from seaglass.engine.cypher.semantics.functions import VOLATILE

IDENTITY = "~id"


@dataclass(frozen=True, slots=True)
class Identity:
    """The `~id` of `variable` is `value`, or, if `many`, is in it."""

    variable: str
    value: ex.Expression
    many: bool


def identity_of(predicate: ex.Expression) -> Identity | None:
    """What the condition says of an identity; None if nothing that could find the node."""
    if not isinstance(predicate, ex.Binary):
        return None
    many = predicate.operator is ex.BinaryOperator.IN
    if not many and predicate.operator is not ex.BinaryOperator.EQ:
        return None
    sides = [(predicate.left, predicate.right)]
    if not many:
        sides.append((predicate.right, predicate.left))
    for side, value in sides:
        name = _owner(side)
        if (
            name is not None
            and name not in variables(value)
            and not contains_volatile(value, VOLATILE)
        ):
            return Identity(name, value, many)
    return None


def _owner(expression: ex.Expression) -> str | None:
    """The variable whose identity the expression is."""
    match expression:
        case ex.FunctionCall(name="id", arguments=(ex.Variable(name=name),)):
            return name
        case ex.Property(subject=ex.Variable(name=name), key="~id"):
            return name
        case _:
            return None

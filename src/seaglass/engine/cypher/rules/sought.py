"""Which conditions a value index can answer.

    n.x = v · v = n.x · n.x < v · v > n.x (and <=, >, >=) · n.x IN list · n.x STARTS WITH v
    n.x = v OR n.x = w, which is sought as n.x IN [v, w]

Above: the rules `choose_start`, `narrow_scans` and `narrow_expands`. Below: `logical`.
"""

from __future__ import annotations

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.walk import contains_volatile, variables, walk
from seaglass.engine.cypher.semantics.functions import VOLATILE

_Op = ex.BinaryOperator
_TURNED = {_Op.EQ: _Op.EQ, _Op.LT: _Op.GT, _Op.LE: _Op.GE, _Op.GT: _Op.LT, _Op.GE: _Op.LE}
_OPERATORS = frozenset({*_TURNED, _Op.IN, _Op.STARTS_WITH})
# Values of other shapes cost more than they save when they are computed once more.
_CHEAP = (
    ex.Literal,
    ex.Parameter,
    ex.Variable,
    ex.Property,
    ex.Index,
    ex.FunctionCall,
    ex.Unary,
    ex.Binary,
    ex.ListLiteral,
)


def sought_of(predicate: ex.Expression, variable: str) -> plan.Sought | None:
    """What the condition says of a property of a variable; None if nothing that could find it."""
    if isinstance(predicate, ex.Binary) and predicate.operator is _Op.OR:
        return _any_of(predicate, variable)
    if not isinstance(predicate, ex.Binary) or predicate.operator not in _OPERATORS:
        return None
    sides = [(predicate.left, predicate.operator, predicate.right)]
    if predicate.operator in _TURNED:
        sides.append((predicate.right, _TURNED[predicate.operator], predicate.left))
    for side, operator, value in sides:
        if (
            isinstance(side, ex.Property)
            and isinstance(side.subject, ex.Variable)
            and side.subject.name == variable
            and not side.key.startswith("~")
            and variable not in variables(value)
            and all(isinstance(part, _CHEAP) for part in walk(value))
            and not contains_volatile(value, VOLATILE)
        ):
            return plan.Sought(side.key, operator, value)
    return None


def _any_of(predicate: ex.Binary, variable: str) -> plan.Sought | None:
    """Of several values of one property, any."""
    items: list[ex.Expression] = []
    keys: set[str] = set()
    for side in (predicate.left, predicate.right):
        found = sought_of(side, variable)
        if found is None:
            return None
        keys.add(found.key)
        if found.operator is _Op.EQ:
            items.append(found.value)
        elif found.operator is _Op.IN and isinstance(found.value, ex.ListLiteral):
            items += found.value.items
        else:
            return None
    if len(keys) > 1:
        return None
    return plan.Sought(keys.pop(), _Op.IN, ex.ListLiteral(tuple(items), predicate.at))

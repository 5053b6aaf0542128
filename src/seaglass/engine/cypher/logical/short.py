"""Which plans take a moment, whatever graph and parameters they meet.

Above: plan_cache, for the writers of a graph: what takes a moment may be done by whoever has the
write lock. Below: `operators`, `walk`. A plan is short that has at most one row, finds nodes by
their `~id` alone, and computes nothing that loops. A plan that is not called short may be as quick.
"""

from __future__ import annotations

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.operators import all_operators, expressions_of
from seaglass.engine.cypher.logical.walk import walk

# DELETE is none of them: what a node is connected to is not bounded.
_OPERATORS = frozenset(
    {
        plan.NodeSeek,
        plan.Filter,
        plan.Project,
        plan.Skip,
        plan.Limit,
        plan.Create,
        plan.Merge,
        plan.Set,
        plan.Discard,
    }
)
_EXPRESSIONS = frozenset(
    {
        ex.Literal,
        ex.Parameter,
        ex.Variable,
        ex.Property,
        ex.HasLabels,
        ex.ListLiteral,
        ex.MapLiteral,
        ex.Unary,
        ex.Binary,
        ex.IsNull,
        ex.Case,
        ex.FunctionCall,
    }
)
_FUNCTIONS = frozenset(
    {
        "coalesce",
        "date",
        "datetime",
        "id",
        "labels",
        "localdatetime",
        "properties",
        "randomUUID",
        "timestamp",
        "toFloat",
        "toInteger",
        "toLower",
        "toString",
        "toUpper",
    }
)


def is_short(root: plan.Operator) -> bool:
    """Whether the plan takes a moment."""
    return all(_is_short_step(operator) for operator in all_operators(root))


def _is_short_step(operator: plan.Operator) -> bool:
    if type(operator) not in _OPERATORS or (isinstance(operator, plan.NodeSeek) and operator.many):
        return False
    return all(_is_short_value(node) for whole in expressions_of(operator) for node in walk(whole))


def _is_short_value(node: ex.Expression) -> bool:
    match node:
        case ex.FunctionCall(name=name):
            return name in _FUNCTIONS
        case ex.Binary(operator=operator):
            # A regular expression can take for ever.
            return operator is not ex.BinaryOperator.MATCHES
        case _:
            return type(node) in _EXPRESSIONS

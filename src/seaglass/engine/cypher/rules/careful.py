"""Rules that ask a condition only of rows that come to it, where asking may fail.

    MATCH (a)-[r]->(b) WHERE a.x = 1 AND size(a.y) > 2 RETURN b

    Filter a.x = 1 AND size(a.y) > 2        Filter size(a.y) > 2
    Expand (a)-[r]->(b)                ->   Expand (a)-[r]->(b)
    NodeScan (a)                            Filter a.x = 1
    Unit                                    NodeScan (a)
                                            Unit

Above: `compile`. Below: the rules. By the usual rules a condition is asked of a node before the
rest of the pattern is looked for, so that it can fail for a node that is in no match. A query that
has failed is therefore run again by these: a condition that can fail stays where the text has
it, nothing passes it, and rules that would hide it are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.operators import add_columns, bound_by
from seaglass.engine.cypher.logical.walk import conjunction, conjuncts
from seaglass.engine.cypher.rules.choose_start import choose_start
from seaglass.engine.cypher.rules.count_paths import count_paths
from seaglass.engine.cypher.rules.filter_searches import filter_searches, with_tests_apart
from seaglass.engine.cypher.rules.intersect import intersect
from seaglass.engine.cypher.rules.narrow_expands import narrow_expands
from seaglass.engine.cypher.rules.narrow_scans import narrow_scans
from seaglass.engine.cypher.rules.push_filters import push_filters
from seaglass.engine.cypher.rules.reach_ends import reach_ends
from seaglass.engine.cypher.rules.seek_ids import seek_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Set as AbstractSet

    from seaglass.engine.cypher.logical.operators import Inner, Leaf

    Rule = Callable[[Leaf, list[Inner]], list[Inner]]

_LEFT_OUT = (count_paths, intersect, reach_ends)
# By name: there is a `choose_start` for each size of a graph.
_MOVING = frozenset(
    rule.__name__ for rule in (push_filters, choose_start, seek_ids, narrow_scans, narrow_expands)
)

_COMPARISONS = frozenset(
    {
        ex.BinaryOperator.EQ,
        ex.BinaryOperator.NE,
        ex.BinaryOperator.LT,
        ex.BinaryOperator.LE,
        ex.BinaryOperator.GT,
        ex.BinaryOperator.GE,
        ex.BinaryOperator.STARTS_WITH,
        ex.BinaryOperator.ENDS_WITH,
        ex.BinaryOperator.CONTAINS,
    }
)
_LOGIC = frozenset({ex.BinaryOperator.AND, ex.BinaryOperator.OR, ex.BinaryOperator.XOR})


def carefully(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Those of the rules that are left, each so that it moves nothing past a condition that can
    fail.
    """
    return tuple([_careful(rule) for rule in rules if rule not in _LEFT_OUT])


def _careful(rule: Rule) -> Rule:
    if rule is filter_searches:
        return _filter_searches
    return _in_parts(rule) if rule.__name__ in _MOVING else rule


def _filter_searches(_leaf: Leaf, operators: list[Inner]) -> list[Inner]:
    """`filter_searches` where no test can fail: it is asked of edges that are on no path, too."""
    return with_tests_apart(operators, lambda test: not can_fail(test.predicate, {test.local}))


def _in_parts(rule: Rule) -> Rule:
    """The rule, for the operators below, between and above such conditions apart."""

    def by_parts(leaf: Leaf, operators: list[Inner]) -> list[Inner]:
        result: list[Inner] = []
        below: Leaf = leaf
        columns = set(bound_by(leaf))
        part: list[Inner] = []
        for operator, fails in _split(operators):
            if fails:
                result += rule(below, part)
                result.append(operator)
                below, part = plan.Argument(tuple(sorted(columns))), []
                continue
            part.append(operator)
            columns = add_columns(columns, operator)
        return result + rule(below, part)

    return by_parts


def _split(operators: list[Inner]) -> Iterator[tuple[Inner, bool]]:
    """The operators; of a filter, first what cannot fail, then what can, with True."""
    entities: set[str] = set()
    for operator in operators:
        if not isinstance(operator, plan.Filter):
            entities = _entities(entities, operator)
            yield operator, False
            continue
        parts = conjuncts(operator.predicate)
        for fails in (False, True):
            some = [part for part in parts if can_fail(part, entities) is fails]
            if some:
                yield plan.Filter(plan.Unit(), conjunction(some)), fails


def _entities(names: set[str], operator: Inner) -> set[str]:
    """The columns above an operator that are known to hold nodes or edges."""
    match operator:
        case plan.NodeScan() | plan.NodeSeek() | plan.Expand():
            return names.union(bound_by(operator))
        case plan.ExpandMany(target=target):
            return names | {target}
        case plan.Project(items=items) | plan.Aggregate(keys=items):
            return {
                name
                for name, value in items
                if isinstance(value, ex.Variable) and value.name in names
            }
        case _:
            return names.intersection(add_columns(set(names), operator))


def can_fail(predicate: ex.Expression, entities: AbstractSet[str]) -> bool:
    """Whether a condition may be asked of a value that it does not take. Knows only the usual ones
    that take every value: comparisons of what nodes and edges have, and what is joined of these.

    Args: entities: the columns that hold nodes and edges
    """
    match predicate:
        case ex.Binary(operator=operator, left=left, right=right) if operator in _LOGIC:
            return can_fail(left, entities) or can_fail(right, entities)
        case ex.Unary(operator=ex.UnaryOperator.NOT, operand=operand):
            return can_fail(operand, entities)
        case ex.Binary(operator=operator, left=left, right=right) if operator in _COMPARISONS:
            return not (_is_plain(left, entities) and _is_plain(right, entities))
        case ex.Binary(operator=ex.BinaryOperator.IN, left=left, right=ex.ListLiteral() as right):
            return not all(_is_plain(value, entities) for value in (left, *right.items))
        case ex.IsNull(operand=operand):
            return not _is_plain(operand, entities)
        case ex.HasLabels(subject=ex.Variable(name=name)):
            return name not in entities
        case _:
            return True


def _is_plain(value: ex.Expression, entities: AbstractSet[str]) -> bool:
    match value:
        case ex.Literal() | ex.Parameter() | ex.Variable():
            return True
        case (
            ex.Property(subject=ex.Variable(name=name))
            | ex.FunctionCall(name="id", arguments=(ex.Variable(name=name),))
        ):
            return name in entities
        case _:
            return False

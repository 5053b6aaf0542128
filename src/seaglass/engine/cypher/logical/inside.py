"""Plans that run inside another, made to run on many rows at once.

Above: the builder, the binder of subqueries. Below: `operators`, `plan`.
A plan that keeps apart the rows that it got can run on all of them together; that is a great deal
faster than one run for each. The rows are numbered in a column of the leaf, and every operator
keeps the column:

    WITH n MATCH (n)-->(m) WITH DISTINCT m.x AS x RETURN x + 1 AS y

    Project x + 1 AS y                     Project x + 1 AS y, row
    Distinct x                             Distinct x, row
    Project m.x AS x                  ->   Project m.x AS x, row
    Expand (n)-->(m)                       Expand (n)-->(m)
    Argument n                             Argument n, row
"""

from __future__ import annotations

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.operators import Inner, chain, join, outer_names, writes
from seaglass.engine.cypher.syntax.position import Position

# Where an expression that the query does not write is said to stand.
_NOWHERE = Position(1, 1, 0)

# What aggregates give for no rows; None for null.
_OF_NOTHING: dict[str, ex.Expression | None] = {
    "avg": None,
    "collect": ex.ListLiteral((), _NOWHERE),
    "count": ex.Literal(0, _NOWHERE),
    "max": None,
    "min": None,
    "sum": ex.Literal(0, _NOWHERE),
}
_KEEPING = (
    plan.NodeScan
    | plan.NodeSeek
    | plan.Expand
    | plan.ExpandMany
    | plan.Filter
    | plan.Unwind
    | plan.Optional
)


def number_rows(root: plan.Operator, row: str) -> plan.Operator | None:
    """The plan with a column `row` from its leaf to its root; None where it cannot run on many rows
    at once, since an operator counts or cuts off the rows of one, or writes.
    """
    leaf, operators = chain(root)
    assert isinstance(leaf, plan.Argument)
    numbered: list[Inner] = []
    for operator in operators:
        if isinstance(operator, plan.Aggregate) and not operator.keys:
            if not all(item.name in _OF_NOTHING for _, item in operator.aggregates):
                return None
            numbered = _one_for_each(operator, plan.Argument((*leaf.names, row)), numbered, row)
            continue
        keeping = _keeping(operator, row)
        if keeping is None:
            return None
        numbered.append(keeping)
    return join(plan.Argument((*leaf.names, row)), numbered)


def _one_for_each(
    aggregate: plan.Aggregate, leaf: plan.Argument, below: list[Inner], row: str
) -> list[Inner]:
    """An aggregation without keys, for each number in `row`: also where there is nothing below it.

    Aggregate count(b) AS n               Project coalesce(n, 0) AS n, row
    Expand (a)-[e]->(b)             ->    Optional
    Argument a                              | Aggregate count(b) AS n BY row
                                            | Expand (a)-[e]->(b)
                                            | Argument a, row
                                          Argument a, row
    """
    key = (row, ex.Variable(row, _NOWHERE))
    inner = join(leaf, [*below, plan.Aggregate(leaf, (key,), aggregate.aggregates)])
    items: list[tuple[str, ex.Expression]] = []
    for name, item in aggregate.aggregates:
        value: ex.Expression = ex.Variable(name, item.at)
        nothing = _OF_NOTHING[item.name]
        if nothing is not None:
            value = ex.FunctionCall("coalesce", (value, nothing), item.at)
        items.append((name, value))
    return [plan.Optional(leaf, inner, row), plan.Project(leaf, (*items, key))]


def _keeping(operator: Inner, row: str) -> Inner | None:
    """The operator with the column `row` among what it gives."""
    variable = ex.Variable(row, _NOWHERE)
    match operator:
        case plan.Project(items=items):
            return plan.Project(operator.input, (*items, (row, variable)))
        case plan.Distinct(names=names):
            return plan.Distinct(operator.input, (*names, row))
        case plan.Aggregate(keys=keys, aggregates=aggregates) if keys:
            return plan.Aggregate(operator.input, (*keys, (row, variable)), aggregates)
        case plan.Sort(keys=sort_keys):
            return plan.Sort(operator.input, (plan.SortKey(variable, False), *sort_keys))
        case plan.Apply(inner=inner):
            return None if writes(inner) else operator
        case plan.ProcedureCall(procedure=procedure):
            return None if procedure.writes else operator
        case _:
            return operator if isinstance(operator, _KEEPING) else None


def counted(root: plan.Operator, row: str, column: str) -> plan.Operator:
    """One row for each number in `row` that the plan gives, with how often it gives it."""
    key = (row, ex.Variable(row, _NOWHERE))
    count = (column, ex.Aggregate("count", None, False, _NOWHERE))
    return plan.Aggregate(root, (key,), (count,))


def only_its_rows(root: plan.Operator) -> plan.Operator:
    """The plan where nothing but the number of its rows matters: without projections at its root,
    and without columns of its leaf that nothing reads.
    """
    while isinstance(root, plan.Project):
        root = root.input
    return narrowed(root)


def narrowed(root: plan.Operator) -> plan.Operator:
    """The plan without columns of its leaf that no operator reads."""
    _, operators = chain(root)
    return join(plan.Argument(outer_names(operators)), operators)

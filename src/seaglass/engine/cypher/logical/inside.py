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
from seaglass.engine.cypher.logical.operators import (
    Inner,
    all_operators,
    bound_by,
    chain,
    expressions_of,
    join,
    outer_names,
    read_by,
    writes,
)
from seaglass.engine.cypher.logical.walk import contains_volatile
from seaglass.engine.cypher.semantics.functions import VOLATILE
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


def is_constant(root: plan.Operator) -> bool:
    """Whether the plan gives the same for all rows: once is enough for them, however many there are."""
    leaf, _ = chain(root)
    return not bound_by(leaf) and not any(
        contains_volatile(expression, VOLATILE)
        for operator in all_operators(root)
        for expression in expressions_of(operator)
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
            return None if procedure.changes else operator
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
    return narrowed(root, ())


def narrowed(root: plan.Operator, names: tuple[str, ...]) -> plan.Operator:
    """The plan, made for each row of its leaf, without columns of the leaf that nothing needs.

    Args: names: the columns of its rows that somebody reads
    What a place sees and what may be read there differ: after a DISTINCT or an aggregation, only
    columns may be. So it is not left to the rules, which may be off.
    """
    leaf, operators = chain(root)
    wanted = set(names)
    kept: list[Inner] = []
    for operator, fixed in zip(reversed(operators), reversed(_fixed(leaf, operators)), strict=True):
        operator = _narrower(operator, wanted, fixed)
        wanted.difference_update(bound_by(operator))
        wanted.update(read_by(operator))
        kept.append(operator)
    kept.reverse()
    read = outer_names(kept)
    given = [name for name in bound_by(leaf) if name in wanted and name not in read]
    return join(plan.Argument((*read, *given)), kept)


def _fixed(leaf: plan.Operator, operators: list[Inner]) -> list[set[str]]:
    """For each operator the columns of its input that still are those of the leaf, and so the same
    in all rows."""
    fixed = set(bound_by(leaf))
    found: list[set[str]] = []
    for operator in operators:
        found.append(fixed)
        match operator:
            case plan.Project(items=items) | plan.Aggregate(keys=items):
                fixed = {name for name, value in items if name in fixed and _names(value, name)}
            case plan.Union():
                fixed = set()
            case _:
                pass
    return found


def _narrower(operator: Inner, wanted: set[str], fixed: set[str]) -> Inner:
    """The operator without what is neither wanted above it nor decides which rows there are."""
    idle = fixed - wanted
    match operator:
        case plan.Project(items=items):
            return plan.Project(operator.input, tuple([one for one in items if one[0] in wanted]))
        case plan.Aggregate(keys=keys, aggregates=aggregates):
            left = [one for one in keys if not (one[0] in idle and _names(one[1], one[0]))]
            # Without any key, no rows would give one.
            return plan.Aggregate(operator.input, tuple(left) or keys[:1], aggregates)
        case plan.Distinct(names=names):
            few = tuple([name for name in names if name not in idle])
            return plan.Distinct(operator.input, few or names[:1])
        case plan.Union(branches=branches, names=names):
            less = tuple([narrowed(branch, names) for branch in branches])
            return plan.Union(operator.input, less, names)
        case plan.Apply(inner=inner, returns=returns, row=row):
            added = bound_by(operator)
            smaller = narrowed(inner, added if row is None else (*added, row))
            apply = plan.Apply(operator.input, smaller, row, returns)
            return apply if bound_by(apply) == added else operator
        case _:
            return operator


def _names(value: ex.Expression, name: str) -> bool:
    return isinstance(value, ex.Variable) and value.name == name

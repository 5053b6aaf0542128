"""Rule: relationships of which only the type is asked are counted by type, not looked at.

    MATCH ()-[r:S|T]->() RETURN type(r) AS t, count(*) AS n

    Aggregate count(*) AS n BY type(r) AS t        Aggregate sum(` number`) AS n BY ` type` AS t
    Expand ()-[r:S|T]->()                     ->   CountTypes ()-[:S|T]->() AS ` type`, ` number`
    NodeScan ()                                    Unit
    Unit

A version knows how many edges of each type it has, so that a row for each type is enough where the
rows are grouped or made distinct in the end and nobody asks how often a value came but to count.
Between, conditions and projections may use the type. Without direction an edge is found from both
of its ends, a self-loop once.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.walk import contains_volatile, rewrite, variables
from seaglass.engine.cypher.semantics.functions import VOLATILE

if TYPE_CHECKING:
    from seaglass.engine.cypher.logical.operators import Inner, Leaf

# Columns; a leading space keeps them apart from all variables.
_TYPE = " type"
_NUMBER = " number"
# Aggregates that do not ask how often a value comes.
_ONCE = ("min", "max")


def count_types(_leaf: Leaf, operators: list[Inner]) -> list[Inner]:
    result: list[Inner] = []
    place = 0
    while place < len(operators):
        step = _step(operators[place : place + 2])
        counted = None if step is None else _Counted(step).by(operators[place + 2 :])
        if counted is None:
            result.append(operators[place])
            place += 1
            continue
        result += counted
        # The step and its scan became one operator.
        place += len(counted) + 1
    return result


def _step(operators: list[Inner]) -> plan.Expand | None:
    """The step from all nodes along all edges that the two operators are, if they are that."""
    match operators:
        case [plan.NodeScan(variable=name, labels=(), sought=()), plan.Expand() as step]:
            alone = not (step.target_bound or step.edge_bound or step.distinct_from)
            return step if alone and step.source == name else None
        case _:
            return None


class _Counted:
    """What comes after a step, told by types instead of edges."""

    def __init__(self, step: plan.Expand) -> None:
        self._step = step
        self._edge: str | None = step.edge
        # Columns that there are no longer, and those that are never null.
        self._gone = {step.source, step.edge, step.target}
        self._sure = {*self._gone, _TYPE}

    def by(self, above: list[Inner]) -> list[Inner] | None:
        """The operators up to the one that groups; None where it must be edges."""
        step = self._step
        told: list[Inner] = [
            plan.CountTypes(step.input, _TYPE, _NUMBER, step.types, step.direction)
        ]
        for place, operator in enumerate(above):
            match operator:
                case plan.Filter(predicate=predicate):
                    condition = self._told(predicate)
                    if condition is None:
                        return None
                    told.append(dataclasses.replace(operator, predicate=condition))
                case plan.Project(items=items):
                    values = self._items(items)
                    if not values:
                        return None
                    match above[place + 1 : place + 2]:
                        case [plan.Distinct() as distinct]:
                            return [*told, plan.Project(operator.input, values), distinct]
                    told.append(self._projected(operator, values))
                case plan.Aggregate():
                    grouped = self._grouped(operator)
                    return None if grouped is None else [*told, grouped]
                case _:
                    return None
        return None

    def _told(self, expression: ex.Expression) -> ex.Expression | None:
        """The expression of the type; None where it uses more of the edge, or chance."""
        found = rewrite(expression, self._type)
        if contains_volatile(found, VOLATILE) or variables(found) & self._gone:
            return None
        return found

    def _type(self, part: ex.Expression) -> ex.Expression | None:
        match part:
            case ex.FunctionCall(name="type", arguments=(ex.Variable(name=name),)):
                return ex.Variable(_TYPE, part.at) if name == self._edge else None
            case _:
                return None

    def _items(
        self, items: tuple[tuple[str, ex.Expression], ...]
    ) -> tuple[tuple[str, ex.Expression], ...] | None:
        told = [(name, self._told(value)) for name, value in items]
        known = tuple([(name, value) for name, value in told if value is not None])
        return known if len(known) == len(told) else None

    def _projected(
        self, operator: plan.Project, values: tuple[tuple[str, ex.Expression], ...]
    ) -> plan.Project:
        """The projection, which hands on the number; above it the pattern's names mean nothing."""
        self._sure = {
            name
            for name, value in values
            if isinstance(value, ex.Variable) and value.name in self._sure
        }
        self._gone = set()
        self._edge = None
        at = values[0][1].at
        return plan.Project(operator.input, (*values, (_NUMBER, ex.Variable(_NUMBER, at))))

    def _grouped(self, operator: plan.Aggregate) -> plan.Aggregate | None:
        keys = self._items(operator.keys)
        items = [(name, self._item(item)) for name, item in operator.aggregates]
        known = tuple([(name, item) for name, item in items if item is not None])
        if keys is None or len(known) < len(items):
            return None
        return plan.Aggregate(operator.input, keys, known)

    def _item(self, item: ex.Aggregate) -> ex.Aggregate | None:
        """The aggregate of rows that stand for many."""
        if item.name == "count" and not item.distinct:
            if item.argument is not None and not self._is_sure(item.argument):
                return None
            return ex.Aggregate("sum", ex.Variable(_NUMBER, item.at), distinct=False, at=item.at)
        if item.argument is None or not (item.distinct or item.name in _ONCE):
            return None
        argument = self._told(item.argument)
        return None if argument is None else dataclasses.replace(item, argument=argument)

    def _is_sure(self, argument: ex.Expression) -> bool:
        """Whether it is never null."""
        value = self._type(argument) or argument
        return isinstance(value, ex.Variable) and value.name in self._sure

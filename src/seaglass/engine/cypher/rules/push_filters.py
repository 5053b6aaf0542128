"""Rule: conditions move down to where their variables are bound, and those of one place become one
filter.

    MATCH (a:A) WITH a AS b, a.x AS x WHERE b.y = 1 AND x > 2 RETURN x

    Filter b.y = 1 AND x > 2           Project a AS b, a.x AS x
    Project a AS b, a.x AS x      ->   Filter a.y = 1 AND a.x > 2
    NodeScan (a:A)                     NodeScan (a:A)
    Unit                               Unit

A condition passes scans, expansions, OPTIONAL MATCH, CALL { } that only reads, UNWIND, DISTINCT and
sorting that do not bind what it reads, and projections that only rename what it reads or take a
property of it. Conditions with random values stay, since moving them would change how often they
are drawn. Conditions keep their order within one place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.operators import Inner, Leaf, bound_by, writes
from seaglass.engine.cypher.logical.walk import (
    conjunction,
    conjuncts,
    contains_volatile,
    rewrite,
    variables,
)
from seaglass.engine.cypher.semantics.functions import VOLATILE

if TYPE_CHECKING:
    from collections.abc import Iterator


def push_filters(_leaf: Leaf, operators: list[Inner]) -> list[Inner]:
    if not any(isinstance(operator, plan.Filter) for operator in operators):
        return operators
    # places[i] are the conditions right above operators i - 1; places[0] those right above the
    # leaf.
    kept: list[Inner] = []
    places: list[list[ex.Expression]] = [[]]
    for operator in operators:
        if not isinstance(operator, plan.Filter):
            kept.append(operator)
            places.append([])
            continue
        for predicate in conjuncts(operator.predicate):
            place, moved = _lowest(kept, predicate)
            places[place].append(moved)
    return list(_filled(kept, places))


def _filled(kept: list[Inner], places: list[list[ex.Expression]]) -> Iterator[Inner]:
    for place, predicates in enumerate(places):
        if place:
            yield kept[place - 1]
        if predicates:
            yield plan.Filter(plan.Unit(), conjunction(predicates))


def _lowest(kept: list[Inner], predicate: ex.Expression) -> tuple[int, ex.Expression]:
    """The lowest place for a condition that stands above all of `kept`, and its form there."""
    place = len(kept)
    if contains_volatile(predicate, VOLATILE):
        return place, predicate
    names = variables(predicate)
    while place:
        below = kept[place - 1]
        match below:
            case (
                plan.NodeScan()
                | plan.NodeSeek()
                | plan.Expand()
                | plan.ExpandMany()
                | plan.Unwind()
                | plan.Optional()
            ):
                if not names.isdisjoint(bound_by(below)):
                    break
            case plan.Apply(inner=inner):
                if writes(inner) or not names.isdisjoint(bound_by(below)):
                    break
            case plan.Project():
                renamed = _before(below, predicate, names)
                if renamed is None:
                    break
                predicate, names = renamed, variables(renamed)
            case plan.Distinct() | plan.Sort():
                pass
            case _:
                break
        place -= 1
    return place, predicate


def _before(
    project: plan.Project, predicate: ex.Expression, names: frozenset[str]
) -> ex.Expression | None:
    """The condition over the input of a projection, or None where that would compute something
    twice.
    """
    items = {name: value for name, value in project.items if name in names}
    for value in items.values():
        while isinstance(value, ex.Property):
            value = value.subject
        if not isinstance(value, ex.Variable):
            return None
    return rewrite(
        predicate,
        lambda part: items.get(part.name) if isinstance(part, ex.Variable) else None,
    )

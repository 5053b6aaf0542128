"""Rule: a pattern is entered where it is narrowest, and walked from there.

    MATCH (a)-[r]->(b:B) WHERE id(b) = $x RETURN a

    Filter b:B AND id(b) = $x          Expand (b)<-[r]-(a)
    Expand (a)-[r]->(b)           ->   Filter id(b) = $x
    NodeScan (a)                       NodeScan (b:B)
    Unit                               Unit

A region is a run of NodeScan, Expand, ExpandMany and Filter: one MATCH, or several in a row. It is taken apart
into nodes, edges and conditions, and put together again, always with the first of these that is
possible, fixed edges before paths of variable length:

1. an edge whose two ends are there already
2. a node whose `~id` is known (`seek_ids` makes the scan a look-up)
3. an edge one end of which is there already: one that must equal something, then in the order of
   the text
4. a new node: one whose `~id` is in a list, an end of an edge that is there, then by conditions on
   it: a label and an equality, a label and a range, a label, an equality, any; of equals one that a
   value of nodes elsewhere will not find, then the one with more labels; an end of an edge that must
   equal something; the first of the text

Conditions stand where their variables are first all bound.

By statistics of the graph (`logical/statistics`) the region is put together once more. Of the nodes of 4 one of
far fewer goes before the first of the text, and of the edges of 3, paths among them, one of which a node has far
fewer; a node with a value that few have is one of 2. That is taken if the rows of all its steps are far fewer by
the same estimate. A plan is right for every graph either way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.operators import Inner, Leaf, add_columns, bound_by
from seaglass.engine.cypher.logical.walk import contains_volatile
from seaglass.engine.cypher.rules.region import Part, Region, Step
from seaglass.engine.cypher.semantics.functions import VOLATILE

if TYPE_CHECKING:
    from collections.abc import Callable

    from seaglass.engine.cypher.logical.statistics import Statistics

# The rows are far fewer where they are a fourth. Less may be an error of the estimate.
_ROWS_APART = 4


def choose_start(leaf: Leaf, operators: list[Inner]) -> list[Inner]:
    return _chosen(leaf, operators, None)


def by_statistics(statistics: Statistics) -> Callable[[Leaf, list[Inner]], list[Inner]]:
    """The rule for a graph of such a size."""

    def rule(leaf: Leaf, operators: list[Inner]) -> list[Inner]:
        return _chosen(leaf, operators, statistics)

    rule.__name__ = choose_start.__name__
    return rule


def _chosen(leaf: Leaf, operators: list[Inner], statistics: Statistics | None) -> list[Inner]:
    if not any(isinstance(operator, plan.NodeScan | Step) for operator in operators):
        return operators
    result: list[Inner] = []
    region: list[Part] = []
    columns = set(bound_by(leaf))
    for operator in operators:
        if isinstance(operator, Part) and not _is_volatile(operator):
            region.append(operator)
            continue
        result.extend(_planned(region, columns, statistics))
        for part in region:
            columns.update(bound_by(part))
        region = []
        columns = add_columns(columns, operator)
        result.append(operator)
    result.extend(_planned(region, columns, statistics))
    return result


def _is_volatile(operator: Part) -> bool:
    """Whether moving the operator, or another past it, changes how often a random value is drawn."""
    return isinstance(operator, plan.Filter) and contains_volatile(operator.predicate, VOLATILE)


def _planned(region: list[Part], columns: set[str], statistics: Statistics | None) -> list[Inner]:
    if all(isinstance(operator, plan.Filter) for operator in region):
        return list(region)
    first = Region(region, columns, None, by_size=False)
    operators = first.operators()
    if statistics is None or not first.had_choice:
        return operators
    # Only now, as statistics have to be made.
    statistics.asked = True
    first, other = (
        Region(region, columns, statistics, by_size=by_size) for by_size in (False, True)
    )
    first.operators()
    others = other.operators()
    return others if other.cost * _ROWS_APART <= first.cost else operators

"""Rule: a node whose `~id` is known is looked up instead of searched.

    MATCH (n:A) WHERE id(n) = $x AND n.y = 1 RETURN n

    Filter id(n) = $x AND n.y = 1          Filter n.y = 1
    NodeScan (n:A)                    ->   NodeSeek (n:A) = $x
    Unit                                   Unit

Of several such conditions an equality is taken before a list; the others stay conditions.
"""

from __future__ import annotations

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.operators import Inner, Leaf, add_columns, bound_by
from seaglass.engine.cypher.logical.walk import conjunction, conjuncts, variables
from seaglass.engine.cypher.rules.identity import Identity, identity_of


def seek_ids(leaf: Leaf, operators: list[Inner]) -> list[Inner]:
    if not any(isinstance(operator, plan.NodeScan) for operator in operators):
        return operators
    result: list[Inner] = []
    columns = set(bound_by(leaf))
    place = 0
    while place < len(operators):
        operator = operators[place]
        above = operators[place + 1] if place + 1 < len(operators) else None
        if isinstance(operator, plan.NodeScan) and isinstance(above, plan.Filter):
            sought = _sought(operator, above, columns)
            if sought is not None:
                result.extend(sought)
                columns.add(operator.variable)
                place += 2
                continue
        result.append(operator)
        columns = add_columns(columns, operator)
        place += 1
    return result


def _sought(scan: plan.NodeScan, above: plan.Filter, columns: set[str]) -> list[Inner] | None:
    predicates = conjuncts(above.predicate)
    best: tuple[int, Identity] | None = None
    for place, predicate in enumerate(predicates):
        identity = identity_of(predicate)
        if (
            identity is not None
            and identity.variable == scan.variable
            and variables(identity.value) <= columns
            and (best is None or (best[1].many and not identity.many))
        ):
            best = place, identity
    if best is None:
        return None
    place, identity = best
    seek = plan.NodeSeek(scan.input, scan.variable, identity.value, scan.labels, identity.many)
    rest: list[ex.Expression] = predicates[:place] + predicates[place + 1 :]
    return [seek, plan.Filter(seek, conjunction(rest))] if rest else [seek]

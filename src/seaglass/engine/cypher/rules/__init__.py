"""The rules that rewrite a plan, in the order in which they run.

Above: `compile`. Below: `logical`. A rule is a pure function from a plan to a plan with the same
rows and the same writes; each has a module of its own, whose docstring shows a plan before and
after.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from seaglass.engine.cypher.logical.operators import (
    Inner,
    Leaf,
    chain,
    join,
    plans_inside,
    with_plans_inside,
)
from seaglass.engine.cypher.rules.choose_start import choose_start
from seaglass.engine.cypher.rules.count_paths import count_paths
from seaglass.engine.cypher.rules.delay_projection import delay_projection
from seaglass.engine.cypher.rules.drop_unused import drop_unused
from seaglass.engine.cypher.rules.merge_creates import merge_creates
from seaglass.engine.cypher.rules.merge_projections import merge_projections
from seaglass.engine.cypher.rules.push_filters import push_filters
from seaglass.engine.cypher.rules.reach_ends import reach_ends
from seaglass.engine.cypher.rules.seek_ids import seek_ids
from seaglass.engine.cypher.rules.top import top

if TYPE_CHECKING:
    from seaglass.engine.cypher.logical import plan

Rule = Callable[[Leaf, list[Inner]], list[Inner]]
"""From the leaf of a plan and its operators, in the order in which they run, to other operators.
Their inputs are not kept while rules run; `apply` joins the operators at the end."""

RULES: tuple[Rule, ...] = (
    merge_creates,
    push_filters,
    count_paths,
    choose_start,
    seek_ids,
    top,
    delay_projection,
    merge_projections,
    drop_unused,
    reach_ends,
)


def apply(rules: tuple[Rule, ...], root: plan.Operator) -> plan.Operator:
    """The plan after all rules; each plan inside an operator is one by itself."""
    leaf, operators = chain(root)
    for place, operator in enumerate(operators):
        inside = plans_inside(operator)
        if inside:
            better = iter([apply(rules, inner) for inner in inside])
            operators[place] = with_plans_inside(operator, better)
    for rule in rules:
        operators = rule(leaf, operators)
    return join(leaf, operators)

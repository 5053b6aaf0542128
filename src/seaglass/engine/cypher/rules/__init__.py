"""The rules that rewrite a plan, in the order in which they run.

Above: `compile`. Below: `logical`. A rule is a pure function from a plan to a plan with the same
rows and the same writes; each has a module of its own, whose docstring shows a plan before and
after.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from seaglass.engine.cypher.logical import plan
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
from seaglass.engine.cypher.rules.count_types import count_types
from seaglass.engine.cypher.rules.delay_projection import delay_projection
from seaglass.engine.cypher.rules.drop_unused import drop_unused
from seaglass.engine.cypher.rules.filter_searches import filter_searches
from seaglass.engine.cypher.rules.forget_columns import forget_columns
from seaglass.engine.cypher.rules.intersect import intersect
from seaglass.engine.cypher.rules.merge_creates import merge_creates
from seaglass.engine.cypher.rules.merge_projections import merge_projections
from seaglass.engine.cypher.rules.narrow_expands import narrow_expands
from seaglass.engine.cypher.rules.narrow_scans import narrow_scans
from seaglass.engine.cypher.rules.push_filters import push_filters
from seaglass.engine.cypher.rules.reach_ends import reach_ends
from seaglass.engine.cypher.rules.seek_ids import seek_ids
from seaglass.engine.cypher.rules.top import top

Rule = Callable[[Leaf, list[Inner]], list[Inner]]
"""From the leaf of a plan and its operators, in the order in which they run, to other operators.
Their inputs are not kept while rules run; `apply` joins the operators at the end."""

RULES: tuple[Rule, ...] = (
    merge_creates,
    push_filters,
    count_paths,
    count_types,
    choose_start,
    seek_ids,
    top,
    delay_projection,
    merge_projections,
    drop_unused,
    reach_ends,
    filter_searches,
    intersect,
    narrow_scans,
    narrow_expands,
    forget_columns,
)


def name_of(rule: Rule) -> str:
    """The name by which the hint RULESOFF and explain know a rule."""
    return rule.__name__


def apply(
    rules: tuple[Rule, ...], root: plan.Operator, fired: set[str] | None = None
) -> plan.Operator:
    """The plan after all rules; each plan inside an operator is one by itself.

    Args: fired: takes the names of the rules that changed something, where it is given
    """
    leaf, operators = chain(root)
    for place, operator in enumerate(operators):
        inside = plans_inside(operator)
        if inside:
            better = iter([apply(rules, inner, fired) for inner in inside])
            operators[place] = with_plans_inside(operator, better)
    for rule in rules:
        before = None if fired is None else _bare(operators)
        operators = rule(leaf, operators)
        if fired is not None and _bare(operators) != before:
            fired.add(name_of(rule))
    return join(leaf, operators)


def _bare(operators: list[Inner]) -> list[Inner]:
    """The operators without their inputs, to compare them."""
    return [dataclasses.replace(operator, input=plan.Unit()) for operator in operators]

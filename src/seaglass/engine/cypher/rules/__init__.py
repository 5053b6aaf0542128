"""The rules that rewrite a plan, in the order in which they run.

Above: `compile`. Below: `logical`. A rule is a pure function from a plan to a plan with the same
rows and the same writes; each has a module of its own, whose docstring shows a plan before and
after.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical.operators import chain, join

Rule = Callable[[plan.Operator], plan.Operator]

RULES: tuple[Rule, ...] = ()


def apply(rules: tuple[Rule, ...], root: plan.Operator) -> plan.Operator:
    """The plan after all rules; the match of a MERGE is a plan by itself."""
    leaf, operators = chain(root)
    if any(isinstance(operator, plan.Merge) for operator in operators):
        root = join(
            leaf,
            [
                dataclasses.replace(operator, match=apply(rules, operator.match))
                if isinstance(operator, plan.Merge)
                else operator
                for operator in operators
            ],
        )
    for rule in rules:
        root = rule(root)
    return root

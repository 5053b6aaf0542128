"""Plans as text, for golden tests."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from seaglass.engine.cypher.compile import compile as compile_query
from seaglass.engine.cypher.logical import text
from seaglass.engine.cypher.logical.build import build
from seaglass.engine.cypher.rules import RULES, apply
from seaglass.engine.cypher.semantics.binder import Binder
from seaglass.engine.cypher.semantics.names import FreshNames
from seaglass.engine.cypher.syntax.parser import Parser
from seaglass.engine.cypher.syntax.source import Source

if TYPE_CHECKING:
    from seaglass.engine.cypher.logical import plan
    from seaglass.engine.cypher.rules import Rule


def compiled(query: str) -> str:
    """The plan that a query runs by."""
    return text.query(compile_query(query))


def built(query: str) -> plan.Operator:
    """The plan before all rules."""
    source = Source(query)
    return build(Binder(source, FreshNames(())).query(Parser(source).query()))


def around(rule: Rule, query: str) -> tuple[str, str]:
    """The plan right before a rule runs, and right after."""
    place = RULES.index(rule)
    root = built(query)
    before = apply(RULES[:place], root)
    return text.operators(before), text.operators(apply(RULES[: place + 1], root))


def with_rule(rule: Rule, other: Rule, query: str) -> str:
    """The plan right after another rule in the place of one."""
    place = RULES.index(rule)
    return text.operators(apply((*RULES[:place], other), built(query)))


def golden(expected: str) -> str:
    """A plan written in a test, without its indentation."""
    return inspect.cleandoc(expected)

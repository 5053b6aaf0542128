"""What holds for all rules together."""

from __future__ import annotations

import inspect

from seaglass.engine.cypher.rules import RULES


def test_every_rule_has_a_module_that_shows_before_and_after() -> None:
    for rule in RULES:
        module = inspect.getmodule(rule)
        assert module is not None
        assert module.__name__.rpartition(".")[2] == rule.__name__
        assert "->" in (module.__doc__ or "")

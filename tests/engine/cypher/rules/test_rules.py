"""What holds for all rules together."""

from __future__ import annotations

import inspect
from pathlib import Path

from seaglass.engine.cypher.rules import RULES


def test_every_rule_has_a_module_that_shows_before_and_after() -> None:
    for rule in RULES:
        module = inspect.getmodule(rule)
        assert module is not None
        assert module.__name__.rpartition(".")[2] == rule.__name__
        assert "->" in (module.__doc__ or "")


def test_the_docs_name_all_rules_in_order() -> None:
    docs = Path(__file__).parents[4] / "docs" / "opencypher.md"
    named = ", ".join([f"`{rule.__name__}`" for rule in RULES])
    assert named in " ".join(docs.read_text().split())

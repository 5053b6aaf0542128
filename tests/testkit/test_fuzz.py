"""Texts of the fuzzer's grammar, and worse: a plan or an error that says where, never anything else.

Method: a few thousand inputs of a fixed seed; `make fuzz` tries a million of another one. Faults
planted in the compiler and the executor show that the harness finds what it is for.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from seaglass.base.codes import Code
from seaglass.base.dialect import Dialect
from seaglass.base.errors import Invalid
from seaglass.engine.cypher import compile as compiler
from seaglass.engine.cypher.compile import compile as compile_query
from seaglass.engine.cypher.syntax.expressions import ExpressionParser
from seaglass.engine.exec.expressions import evaluate, functions
from seaglass.engine.parameters import parameters_of
from seaglass.engine.values import column as cols
from seaglass.engine.values.types import Kind
from seaglass.testkit.fuzz import inputs, judge
from seaglass.testkit.fuzz.campaign import Campaign, Fault
from seaglass.testkit.fuzz.inputs import Input
from seaglass.testkit.fuzz.running import Laboratory

if TYPE_CHECKING:
    from seaglass.engine.values.column import Column

HOME = Path(os.environ.get("SEAGLASS_TCK", Path(__file__).parents[3] / "shared" / "tck"))
SEED = 7


def first_fault(count: int, every: int) -> Fault | None:
    return Campaign(SEED, [], every).run(range(count)).fault


def test_texts_are_compiled_or_refused() -> None:
    tally = Campaign(SEED, inputs.corpus(HOME), every=20).run(range(2_000))
    assert tally.fault is None, tally.fault
    # The grammar is worth its name: much passes, and much does not.
    assert tally.planned > 300
    assert tally.tried - tally.planned > 300
    assert tally.ran > 10


def test_plans_run_alike_in_all_ways() -> None:
    tally = Campaign(SEED + 1, [], every=1).run(range(300))
    assert tally.fault is None, tally.fault
    assert tally.ran > 50


def test_an_input_depends_on_seed_and_number_alone() -> None:
    once = [inputs.make(3, number).text for number in range(50)]
    assert once == [inputs.make(3, number).text for number in range(50)]
    assert once != [inputs.make(4, number).text for number in range(50)]


def test_a_planted_fault_of_the_parser_is_found_and_made_small(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    honest = ExpressionParser._case

    def broken(self: ExpressionParser) -> object:
        found = honest(self)
        if found.otherwise is not None:
            raise AttributeError("'NoneType' object has no attribute 'at'")
        return found

    monkeypatch.setattr(ExpressionParser, "_case", broken)
    fault = first_fault(2_000, every=1_000)
    assert fault is not None
    assert "AttributeError" in fault.what
    # CASE, WHEN, THEN, ELSE and END are all that is needed.
    assert len(fault.text) < 80
    assert "CASE" in fault.text
    given = inputs.make(SEED, fault.number)
    assert judge.compiled(given)[1] == fault.what


@pytest.mark.parametrize(
    ("message", "what"),
    [
        ("'NoneType' has no place (line 1, column 1 (offset: 0))\nRETURN 1\n^", "NoneType"),
        ("Wrong (line 1, column 9 (offset: 9))\nRETURN 1\n        ^", "outside of the text"),
        ("Wrong (line 1, column 3 (offset: 1))\nRETURN 1\n  ^", "column 3"),
        ("Wrong (line 2, column 1 (offset: 1))\nRETURN 1\n^", "line 2"),
        ("Wrong (line 1, column 2 (offset: 1))\nRETURN 1\n  ^", "the caret shows"),
        ("Wrong", "no place"),
    ],
)
def test_planted_messages_are_found(
    monkeypatch: pytest.MonkeyPatch, message: str, what: str
) -> None:
    def refuse(*_: object) -> None:
        raise Invalid("malformed_query", message, code=Code.UNEXPECTED_SYNTAX)

    monkeypatch.setattr(compiler, "compile", refuse)
    fault = judge.compiled(Input("RETURN 1", Dialect.OPENCYPHER, {}))[1]
    assert fault is not None
    assert what in fault


def test_a_planted_fault_of_one_path_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    laboratory = Laboratory()
    given = Input("UNWIND [1, 2] AS x RETURN x - 1 AS y", Dialect.OPENCYPHER, {})
    query = compile_query(given.text)
    assert laboratory.fault(query, given) is None
    honest = evaluate.arithmetic

    def forgetful(operator: object, left: Column, right: Column, at: object) -> Column:
        """The typed path does not subtract."""
        return honest(operator, left, right, at) if left.kind is Kind.MIXED else left

    monkeypatch.setattr(evaluate, "arithmetic", forgetful)
    fault = laboratory.fault(query, given)
    assert fault is not None
    assert "other rows" in fault


def test_a_planted_surprise_of_a_function_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> object:
        raise KeyError("x")

    monkeypatch.setitem(functions.VALUE_FUNCTIONS, "size", broken)
    given = Input("RETURN size($list)", Dialect.OPENCYPHER, {"list": [1]})
    fault = Laboratory().fault(compile_query(given.text), given)
    assert fault is not None
    assert "KeyError" in fault


def test_deep_values_are_compared() -> None:
    given = Input("RETURN " + "[" * 90 + "'a'" + "]" * 90 + " AS x", Dialect.OPENCYPHER, {})
    assert Laboratory().fault(compile_query(given.text), given) is None


def test_parameters_are_values_or_refused() -> None:
    refusals = 0
    for number in range(600):
        given = inputs.make(SEED, number).parameters
        refusal, values = refused(given)
        if refusal is not None:
            refusals += 1
            assert refusal.kind == "illegal_argument"
            refusal.message.encode()
        for value in values.values():
            assert repr(cols.from_values([value]).to_list()) == repr([value])
    assert 10 < refusals < 300


def refused(given: dict[str, object]) -> tuple[Invalid | None, dict[str, object]]:
    try:
        return None, parameters_of(given)
    except Invalid as refusal:
        return refusal, {}

"""The table of functions."""

from __future__ import annotations

from seaglass.engine.cypher.semantics import functions
from seaglass.engine.exec.expressions.evaluate import LAZY
from seaglass.engine.exec.expressions.functions import COLUMN_FUNCTIONS, VALUE_FUNCTIONS
from seaglass.engine.exec.operators.aggregates import AGGREGATES


def test_names_are_found_in_any_case_and_are_unique() -> None:
    names = [s.name for s in (*functions.SIGNATURES, *functions.AGGREGATES)]
    assert len({name.lower() for name in names}) == len(names)
    found = functions.find("TOINTEGER")
    assert found is not None
    assert found.name == "toInteger"


def test_what_is_served_is_not_called_missing() -> None:
    served = {s.name.lower() for s in (*functions.SIGNATURES, *functions.AGGREGATES)}
    assert served.isdisjoint(functions.SPATIAL)
    assert {name.lower() for name in functions.VOLATILE} <= served


def test_counts_of_arguments_make_sense() -> None:
    for signature in functions.SIGNATURES:
        most = signature.arguments_max
        assert most is None or signature.arguments_min <= most


def test_the_executor_has_a_body_for_every_signature() -> None:
    bodies = {*VALUE_FUNCTIONS, *COLUMN_FUNCTIONS, *LAZY}
    signatures = {signature.name for signature in functions.SIGNATURES}
    assert signatures == bodies
    aggregates = {signature.name for signature in functions.AGGREGATES}
    assert aggregates <= set(AGGREGATES)

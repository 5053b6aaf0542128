"""Every rule of the service model, from both sides, and bodies that are none: each answer is one that the model allows.

Goal: no request that can be derived from the model is answered by a 5xx, by silence, or by an error that the operation
does not have. Method: all cases of `cases` and `samples.broken_cases` through the whole application; the judge reads
botocore's model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest

from tests.conformance import cases
from tests.conformance.application import Application, application
from tests.conformance.judge import MODEL, UNMODELLED, judge, unfit
from tests.server import samples

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = sorted(MODEL.operation_names)
REFUSED = "failed to satisfy constraint"
# How the model's rules begin; what a resource already has is another matter.
RULE = f"{REFUSED}: M"


@pytest.fixture
def served() -> Iterator[Application]:
    with application() as running:
        yield running


def of(name: str, all_cases: Iterator[cases.Case]) -> list[cases.Case]:
    return [case for case in all_cases if case.operation == name]


@pytest.mark.parametrize("name", NAMES)
def test_what_a_rule_just_allows_is_not_refused_by_it(served: Application, name: str) -> None:
    for case in of(name, cases.boundaries()):
        answer = served.ask(case.request)
        judge(name, answer)
        text = answer.body.decode()
        # A token of the right length is none of ours all the same.
        assert RULE not in text or "nextToken" in case.note, (str(case), text)


@pytest.mark.parametrize("name", NAMES)
def test_a_broken_rule_is_a_validation_error_that_names_it(served: Application, name: str) -> None:
    for case in samples.broken_cases():
        if case.operation == name:
            answer = served.ask(samples.raw(name, case.values))
            assert judge(name, answer) == "ValidationException", str(case)
            content = orjson.loads(answer.body)
            assert f"Value at '{case.path}' {REFUSED}: {case.rule}" in content["message"]
            assert content["reason"] == "BAD_REQUEST"


@pytest.mark.parametrize("name", NAMES)
def test_a_member_of_another_type_is_named(served: Application, name: str) -> None:
    shape = MODEL.operation_model(name).input_shape
    for case in of(name, cases.types()):
        member, _, text = case.note.partition(" is ")
        value = orjson.loads(text)
        answer = served.ask(case.request)
        error = judge(name, answer)
        problems = [] if value is None else [*unfit(shape.members[member], value, member)]
        # What the model does not know is ignored.
        if [problem for problem in problems if "not in the model" not in problem]:
            assert error == "ValidationException", str(case)
            assert member in orjson.loads(answer.body)["message"], str(case)


@pytest.mark.parametrize("name", NAMES)
def test_a_body_that_is_none_is_refused(served: Application, name: str) -> None:
    for case in of(name, cases.malformed()):
        assert judge(name, served.ask(case.request)) == "ValidationException", str(case)


@pytest.mark.parametrize("name", NAMES)
def test_damage_outside_the_body(served: Application, name: str) -> None:
    for case in of(name, cases.torn()):
        # With another method or path it may be another operation, or none: only the form of the answer is known.
        answer = served.ask(case.request)
        if answer.status >= 400:
            judge(None, answer)


def test_the_cases_are_many() -> None:
    counts = [
        len([*kind()]) for kind in (cases.boundaries, cases.types, cases.malformed, cases.torn)
    ]
    assert counts > [150, 300, 300, 900]
    assert len([*samples.broken_cases()]) > 200


def test_what_is_sent_beyond_the_model_is_beyond_it() -> None:
    for operation, error in UNMODELLED:
        modelled = {shape.name for shape in MODEL.operation_model(operation).error_shapes}
        assert error not in modelled

"""Every rule of the model, for every operation, from the raw request to the error's words."""

from __future__ import annotations

import pytest

from seaglass.base.errors import Invalid
from seaglass.server.wire.parse import parse
from seaglass.server.wire.router import Router
from seaglass.server.wire.validate import RULES_NAMED_MAX, validate
from tests.server.samples import MODEL, Case, Raw, broken_cases, full_input, raw

ROUTER = Router(MODEL)
CASES = list(broken_cases())


def check(request: Raw) -> dict[str, object]:
    match = ROUTER.route(request.method, request.path)
    values = parse(match, request.query, request.headers, request.body)
    validate(match.operation, values)
    return values


def test_the_model_has_the_operations_we_know() -> None:
    assert len(MODEL.operations) == 34
    assert sum(operation.data_plane for operation in MODEL.operations.values()) == 5


@pytest.mark.parametrize("name", MODEL.operations)
def test_a_right_input_arrives_whole(name: str) -> None:
    values = full_input(MODEL.operations[name])
    request = raw(name, values)
    match = ROUTER.route(request.method, request.path)
    assert match.operation.name == name
    assert check(request) == values


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_broken_rule_is_named_with_its_member(case: Case) -> None:
    request = raw(case.operation, case.values)
    with pytest.raises(Invalid) as refused:
        check(request)
    where = f"Value at '{case.path}' failed to satisfy constraint: {case.rule}"
    assert where in refused.value.message
    assert "validation error" in refused.value.message


def test_there_is_a_case_for_every_kind_of_rule() -> None:
    kinds = ("null", "string", "length greater", "length less", "pattern", "enum", "value less")
    for kind in kinds:
        assert any(kind in case.rule for case in CASES), kind
    assert len(CASES) > 200


def test_limits_themselves_are_allowed() -> None:
    values = full_input(MODEL.operations["CreateGraph"])
    for memory in (16, 24576):
        check(raw("CreateGraph", {**values, "provisionedMemory": memory}))
    for name in ("a", "a" * 63, "a-1-b"):
        check(raw("CreateGraph", {**values, "graphName": name}))
    tags = {f"k{n}": "v" * 256 for n in range(50)}
    check(raw("CreateGraph", {**values, "tags": tags}))


def test_several_broken_rules_are_all_named() -> None:
    with pytest.raises(Invalid, match=r"^2 validation errors detected: .*graphName.*; .*Memory"):
        check(raw("CreateGraph", {}))


def test_the_number_of_named_rules_is_bounded() -> None:
    tags = {f"k{n}": n for n in range(40)}
    values = {**full_input(MODEL.operations["CreateGraph"]), "tags": tags}
    with pytest.raises(Invalid, match=f"^{RULES_NAMED_MAX} validation errors"):
        check(raw("CreateGraph", values))

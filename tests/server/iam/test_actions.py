"""The table of what each operation needs."""

from __future__ import annotations

import pytest

from seaglass.base.owner import Owner
from seaglass.server.iam.actions import (
    DATA_ACTIONS,
    NEEDS,
    TAGGING,
    needs,
    request_context,
    resource_arn,
)
from tests.server.samples import MODEL, full_input

OWNER = Owner("123456789012", "us-east-1")
ARN = "arn:aws:neptune-graph:us-east-1:123456789012:"


def test_every_operation_has_a_row_and_its_resources_are_members() -> None:
    assert set(NEEDS) == set(MODEL.operations)
    for name, operation in MODEL.operations.items():
        values = full_input(operation)
        for need in needs(name, values):
            arn = resource_arn(OWNER, need.resource, values)
            assert arn.startswith("arn:"), (name, arn)
            assert "{" not in arn


def test_actions_have_the_names_of_their_operations_but_for_one() -> None:
    for name, rows in NEEDS.items():
        expected = {"GetQuery": "GetQueryStatus"}.get(name, name)
        assert {row.action for row in rows} == ({expected} if name != "ExecuteQuery" else set())
    assert list(DATA_ACTIONS) == ["reads", "writes", "deletes"]


def test_who_tags_what_is_made_needs_the_right_to_tag() -> None:
    tagging = {
        name
        for name, one in MODEL.operations.items()
        if any(m.name == "tags" for m in one.input.members)
    }
    assert set(TAGGING) == tagging - {"TagResource"}
    for name in TAGGING:
        values = full_input(MODEL.operations[name])
        actions = [need.action for need in needs(name, values)]
        assert actions[-1] == "TagResource"
        assert [n.action for n in needs(name, {**values, "tags": {}})] == actions[:-1]


@pytest.mark.parametrize(
    ("operation", "values", "arns"),
    [
        ("CreateGraph", {}, ["graph/*"]),
        ("GetGraph", {"graphIdentifier": "g-a"}, ["graph/g-a"]),
        ("GetGraphSummary", {"graphIdentifier": "gs-a"}, ["graph-snapshot/gs-a"]),
        (
            "RestoreGraphFromSnapshot",
            {"snapshotIdentifier": "gs-a"},
            ["graph/*", "graph-snapshot/gs-a"],
        ),
        ("RestoreGraphFromSnapshot", {"snapshotIdentifier": "g-a"}, ["graph/*", "graph/g-a"]),
        ("CreateGraphSnapshot", {"graphIdentifier": "g-a"}, ["graph/g-a", "graph-snapshot/*"]),
        ("GetImportTask", {"taskIdentifier": "t-a"}, ["import-task/t-a"]),
    ],
)
def test_resources(operation: str, values: dict[str, object], arns: list[str]) -> None:
    found = [resource_arn(OWNER, need.resource, values) for need in needs(operation, values)]
    assert found == [ARN + arn for arn in arns]


def test_who_clones_a_graph_needs_the_right_to_snapshot_it() -> None:
    rows = needs("RestoreGraphFromSnapshot", {"snapshotIdentifier": "g-a"})
    assert [row.action for row in rows] == ["RestoreGraphFromSnapshot", "CreateGraphSnapshot"]


def test_what_conditions_may_ask_of_a_request() -> None:
    assert request_context("CreateGraph", {"tags": {"Team": "x"}, "publicConnectivity": True}) == {
        "aws:requesttag/team": ("x",),
        "aws:tagkeys": ("Team",),
        "neptune-graph:publicconnectivity": ("true",),
    }
    assert request_context("UpdateGraph", {}) == {"neptune-graph:publicconnectivity": ("false",)}
    assert request_context("UntagResource", {"tagKeys": ["a", "b"]}) == {"aws:tagkeys": ("a", "b")}
    assert request_context("GetGraph", {}) == {}

"""The state tables as data: nothing is left open, nothing is a dead end."""

from __future__ import annotations

import itertools

import pytest

from seaglass.server.control.lifecycle import (
    COMING,
    ENDPOINT_CREATED,
    ENDPOINT_SETTLED,
    ENDPOINT_STEPS,
    FILLING,
    GRAPH_CREATED,
    GRAPH_CREATED_TO_IMPORT,
    GRAPH_RESTORED,
    GRAPH_STEPS,
    SERVING,
    SETTLED,
    SHOWN,
    SNAPSHOT_SETTLED,
    SNAPSHOT_STEPS,
    Effect,
    EndpointEvent,
    EndpointState,
    GraphEvent,
    GraphState,
    SnapshotEvent,
    SnapshotState,
    step_endpoint,
    step_graph,
    step_snapshot,
)
from tests.server.samples import MODEL

OUTCOMES = (GraphEvent.DONE, GraphEvent.FAIL)
REQUESTS = [e for e in GraphEvent if e not in (*OUTCOMES, GraphEvent.FAIL_FOR_NOW, GraphEvent.UNDO)]
BEGINNINGS = [GRAPH_CREATED, GRAPH_RESTORED, GRAPH_CREATED_TO_IMPORT]


def test_every_pair_has_an_answer() -> None:
    for state, event in itertools.product(GraphState, GraphEvent):
        step = step_graph(state, event)
        assert step is None or step.state in GraphState
    for snapshot_state, snapshot_event in itertools.product(SnapshotState, SnapshotEvent):
        snapshot_step = step_snapshot(snapshot_state, snapshot_event)
        assert snapshot_step is None or snapshot_step.state in SnapshotState


@pytest.mark.parametrize("state", GraphState)
def test_a_settled_state_moves_by_requests_and_another_by_outcomes(state: GraphState) -> None:
    outcomes = [step_graph(state, event) for event in OUTCOMES]
    requests = [step_graph(state, event) for event in REQUESTS]
    if state in SETTLED:
        assert outcomes == [None, None]
    else:
        assert None not in outcomes
        assert requests == [None] * len(requests)


@pytest.mark.parametrize("state", SnapshotState)
def test_snapshots_too(state: SnapshotState) -> None:
    outcomes = [step_snapshot(state, e) for e in (SnapshotEvent.DONE, SnapshotEvent.FAIL)]
    assert (outcomes == [None, None]) == (state in SNAPSHOT_SETTLED)
    if state not in SNAPSHOT_SETTLED:
        assert None not in outcomes


@pytest.mark.parametrize("state", EndpointState)
def test_endpoints_too(state: EndpointState) -> None:
    outcomes = [step_endpoint(state, e) for e in (EndpointEvent.DONE, EndpointEvent.FAIL)]
    assert (outcomes == [None, None]) == (state in ENDPOINT_SETTLED)
    if state not in ENDPOINT_SETTLED:
        assert None not in outcomes
        assert step_endpoint(state, EndpointEvent.DELETE) is None


def test_a_state_that_waits_is_entered_with_exactly_one_effect() -> None:
    for step in [*BEGINNINGS, *GRAPH_STEPS.values()]:
        assert (step.effect is None) == (step.state in SETTLED)
    for snapshot_step in SNAPSHOT_STEPS.values():
        assert (snapshot_step.effect is None) == (snapshot_step.state in SNAPSHOT_SETTLED)
    for endpoint_step in [ENDPOINT_CREATED, *ENDPOINT_STEPS.values()]:
        assert (endpoint_step.effect is None) == (endpoint_step.state in ENDPOINT_SETTLED)


def test_a_state_has_one_effect_however_it_is_entered() -> None:
    entered: dict[GraphState, set[Effect | None]] = {}
    for step in [*BEGINNINGS, *GRAPH_STEPS.values()]:
        entered.setdefault(step.state, set()).add(step.effect)
    assert all(len(kinds) == 1 for kinds in entered.values())
    assert set(entered) == set(GraphState), "a state that nothing leads to"


def test_outcomes_end_in_a_settled_state() -> None:
    """Whatever the outcomes are, a graph comes to rest within four of them."""
    for start in GraphState:
        states = {start}
        for _ in range(4):
            states = {
                step.state
                for state in states
                if state not in SETTLED
                for event in OUTCOMES
                if (step := step_graph(state, event)) is not None
            } | {state for state in states if state in SETTLED}
        assert states <= SETTLED


def test_nothing_is_removed_without_the_snapshot_that_was_asked_for() -> None:
    for state in (
        GraphState.DELETING_SAVING,
        GraphState.DELETING_SAVING_STOPPED,
        GraphState.RESETTING_SAVING,
    ):
        failed = step_graph(state, GraphEvent.FAIL)
        assert failed is not None
        assert failed.effect not in (Effect.DELETE, Effect.RESET)


def test_every_state_shows_a_status_of_the_model() -> None:
    output = MODEL.operations["GetGraph"].output
    assert output is not None
    status = next(m.shape for m in output.members if m.name == "status")
    assert set(SHOWN) == set(GraphState)
    assert set(SHOWN.values()) <= set(getattr(status, "enum"))  # noqa: B009 - a union of shapes


def test_every_state_of_an_endpoint_but_the_last_is_a_status_of_the_model() -> None:
    output = MODEL.operations["GetPrivateGraphEndpoint"].output
    assert output is not None
    status = next(m.shape for m in output.members if m.name == "status")
    shown = {state.value for state in EndpointState} - {EndpointState.GONE.value}
    assert shown == set(getattr(status, "enum"))  # noqa: B009 - a union of shapes


def test_a_deleted_graph_shows_deleting_until_it_is_gone() -> None:
    """The client's waiter fails on any other status."""
    step = step_graph(GraphState.AVAILABLE, GraphEvent.DELETE_SAVING)
    while step is not None and step.state is not GraphState.GONE:
        assert SHOWN[step.state] == "DELETING"
        step = step_graph(step.state, GraphEvent.DONE)
    assert step is not None


def test_what_is_done_can_be_undone_only_where_an_import_did_it() -> None:
    undone = {state: step_graph(state, GraphEvent.UNDO) for state in GraphState}
    assert {state: step.effect for state, step in undone.items() if step is not None} == {
        GraphState.IMPORTING: Effect.RESET,
        GraphState.IMPORTING_NEW: Effect.DELETE,
    }


def test_a_graph_that_is_filled_shows_it_and_answers_nothing() -> None:
    assert {SHOWN[state] for state in FILLING} == {"IMPORTING"}
    assert not FILLING & (SERVING | COMING | SETTLED)


def test_queries_are_answered_while_a_snapshot_is_taken() -> None:
    assert {GraphState.AVAILABLE, GraphState.SNAPSHOTTING} == SERVING
    assert not SERVING & COMING

"""The states of graphs, snapshots and private endpoints as tables: (state, event) -> (state, effect).

Above: graphs, snapshots, endpoints, reconcile. Below: nothing. Pure data and lookups: no SQL, no clock.

States are finer than the statuses that clients see, because one status can hold two things to be
done: a graph that is deleted with a final snapshot shows DELETING throughout (a waiter fails on
anything else), while first the snapshot is taken and then the data removed. `SHOWN` says which
status a state shows.

Invariants: a state with an effect pending ends by exactly one DONE or FAIL, which the effect's
outcome brings; a state without one is settled and moves by requests only. What a table does not
list is refused, and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class GraphState(StrEnum):
    CREATING = "CREATING"
    RESTORING = "RESTORING"
    # A graph that an import task makes, first empty, then being filled.
    CREATING_TO_IMPORT = "CREATING_TO_IMPORT"
    IMPORTING_NEW = "IMPORTING_NEW"
    AVAILABLE = "AVAILABLE"
    SNAPSHOTTING = "SNAPSHOTTING"
    RESETTING_SAVING = "RESETTING_SAVING"
    RESETTING = "RESETTING"
    IMPORTING = "IMPORTING"
    # What an import has brought is taken back: it was cancelled when it was done already.
    EMPTYING = "EMPTYING"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    STARTING = "STARTING"
    # It could not be started for now, and is started again as soon as that can be.
    WAITING = "WAITING"
    DELETING_SAVING = "DELETING_SAVING"
    DELETING_SAVING_STOPPED = "DELETING_SAVING_STOPPED"
    DELETING = "DELETING"
    FAILED = "FAILED"
    GONE = "GONE"


class GraphEvent(StrEnum):
    UPDATE = "UPDATE"
    SNAPSHOT = "SNAPSHOT"
    RESET = "RESET"
    RESET_SAVING = "RESET_SAVING"
    IMPORT = "IMPORT"
    STOP = "STOP"
    START = "START"
    DELETE = "DELETE"
    DELETE_SAVING = "DELETE_SAVING"
    # The server has started, or looks again, and no worker serves the graph yet.
    RESUME = "RESUME"
    # The effect of the state has been brought about, or has failed for good.
    DONE = "DONE"
    FAIL = "FAIL"
    # It has failed for a cause that may pass by itself.
    FAIL_FOR_NOW = "FAIL_FOR_NOW"
    # The effect has been brought about, but is not wanted any more.
    UNDO = "UNDO"


class SnapshotState(StrEnum):
    CREATING = "CREATING"
    AVAILABLE = "AVAILABLE"
    DELETING = "DELETING"
    FAILED = "FAILED"
    GONE = "GONE"


class SnapshotEvent(StrEnum):
    DELETE = "DELETE"
    DONE = "DONE"
    FAIL = "FAIL"


class EndpointState(StrEnum):
    CREATING = "CREATING"
    AVAILABLE = "AVAILABLE"
    DELETING = "DELETING"
    FAILED = "FAILED"
    GONE = "GONE"


class EndpointEvent(StrEnum):
    DELETE = "DELETE"
    DONE = "DONE"
    FAIL = "FAIL"


class Effect(StrEnum):
    """What must be done, on the fleet for all but endpoints, for a state to end."""

    CREATE = "CREATE"
    RESTORE = "RESTORE"
    SNAPSHOT = "SNAPSHOT"
    RESET = "RESET"
    STOP = "STOP"
    START = "START"
    DELETE = "DELETE"
    DELETE_SNAPSHOT = "DELETE_SNAPSHOT"
    CREATE_ENDPOINT = "CREATE_ENDPOINT"
    DELETE_ENDPOINT = "DELETE_ENDPOINT"
    IMPORT = "IMPORT"
    EXPORT = "EXPORT"


@dataclass(frozen=True, slots=True)
class GraphStep:
    state: GraphState
    effect: Effect | None = None


@dataclass(frozen=True, slots=True)
class SnapshotStep:
    state: SnapshotState
    effect: Effect | None = None


@dataclass(frozen=True, slots=True)
class EndpointStep:
    state: EndpointState
    effect: Effect | None = None


_S, _E = GraphState, GraphEvent

# A graph begins with one of these.
GRAPH_CREATED = GraphStep(_S.CREATING, Effect.CREATE)
GRAPH_RESTORED = GraphStep(_S.RESTORING, Effect.RESTORE)
GRAPH_CREATED_TO_IMPORT = GraphStep(_S.CREATING_TO_IMPORT, Effect.CREATE)

GRAPH_STEPS: Mapping[tuple[GraphState, GraphEvent], GraphStep] = {
    (_S.CREATING, _E.DONE): GraphStep(_S.AVAILABLE),
    (_S.CREATING, _E.FAIL): GraphStep(_S.FAILED),
    (_S.RESTORING, _E.DONE): GraphStep(_S.AVAILABLE),
    (_S.RESTORING, _E.FAIL): GraphStep(_S.FAILED),
    # A graph that an import was to make is not kept without the data.
    (_S.CREATING_TO_IMPORT, _E.DONE): GraphStep(_S.IMPORTING_NEW, Effect.IMPORT),
    (_S.CREATING_TO_IMPORT, _E.FAIL): GraphStep(_S.DELETING, Effect.DELETE),
    (_S.IMPORTING_NEW, _E.DONE): GraphStep(_S.AVAILABLE),
    (_S.IMPORTING_NEW, _E.FAIL): GraphStep(_S.DELETING, Effect.DELETE),
    (_S.IMPORTING_NEW, _E.UNDO): GraphStep(_S.DELETING, Effect.DELETE),
    # An import is all or nothing by itself, so that a graph is as it was when it fails.
    (_S.AVAILABLE, _E.IMPORT): GraphStep(_S.IMPORTING, Effect.IMPORT),
    (_S.IMPORTING, _E.DONE): GraphStep(_S.AVAILABLE),
    (_S.IMPORTING, _E.FAIL): GraphStep(_S.AVAILABLE),
    (_S.IMPORTING, _E.UNDO): GraphStep(_S.EMPTYING, Effect.RESET),
    (_S.EMPTYING, _E.DONE): GraphStep(_S.AVAILABLE),
    (_S.EMPTYING, _E.FAIL): GraphStep(_S.FAILED),
    # An update is in force at once; only its reply shows UPDATING.
    (_S.AVAILABLE, _E.UPDATE): GraphStep(_S.AVAILABLE),
    (_S.AVAILABLE, _E.SNAPSHOT): GraphStep(_S.SNAPSHOTTING, Effect.SNAPSHOT),
    (_S.AVAILABLE, _E.RESET): GraphStep(_S.RESETTING, Effect.RESET),
    (_S.AVAILABLE, _E.RESET_SAVING): GraphStep(_S.RESETTING_SAVING, Effect.SNAPSHOT),
    (_S.AVAILABLE, _E.STOP): GraphStep(_S.STOPPING, Effect.STOP),
    (_S.AVAILABLE, _E.DELETE): GraphStep(_S.DELETING, Effect.DELETE),
    (_S.AVAILABLE, _E.DELETE_SAVING): GraphStep(_S.DELETING_SAVING, Effect.SNAPSHOT),
    (_S.AVAILABLE, _E.RESUME): GraphStep(_S.STARTING, Effect.START),
    # Whether the snapshot is made or not, the graph goes on; the snapshot's own state says which.
    (_S.SNAPSHOTTING, _E.DONE): GraphStep(_S.AVAILABLE),
    (_S.SNAPSHOTTING, _E.FAIL): GraphStep(_S.AVAILABLE),
    # Without the snapshot that was asked for, nothing is removed.
    (_S.RESETTING_SAVING, _E.DONE): GraphStep(_S.RESETTING, Effect.RESET),
    (_S.RESETTING_SAVING, _E.FAIL): GraphStep(_S.AVAILABLE),
    (_S.RESETTING, _E.DONE): GraphStep(_S.AVAILABLE),
    (_S.RESETTING, _E.FAIL): GraphStep(_S.FAILED),
    (_S.STOPPING, _E.DONE): GraphStep(_S.STOPPED),
    (_S.STOPPING, _E.FAIL): GraphStep(_S.FAILED),
    (_S.STOPPED, _E.UPDATE): GraphStep(_S.STOPPED),
    (_S.STOPPED, _E.START): GraphStep(_S.STARTING, Effect.START),
    (_S.STOPPED, _E.DELETE): GraphStep(_S.DELETING, Effect.DELETE),
    (_S.STOPPED, _E.DELETE_SAVING): GraphStep(_S.DELETING_SAVING_STOPPED, Effect.SNAPSHOT),
    (_S.STARTING, _E.DONE): GraphStep(_S.AVAILABLE),
    (_S.STARTING, _E.FAIL): GraphStep(_S.FAILED),
    (_S.STARTING, _E.FAIL_FOR_NOW): GraphStep(_S.WAITING),
    (_S.WAITING, _E.RESUME): GraphStep(_S.STARTING, Effect.START),
    (_S.WAITING, _E.UPDATE): GraphStep(_S.WAITING),
    (_S.WAITING, _E.START): GraphStep(_S.STARTING, Effect.START),
    (_S.WAITING, _E.DELETE): GraphStep(_S.DELETING, Effect.DELETE),
    (_S.DELETING_SAVING, _E.DONE): GraphStep(_S.DELETING, Effect.DELETE),
    (_S.DELETING_SAVING, _E.FAIL): GraphStep(_S.AVAILABLE),
    (_S.DELETING_SAVING_STOPPED, _E.DONE): GraphStep(_S.DELETING, Effect.DELETE),
    # Taking the snapshot started the graph, so going back means to stop it again.
    (_S.DELETING_SAVING_STOPPED, _E.FAIL): GraphStep(_S.STOPPING, Effect.STOP),
    (_S.DELETING, _E.DONE): GraphStep(_S.GONE),
    (_S.DELETING, _E.FAIL): GraphStep(_S.FAILED),
    # AWS lets a failed graph only be deleted. Here the machine may have been repaired meanwhile, so
    # it may be started.
    (_S.FAILED, _E.UPDATE): GraphStep(_S.FAILED),
    (_S.FAILED, _E.START): GraphStep(_S.STARTING, Effect.START),
    (_S.FAILED, _E.DELETE): GraphStep(_S.DELETING, Effect.DELETE),
}

SNAPSHOT_STEPS: Mapping[tuple[SnapshotState, SnapshotEvent], SnapshotStep] = {
    (SnapshotState.CREATING, SnapshotEvent.DONE): SnapshotStep(SnapshotState.AVAILABLE),
    (SnapshotState.CREATING, SnapshotEvent.FAIL): SnapshotStep(SnapshotState.FAILED),
    (SnapshotState.AVAILABLE, SnapshotEvent.DELETE): SnapshotStep(
        SnapshotState.DELETING, Effect.DELETE_SNAPSHOT
    ),
    (SnapshotState.FAILED, SnapshotEvent.DELETE): SnapshotStep(
        SnapshotState.DELETING, Effect.DELETE_SNAPSHOT
    ),
    (SnapshotState.DELETING, SnapshotEvent.DONE): SnapshotStep(SnapshotState.GONE),
    (SnapshotState.DELETING, SnapshotEvent.FAIL): SnapshotStep(SnapshotState.FAILED),
}

# An endpoint begins with this.
ENDPOINT_CREATED = EndpointStep(EndpointState.CREATING, Effect.CREATE_ENDPOINT)

ENDPOINT_STEPS: Mapping[tuple[EndpointState, EndpointEvent], EndpointStep] = {
    (EndpointState.CREATING, EndpointEvent.DONE): EndpointStep(EndpointState.AVAILABLE),
    (EndpointState.CREATING, EndpointEvent.FAIL): EndpointStep(EndpointState.FAILED),
    (EndpointState.AVAILABLE, EndpointEvent.DELETE): EndpointStep(
        EndpointState.DELETING, Effect.DELETE_ENDPOINT
    ),
    (EndpointState.FAILED, EndpointEvent.DELETE): EndpointStep(
        EndpointState.DELETING, Effect.DELETE_ENDPOINT
    ),
    (EndpointState.DELETING, EndpointEvent.DONE): EndpointStep(EndpointState.GONE),
    (EndpointState.DELETING, EndpointEvent.FAIL): EndpointStep(EndpointState.FAILED),
}

# The status that clients see.
SHOWN: Mapping[GraphState, str] = {
    _S.CREATING: "CREATING",
    _S.RESTORING: "CREATING",
    _S.CREATING_TO_IMPORT: "CREATING",
    _S.IMPORTING_NEW: "IMPORTING",
    _S.IMPORTING: "IMPORTING",
    _S.EMPTYING: "IMPORTING",
    _S.AVAILABLE: "AVAILABLE",
    _S.SNAPSHOTTING: "SNAPSHOTTING",
    _S.RESETTING_SAVING: "RESETTING",
    _S.RESETTING: "RESETTING",
    _S.STOPPING: "STOPPING",
    _S.STOPPED: "STOPPED",
    _S.STARTING: "STARTING",
    _S.WAITING: "FAILED",
    _S.DELETING_SAVING: "DELETING",
    _S.DELETING_SAVING_STOPPED: "DELETING",
    _S.DELETING: "DELETING",
    _S.FAILED: "FAILED",
    _S.GONE: "DELETING",
}

# In these states the graph answers queries.
SERVING = frozenset({_S.AVAILABLE, _S.SNAPSHOTTING})
# From these a graph comes to serve without anybody asking for it again.
COMING = frozenset({_S.CREATING, _S.RESTORING, _S.STARTING})
# In these nobody but the import may look at the graph.
FILLING = frozenset({_S.IMPORTING_NEW, _S.IMPORTING, _S.EMPTYING})
# In these nothing is pending.
SETTLED = frozenset({_S.AVAILABLE, _S.STOPPED, _S.WAITING, _S.FAILED, _S.GONE})
SNAPSHOT_SETTLED = frozenset({SnapshotState.AVAILABLE, SnapshotState.FAILED, SnapshotState.GONE})
ENDPOINT_SETTLED = frozenset({EndpointState.AVAILABLE, EndpointState.FAILED, EndpointState.GONE})


def step_graph(state: GraphState, event: GraphEvent) -> GraphStep | None:
    """Give the step of a graph, or None where the state forbids the event."""
    return GRAPH_STEPS.get((state, event))


def step_snapshot(state: SnapshotState, event: SnapshotEvent) -> SnapshotStep | None:
    """Give the step of a snapshot, or None where the state forbids the event."""
    return SNAPSHOT_STEPS.get((state, event))


def step_endpoint(state: EndpointState, event: EndpointEvent) -> EndpointStep | None:
    """Give the step of an endpoint, or None where the state forbids the event."""
    return ENDPOINT_STEPS.get((state, event))

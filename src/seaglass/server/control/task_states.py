"""The states of import and export tasks as tables: (state, event) -> state.

Above: tasks, jobs, reconcile. Below: nothing. Pure data and lookups.

Invariants: a task that is not settled has exactly one effect in the outbox, of its graph or its own,
which ends it; a settled one never moves again. After CANCEL it can only end CANCELLED (a waiter fails
on anything else).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class TaskKind(StrEnum):
    IMPORT = "import"
    EXPORT = "export"


class TaskState(StrEnum):
    """The values are the statuses that clients see."""

    INITIALIZING = "INITIALIZING"
    ANALYZING_DATA = "ANALYZING_DATA"
    IMPORTING = "IMPORTING"
    EXPORTING = "EXPORTING"
    ROLLING_BACK = "ROLLING_BACK"
    CANCELLING = "CANCELLING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class TaskEvent(StrEnum):
    # The graph has been found empty and refuses queries; or the export has begun.
    BEGIN = "BEGIN"
    # The first data has come.
    LOAD = "LOAD"
    CANCEL = "CANCEL"
    # It cannot be done, and its graph must be removed before it has failed.
    ROLL_BACK = "ROLL_BACK"
    DONE = "DONE"
    FAIL = "FAIL"


_S, _E = TaskState, TaskEvent
_LOADING = (_S.INITIALIZING, _S.ANALYZING_DATA, _S.IMPORTING)
_WRITING = (_S.INITIALIZING, _S.EXPORTING)

TASK_STEPS: Mapping[TaskKind, Mapping[tuple[TaskState, TaskEvent], TaskState]] = {
    TaskKind.IMPORT: {
        (_S.INITIALIZING, _E.BEGIN): _S.ANALYZING_DATA,
        (_S.ANALYZING_DATA, _E.LOAD): _S.IMPORTING,
        **{(state, _E.CANCEL): _S.CANCELLING for state in _LOADING},
        **{(state, _E.ROLL_BACK): _S.ROLLING_BACK for state in _LOADING},
        **{(state, _E.DONE): _S.SUCCEEDED for state in _LOADING},
        **{(state, _E.FAIL): _S.FAILED for state in _LOADING},
        (_S.ROLLING_BACK, _E.DONE): _S.FAILED,
        (_S.ROLLING_BACK, _E.FAIL): _S.FAILED,
        (_S.CANCELLING, _E.ROLL_BACK): _S.CANCELLING,
        (_S.CANCELLING, _E.DONE): _S.CANCELLED,
        (_S.CANCELLING, _E.FAIL): _S.CANCELLED,
    },
    TaskKind.EXPORT: {
        (_S.INITIALIZING, _E.BEGIN): _S.EXPORTING,
        **{(state, _E.CANCEL): _S.CANCELLING for state in _WRITING},
        **{(state, _E.DONE): _S.SUCCEEDED for state in _WRITING},
        **{(state, _E.FAIL): _S.FAILED for state in _WRITING},
        (_S.CANCELLING, _E.DONE): _S.CANCELLED,
        (_S.CANCELLING, _E.FAIL): _S.CANCELLED,
    },
}

TASK_SETTLED = frozenset({_S.SUCCEEDED, _S.FAILED, _S.CANCELLED})


def step_task(kind: TaskKind, state: TaskState, event: TaskEvent) -> TaskState | None:
    """Give the next state of a task, or None where the state forbids the event."""
    return TASK_STEPS[kind].get((state, event))

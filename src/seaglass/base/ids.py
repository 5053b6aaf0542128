"""Identifiers: their types, their patterns, and the functions that make and check them.

Above: everything that names a graph, a snapshot or a query. Below: `base/errors`, `base/limits`,
`base/rng`.
Invariants: a value of one of these types matches its pattern, so it is safe as a file name. Text
from outside becomes one only through the `..._of` functions.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NewType

from seaglass.base.errors import Invalid
from seaglass.base.limits import NAME_CHARS_MAX

if TYPE_CHECKING:
    from seaglass.base.rng import Rng

GraphId = NewType("GraphId", str)
SnapshotId = NewType("SnapshotId", str)
TaskId = NewType("TaskId", str)
QueryId = NewType("QueryId", str)

GRAPH_ID_PATTERN = r"g-[a-z0-9]{10}"
SNAPSHOT_ID_PATTERN = r"gs-[a-z0-9]{10}"
QUERY_ID_PATTERN = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_GRAPH_ID = re.compile(GRAPH_ID_PATTERN, re.ASCII)
_SNAPSHOT_ID = re.compile(SNAPSHOT_ID_PATTERN, re.ASCII)


def new_graph_id(rng: Rng) -> GraphId:
    """Make an id for a graph: one of 36**10, so callers still create exclusively."""
    return GraphId(rng.short_id("g-"))


def new_snapshot_id(rng: Rng) -> SnapshotId:
    """Make an id for a snapshot."""
    return SnapshotId(rng.short_id("gs-"))


def new_task_id(rng: Rng) -> TaskId:
    """Make an id for an import or export task."""
    return TaskId(rng.short_id("t-"))


def new_query_id(rng: Rng) -> QueryId:
    """Make the id of a query."""
    return QueryId(rng.uuid())


def graph_id_of(text: str) -> GraphId:
    """Check that `text` is a graph's id."""
    return GraphId(_checked(text, GRAPH_ID_PATTERN, "a graph"))


def snapshot_id_of(text: str) -> SnapshotId:
    """Check that `text` is a snapshot's id."""
    return SnapshotId(_checked(text, SNAPSHOT_ID_PATTERN, "a snapshot"))


def is_snapshot_id(text: str) -> bool:
    """Say whether `text` could be a snapshot's id."""
    return _SNAPSHOT_ID.fullmatch(text) is not None


def is_graph_id(text: str) -> bool:
    """Say whether `text` could be a graph's id."""
    return _GRAPH_ID.fullmatch(text) is not None


def query_id_of(text: str) -> QueryId:
    """Check that `text` is a query's id."""
    return QueryId(_checked(text, QUERY_ID_PATTERN, "a query"))


def check_name(name: str) -> None:
    """Check that `name` can be what people call a graph or a snapshot."""
    if not isinstance(name, str):
        raise Invalid("illegal_argument", f"A name is a text, not {name!r}.")
    if not 0 < len(name) <= NAME_CHARS_MAX or not name.isprintable():
        raise Invalid(
            "illegal_argument",
            f"{name[:NAME_CHARS_MAX]!r} cannot be a name: use 1 to {NAME_CHARS_MAX} characters "
            "that can be printed.",
        )


def _checked(text: str, pattern: str, noun: str) -> str:
    if not isinstance(text, str) or re.fullmatch(pattern, text, re.ASCII) is None:
        shown = text[:80] if isinstance(text, str) else text
        raise Invalid(
            "illegal_argument", f"{shown!r} is not the id of {noun}: it must match {pattern}"
        )
    return text

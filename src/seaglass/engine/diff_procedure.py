"""`CALL seaglass.diff("gs-…")`: what differs between a snapshot and what the query reads, as rows.

Above: queries. Below: diff, snapshot/load. The procedure compares relatives only: the snapshots of the
graph that is asked, and the one that it was restored from. So a query that may read one graph never
reads another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seaglass.base.errors import Invalid
from seaglass.engine.diff import Changed, diff, plain
from seaglass.engine.exec.procedures import row_by_row
from seaglass.engine.records import Node
from seaglass.engine.snapshot.load import snapshot_version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.engine.diff import Part
    from seaglass.engine.exec.context import Context
    from seaglass.engine.exec.procedures import Body
    from seaglass.engine.records import Relationship
    from seaglass.engine.snapshot.refs import SnapshotRef
    from seaglass.engine.snapshot.store import Store
    from seaglass.engine.values.types import Value

    Row = tuple[Value, ...]

DIFF = "seaglass.diff"
_RESULTS = ("change", "kind", "id", "before", "after")


@dataclass(frozen=True, slots=True)
class Lineage:
    """Whose snapshots are relatives: those of the graph `graph_id`, and `snapshot_id` itself."""

    graph_id: str
    snapshot_id: str

    def has(self, ref: SnapshotRef) -> bool:
        """Whether a snapshot is a relative."""
        return ref.graph_id == self.graph_id or ref.id == self.snapshot_id


def diff_body(store: Store, lineage: Lineage) -> Body:
    """The body of the procedure, for the graph of a lineage."""

    def rows(context: Context, snapshot: str) -> Iterator[Row]:
        before = snapshot_version(store, _relative(store, lineage, snapshot))
        found = diff(before, context.version, (snapshot, ""), context.interrupt)
        yield from _rows("node", found.nodes)
        yield from _rows("relationship", found.relationships)

    return row_by_row(_RESULTS, rows)


def _relative(store: Store, lineage: Lineage, name_or_id: str) -> SnapshotRef:
    """Find a snapshot among the relatives: others may have its name, and nobody learns of them.

    Raises: Invalid(illegal_argument) where there is none, or several have the name.
    """
    relatives = [ref for ref in store.refs.snapshots() if lineage.has(ref)]
    found = [ref for ref in relatives if ref.id == name_or_id]
    found = found or [ref for ref in relatives if ref.name == name_or_id]
    if len(found) > 1:
        ids = ", ".join(ref.id for ref in found)
        raise Invalid(
            "illegal_argument",
            f"{DIFF}(): {len(found)} snapshots are called {name_or_id!r}: name one by id ({ids}).",
        )
    if not found:
        raise Invalid(
            "illegal_argument",
            f"{DIFF}(): {name_or_id!r} is not a snapshot of this graph, nor the one that it was "
            "restored from. Only these can be compared here; ListGraphSnapshots has their ids.",
        )
    return found[0]


def _rows(kind: str, part: Part) -> Iterator[Row]:
    for one in part.added:
        yield "added", kind, one.id, None, _whole(one)
    for one in part.removed:
        yield "removed", kind, one.id, _whole(one), None
    for one in part.changed:
        yield "changed", kind, one.id, _side(one, 0), _side(one, 1)


def _whole(entity: Node | Relationship) -> dict[str, Any]:
    """What an entity is, as the JSON of a diff has it, without its id."""
    properties = {key: plain(value) for key, value in entity.properties.items()}
    if isinstance(entity, Node):
        return {"labels": list(entity.labels), "properties": properties}
    ends = {"start": entity.start, "end": entity.end}
    return {"type": entity.type, **ends, "properties": properties}


def _side(changed: Changed, side: int) -> dict[str, Any]:
    """What differs, as it was or as it is: labels and properties that the other side has not."""
    labels = (changed.labels_removed, changed.labels_added)[side]
    pairs = changed.properties.items()
    properties = {key: plain(pair[side]) for key, pair in pairs if pair[side] is not None}
    return (
        {"labels": list(labels), "properties": properties} if labels else {"properties": properties}
    )

"""What is different between two versions, in the words of users.

Above: database, diff_procedure, command line. Below: graph/diff, records.

Nodes are matched by `~id`, relationships by their id together with type and ends (which never
change). The cost goes with what differs, see `graph/diff`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from seaglass.engine.graph import diff as numbers
from seaglass.engine.graph import read
from seaglass.engine.records import Node, Relationship, frame_records
from seaglass.engine.values import column as cols
from seaglass.engine.values.frame import Frame
from seaglass.engine.values.interrupt import Uninterrupted
from seaglass.engine.values.order import sort_rows
from seaglass.engine.values.parts import spans
from seaglass.engine.values.temporal_text import text_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.interrupt import Interrupt
    from seaglass.engine.values.parts import Check

Entity = TypeVar("Entity", Node, Relationship)
T = TypeVar("T")

# What the embedding of a node is called among what has changed; no property has such a name.
EMBEDDING = "~embedding"
# Entities between two looks at the interrupt: some 20 ms.
_READ_ROWS = 2_048
# A summary names so many keys and labels of each kind.
_NAMES_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Changed:
    """A node or relationship that is in both versions, and differs.

    Args: properties: key -> (value before, value after), None where there is none; both sorted. The
        embedding of a node that is in both, a list of numbers, is told under the name `~embedding`
    """

    id: str
    labels_added: tuple[str, ...]
    labels_removed: tuple[str, ...]
    properties: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Part:
    """The differences of the nodes, or of the relationships; each in order of ids."""

    added: tuple[Any, ...]
    removed: tuple[Any, ...]
    changed: tuple[Changed, ...]

    def __len__(self) -> int:
        return len(self.added) + len(self.removed) + len(self.changed)


@dataclass(frozen=True, slots=True)
class Diff:
    """All differences from `before` to `after`, which are names for people.

    Args: nodes: with `Node`s added and removed; relationships: with `Relationship`s
    """

    before: str
    after: str
    nodes: Part
    relationships: Part

    def __bool__(self) -> bool:
        return len(self.nodes) + len(self.relationships) > 0

    def json(self) -> bytes:
        """The same differences give the same bytes: entities in order of ids, keys sorted.

            {"before": …, "after": …, "nodes": {"added": […], "removed": […], "changed": […]},
             "relationships": …}

        An entity is as in query results; a changed one has `~id`, `labelsAdded`, `labelsRemoved` and
        `properties`: {key: {"before": …, "after": …}}, without the side that has no value.
        """
        document = {
            "before": self.before,
            "after": self.after,
            "nodes": _part_document(self.nodes),
            "relationships": _part_document(self.relationships),
        }
        return orjson.dumps(document, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)

    def __str__(self) -> str:
        lines = [f"from {self.before} to {self.after}:"]
        for noun, part in (("nodes", self.nodes), ("relationships", self.relationships)):
            counts = f"+{len(part.added):,}  -{len(part.removed):,}  ~{len(part.changed):,}"
            lines.append(f"  {noun:13}  {counts}{_names(part)}")
        return "\n".join(lines) if self else f"{lines[0]} nothing differs"

    # There may be millions of changes.
    __repr__ = __str__


def diff(
    before: GraphVersion,
    after: GraphVersion,
    names: tuple[str, str],
    interrupt: Interrupt | None = None,
) -> Diff:
    """The differences from one version to another.

    Raises: Corrupt(corrupt) when a chunk that must be read is damaged
    Cost: the chunks that are not shared are compared; some 20 us for each entity that differs
    """
    interrupt = interrupt or Uninterrupted()
    check = interrupt.check
    nodes = numbers.changed_nodes(before, after, check)
    edges = numbers.changed_edges(before, after, nodes, check)
    embeddings: dict[Hashable, tuple[Any, Any]] = {}
    for span in spans(len(nodes), check, _READ_ROWS):
        embeddings |= _embeddings(before, after, nodes[span])
    return Diff(
        *names,
        nodes=_part(
            _nodes(before, nodes, check), _nodes(after, nodes, check), embeddings, interrupt
        ),
        relationships=_part(
            _relationships(before, edges, check), _relationships(after, edges, check), {}, interrupt
        ),
    )


def _nodes(version: GraphVersion, found: NDArray[np.int64], check: Check) -> dict[Hashable, Node]:
    nodes: dict[Hashable, Node] = {}
    for span in spans(len(found), check, _READ_ROWS):
        some = found[span]
        alive = some[read.nodes_alive(version, some)]
        nodes |= {node.id: node for node in _records(version, cols.nodes(alive))}
    return nodes


def _relationships(
    version: GraphVersion, found: NDArray[np.int64], check: Check
) -> dict[Hashable, Relationship]:
    edges: dict[Hashable, Relationship] = {}
    for span in spans(len(found), check, _READ_ROWS):
        some = found[span]
        alive = some[read.edges_alive(version, some)]
        for one in _records(version, cols.edges(alive)):
            edges[one.id, one.type, one.start, one.end] = one
    return edges


def _embeddings(
    before: GraphVersion, after: GraphVersion, found: NDArray[np.int64]
) -> dict[Hashable, tuple[Any, Any]]:
    """The embeddings that differ, by the ids of their nodes; None where there is none."""
    sides: list[dict[Hashable, list[float]]] = []
    for version in (before, after):
        vectors = version.vectors
        if vectors is None:
            sides.append({})
            continue
        has, numbers = vectors.gather(found)
        ids = read.node_ids(version, found[has]).to_list()
        sides.append(dict(zip(map(str, ids), numbers.tolist(), strict=True)))
    old, new = sides
    return {
        key: (old.get(key), new.get(key))
        for key in old.keys() | new.keys()
        if old.get(key) != new.get(key)
    }


def _records(version: GraphVersion, column: Column) -> list[Any]:
    frame = Frame({"it": column}, len(column))
    return [row["it"] for row in frame_records(frame, ("it",), version)]


def _part(
    before: Mapping[Hashable, Entity],
    after: Mapping[Hashable, Entity],
    embeddings: Mapping[Hashable, tuple[Any, Any]],
    interrupt: Interrupt,
) -> Part:
    check = interrupt.check
    both = (
        _changed(one, after[key], embeddings.get(key))
        for key, one in _looked_at(before.items(), check)
        if key in after
    )
    changed = [one for one in both if one is not None]
    added = [one for key, one in _looked_at(after.items(), check) if key not in before]
    removed = [one for key, one in _looked_at(before.items(), check) if key not in after]
    return Part(*(_sorted(some, interrupt) for some in (added, removed, changed)))


def _looked_at(items: Iterable[T], check: Check) -> Iterator[T]:
    for place, item in enumerate(items):
        if place % _READ_ROWS == 0:
            check()
        yield item


def _sorted(entities: Sequence[Any], interrupt: Interrupt) -> tuple[Any, ...]:
    """In the order of their ids; of equal ones as they come."""
    if not entities:
        return ()
    ids = cols.strings([entity.id for entity in _looked_at(entities, interrupt.check)])
    rows = sort_rows([ids], [False], len(ids), interrupt).tolist()
    return tuple([entities[row] for row in _looked_at(rows, interrupt.check)])


def _changed(before: Entity, after: Entity, embedding: tuple[Any, Any] | None) -> Changed | None:
    keys = sorted(before.properties.keys() | after.properties.keys())
    pairs = {key: (before.properties.get(key), after.properties.get(key)) for key in keys}
    differ = {key: pair for key, pair in pairs.items() if not numbers.same(*pair)}
    if embedding is not None:
        differ[EMBEDDING] = embedding
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    if isinstance(before, Node) and isinstance(after, Node):
        added = tuple(sorted({*after.labels} - {*before.labels}))
        removed = tuple(sorted({*before.labels} - {*after.labels}))
    if not differ and not added and not removed:
        return None
    return Changed(before.id, added, removed, differ)


def _part_document(part: Part) -> dict[str, Any]:
    return {
        "added": [_entity_document(one) for one in part.added],
        "removed": [_entity_document(one) for one in part.removed],
        "changed": [_changed_document(one) for one in part.changed],
    }


def _entity_document(entity: Node | Relationship) -> dict[str, Any]:
    properties = {key: plain(value) for key, value in entity.properties.items()}
    if isinstance(entity, Node):
        own: dict[str, Any] = {"~entityType": "node", "~labels": list(entity.labels)}
    else:
        own = {"~entityType": "relationship", "~type": entity.type}
        own |= {"~start": entity.start, "~end": entity.end}
    return {"~id": entity.id, **own, "~properties": properties}


def _changed_document(changed: Changed) -> dict[str, Any]:
    properties = {
        key: {
            side: plain(value)
            for side, value in zip(("before", "after"), pair, strict=True)
            if value is not None
        }
        for key, pair in changed.properties.items()
    }
    document: dict[str, Any] = {"~id": changed.id, "properties": properties}
    if changed.labels_added or changed.labels_removed:
        document["labelsAdded"] = list(changed.labels_added)
        document["labelsRemoved"] = list(changed.labels_removed)
    return document


def plain(value: Any) -> Any:
    """A value as JSON has it; numbers that JSON lacks, and times to their last digit, as texts."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if value != value else ("INF" if value > 0 else "-INF")
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return text_of(value)


def _names(part: Part) -> str:
    """The labels or types of what came and went, and the keys of what changed."""
    counts: dict[str, int] = {}
    for one in (*part.added, *part.removed):
        for word in one.labels if isinstance(one, Node) else (one.type,):
            counts[word] = counts.get(word, 0) + 1
    shown = [f":{word} {count:,}" for word, count in _most(counts)]
    keys: dict[str, int] = {}
    for changed in part.changed:
        for key in changed.properties:
            keys[key] = keys.get(key, 0) + 1
        for label in (*changed.labels_added, *changed.labels_removed):
            keys[f":{label}"] = keys.get(f":{label}", 0) + 1
    shown += [f"~{key} {count:,}" for key, count in _most(keys)]
    return f"  ({', '.join(shown)})" if shown else ""


def _most(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_NAMES_SHOWN]

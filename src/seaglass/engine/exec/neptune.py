"""What a run does differently where the dialect is `neptune`.

Above: `live_graph`, `operators/`, `expressions/`, which come here only in that dialect. Below:
`engine/graph`, `engine/values`.

- A property holds one plain value, no list.
- Lists, maps and paths have no order; only lists are indexed.
- Dates and datetimes are made of text, without weeks, quarters and names of zones, have no parts and
  no arithmetic; a datetime is in UTC, of milliseconds, in the years 1400 to 9999.
- A node exists while it has a label, a property or an edge: what a query leaves without any of them
  is gone at its end.

Source: spec 04, sections 2, 4 and 6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.base.errors import Invalid, Unsupported
from seaglass.base.limits import NEPTUNE_STRING_BYTES_MAX
from seaglass.engine.graph import read
from seaglass.engine.graph.delta import (
    CreateNodes,
    DeleteEdges,
    DeleteNodes,
    SetLabels,
    SetNodeProperty,
)
from seaglass.engine.values.describe import type_name
from seaglass.engine.values.parts import distinct, joined, spans
from seaglass.engine.values.temporal import TEMPORAL_TYPES
from seaglass.engine.values.types import Edge, Kind, Node, Path

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.commit import Transaction
    from seaglass.engine.cypher.logical import expressions as ex
    from seaglass.engine.cypher.syntax.position import Position
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.parts import Check
    from seaglass.engine.values.types import Value

# Nodes that may be bare and are looked at together: some 20 ms.
_BARE_AT_ONCE = 1 << 16
_ORDERING = frozenset({"<", "<=", ">", ">="})
# Of a week, a quarter and the name of a zone: 2020-W01, 2020-Q1, [Europe/Paris].
_INSTANT_MARKS = frozenset("WQ[")


def check_stored(column: Column, key: str) -> None:
    """Raises: Invalid(illegal_argument) where a value is a list, or a text is too long."""
    if column.kind in (Kind.BOOL, Kind.INT, Kind.FLOAT, Kind.NULL):
        return
    for value in column.to_list():
        if isinstance(value, list):
            raise Invalid(
                "illegal_argument",
                f"Property value must be a simple literal. {key} is a list, which Neptune Analytics "
                "does not store, and the dialect is neptune.",
            )
        # A character has at most four bytes.
        if isinstance(value, str) and len(value) * 4 > NEPTUNE_STRING_BYTES_MAX:
            size = len(value.encode())
            if size > NEPTUNE_STRING_BYTES_MAX:
                raise Invalid(
                    "illegal_argument",
                    f"The text of {key} has {size} bytes; Neptune Analytics stores "
                    f"{NEPTUNE_STRING_BYTES_MAX}, and the dialect is neptune.",
                )


def check_order(expression: ex.Binary, *operands: Column) -> None:
    """Raises: Unsupported(unsupported_operation) where lists, maps or paths are ordered."""
    if expression.operator not in _ORDERING:
        return
    for operand in operands:
        if operand.kind is Kind.MIXED and any(map(_is_compound, operand.to_list())):
            raise Unsupported(
                "unsupported_operation",
                f"Neptune Analytics does not order lists, maps and paths (line "
                f"{expression.at.line}, column {expression.at.column}), and the dialect is neptune.",
            )


def check_indexed(expression: ex.Index, subject: Column) -> None:
    """Raises: Unsupported(unsupported_operation) where the subject is a map or an entity."""
    if subject.kind is Kind.MIXED:
        keyed = any(isinstance(value, dict | Node | Edge) for value in subject.to_list())
    else:
        keyed = subject.kind in (Kind.NODE, Kind.EDGE) and not subject.is_null().all()
    if keyed:
        raise Unsupported(
            "unsupported_operation",
            f"Neptune Analytics takes `[...]` of lists only (line {expression.at.line}, column "
            f"{expression.at.column}), and the dialect is neptune.",
        )


def check_parts(expression: ex.Property, subject: Column) -> None:
    """Raises: Unsupported(unsupported_operation) where the subject is a temporal value."""
    if _has_temporal(subject):
        raise Unsupported(
            "unsupported_operation",
            f"Neptune Analytics has no `.{expression.key}` of a date or datetime, but year(), month(), "
            f"day() and epochMillis() (line {expression.at.line}, column {expression.at.column}), "
            "and the dialect is neptune.",
        )


def check_calculated(expression: ex.Binary, *operands: Column) -> None:
    """Raises: Unsupported(unsupported_operation) where a temporal value is counted with."""
    if any(map(_has_temporal, operands)):
        raise Unsupported(
            "unsupported_operation",
            f"Neptune Analytics has no `{expression.operator}` of dates and datetimes (line "
            f"{expression.at.line}, column {expression.at.column}), and the dialect is neptune.",
        )


def check_instant_text(value: Value, at: Position) -> str:
    """Raises: Unsupported(unsupported_operation) where date() or datetime() is not given a text."""
    if not isinstance(value, str):
        raise Unsupported(
            "unsupported_operation",
            f"Neptune Analytics makes dates and datetimes of a text, not of {type_name(value)} (line "
            f"{at.line}, column {at.column}), and the dialect is neptune.",
        )
    return value


def check_instant_form(text: str, at: Position) -> None:
    """Raises: Unsupported(unsupported_operation) for forms of ISO 8601 that only openCypher reads."""
    if not _INSTANT_MARKS.isdisjoint(text):
        raise Unsupported(
            "unsupported_operation",
            f"Neptune Analytics reads no weeks, quarters and names of time zones, as in {text!r} "
            f"(line {at.line}, column {at.column}), and the dialect is neptune.",
        )


def _has_temporal(column: Column) -> bool:
    if column.kind is not Kind.MIXED:
        return False
    return not TEMPORAL_TYPES.isdisjoint(map(type, column.to_list()))


def _is_compound(value: Value) -> bool:
    return isinstance(value, list | dict | Path)


def delete_bare_nodes(transaction: Transaction, check: Check) -> None:
    """Deletes the nodes that the transaction has left without label, property and edge.

    Args: check: called between some of them; raises when the query must end
    Cost: linear in what the transaction changed, and a read of one property key after the other
    """
    touched = joined(_touched(transaction, check), check)
    for span in spans(len(touched), check, _BARE_AT_ONCE):
        # A node may come again in a later part: it is not there any more then.
        _delete_bare(transaction, distinct(touched[span]))


def _delete_bare(transaction: Transaction, nodes: NDArray[np.int64]) -> None:
    version = transaction.version
    nodes = nodes[read.nodes_alive(version, nodes)]
    nodes = nodes[read.degrees(version, nodes, (), "both") == 0]
    labels = read.labels_column(version, nodes).to_list()
    nodes = nodes[np.array([not names for names in labels], np.bool_)]
    for key in read.node_keys(version):
        if len(nodes):
            nodes = nodes[read.node_property(version, nodes, key).is_null()]
    if len(nodes):
        transaction.apply(DeleteNodes(nodes))


def _touched(transaction: Transaction, check: Check) -> list[NDArray[np.int64]]:
    """The nodes that may have lost, or never got, what they exist by."""
    found: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    for change in transaction.changes:
        check()
        match change:
            case CreateNodes(first=first, count=count, labels=()):
                found.append(np.arange(first, first + count))
            case SetNodeProperty(nodes=nodes, values=values) if values.is_null().any():
                found.append(nodes)
            case SetLabels(nodes=nodes, removed=removed) if removed:
                found.append(nodes)
            case DeleteEdges(edges=edges):
                found += read.edge_ends(transaction.version, edges)
            case _:
                pass
    return found

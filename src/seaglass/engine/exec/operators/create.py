"""Create: nodes and edges, one change per template and frame.

Above: `run`, `merge`. Below: `storing`, `engine/graph/delta`, `expressions`.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from seaglass.base.codes import Code
from seaglass.base.errors import Invalid
from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.exec.expressions import entities
from seaglass.engine.exec.expressions.values import located, numbers_of, place
from seaglass.engine.exec.operators.frames import drain
from seaglass.engine.exec.operators.storing import property_columns
from seaglass.engine.graph import read
from seaglass.engine.graph.delta import CreateEdges, CreateNodes
from seaglass.engine.values import column as cols
from seaglass.engine.values.describe import type_name
from seaglass.engine.values.parts import spans
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.engine.cypher.syntax.position import Position
    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.frame import Frame
    from seaglass.engine.values.types import Value

ID_KEY = entities.ID_KEY
# Some 10 ms.
_IDS_AT_ONCE = 16_384


def create(op: plan.Create, source: Iterator[Frame], context: Context) -> Iterator[Frame]:
    """Create: all input first, then all changes, then the rows."""
    with context.holding() as held:
        yield from _created(drain(source, context, held), op.nodes, op.edges, context)


def create_all(
    frame: Frame,
    nodes: tuple[plan.NodeTemplate, ...],
    edges: tuple[plan.EdgeTemplate, ...],
    context: Context,
) -> Frame:
    """The frame with the variables of what was created for each of its rows.

    Raises: Invalid(constraint) for an id that exists; Invalid(illegal_argument) for values that
        cannot be stored
    """
    return _created([frame], nodes, edges, context)[0]


def _created(
    frames: list[Frame],
    nodes: tuple[plan.NodeTemplate, ...],
    edges: tuple[plan.EdgeTemplate, ...],
    context: Context,
) -> list[Frame]:
    """The frames with what was created; the templates one after the other, each for all rows."""
    templates: list[plan.NodeTemplate | plan.EdgeTemplate] = [*nodes, *edges]
    for template in templates:
        # What a template reads is from before it, however the rows are cut into frames.
        given = [_properties(template, frame, context) for frame in frames]
        done: list[Frame] = []
        for frame, properties in zip(frames, given, strict=True):
            context.interrupt.check()
            if isinstance(template, plan.NodeTemplate):
                made = _create_nodes(template, frame, properties, context)
            else:
                made = _create_edges(template, frame, properties, context)
            done.append(frame.with_columns({template.variable: made}))
        frames = done
    return frames


def _properties(
    template: plan.NodeTemplate | plan.EdgeTemplate, frame: Frame, context: Context
) -> dict[str, Column]:
    if template.properties is None:
        return {}
    return property_columns(template.properties, frame, context)


def _create_nodes(
    template: plan.NodeTemplate, frame: Frame, properties: dict[str, Column], context: Context
) -> Column:
    rows = frame.rows
    given = properties.pop(ID_KEY, None)
    if given is None and not _names_id(template.properties):
        ids = cols.one(context.rng.uuid()) if rows == 1 else _new_ids(rows, context)
    else:
        try:
            ids = checked_ids(cols.nulls(rows) if given is None else given, context)
        except Invalid as error:
            raise located(error, _place_of_id(template.properties)) from None
    first = context.version.next_node
    context.change(CreateNodes(first, rows, sorted_labels(template.labels), ids, properties))
    if rows == 1:
        return cols.node(first)
    return cols.nodes(np.arange(first, first + rows))


def _new_ids(rows: int, context: Context) -> Column:
    parts = [
        cols.strings(context.rng.uuids(span.stop - span.start))
        for span in spans(rows, context.interrupt.check, _IDS_AT_ONCE)
    ]
    return cols.concat(parts)


@lru_cache(256)
def sorted_labels(labels: tuple[str, ...]) -> tuple[str, ...]:
    """As a change has them: sorted, each once."""
    return tuple(sorted(set(labels)))


def _names_id(expression: object) -> bool:
    """Whether a map literal has the key `~id`, even where it is null for every row."""
    return ID_KEY in dict(getattr(expression, "items", ()))


def _place_of_id(expression: ex.Expression | None) -> Position | None:
    """Where the `~id` of new nodes is said."""
    if isinstance(expression, ex.MapLiteral):
        return next((item.at for key, item in expression.items if key == ID_KEY), expression.at)
    return None if expression is None else expression.at


def checked_ids(column: Column, context: Context) -> Column:
    """The column as ids of new nodes: STRING, all valid, new.

    Raises: Invalid(illegal_argument) for null and what is no string; Invalid(constraint) for an id
        that exists
    """
    ids = column
    if column.kind is not Kind.STRING or column.valid is not None:
        ids = cols.strings([_checked_id(value) for value in column.to_list()])
    if len(ids) == 1:
        text = _checked_id(ids.value(0))
        if read.find_node(context.version, text) >= 0:
            raise _exists(text)
        return ids
    found = read.find_nodes(context.version, ids) >= 0
    if found.any():
        raise _exists(ids.data[int(np.argmax(found))].as_py())
    texts = ids.data.to_pylist()
    if len(set(texts)) != len(texts):
        raise _exists(next(text for text, times in Counter(texts).items() if times > 1))
    return ids


def _checked_id(value: Value) -> str:
    if isinstance(value, str):
        return value
    raise Invalid(
        "illegal_argument",
        f"The ~id of a new node must be a string, but got {type_name(value)}.",
        code=Code.VALUE_TYPE,
    )


def _exists(text: str) -> Invalid:
    return Invalid(
        "constraint",
        f"A node with ~id '{text}' exists already. Use MERGE to find or create it, or another ~id.",
    )


def _create_edges(
    template: plan.EdgeTemplate, frame: Frame, properties: dict[str, Column], context: Context
) -> Column:
    ends = []
    for name in (template.source, template.target):
        numbers = numbers_of(frame.columns[name], Kind.NODE, "A new relationship")
        if (numbers < 0).any():
            raise Invalid(
                "illegal_argument",
                f"Cannot create a relationship of type {template.type}: the node"
                f" {name.strip()} is null{place(template.at)}. Leave out such rows, e.g. with"
                f" `WHERE {name.strip()} IS NOT NULL`.",
                code=Code.VALUE_TYPE,
            )
        entities.check_nodes(context, numbers, template.at)
        ends.append(numbers)
    if ID_KEY in properties:
        raise Invalid(
            "illegal_argument",
            "A relationship cannot be given a ~id: the graph names it itself"
            f"{place(_place_of_id(template.properties))}. Keep the name under another key.",
        )
    first = context.version.next_edge
    context.change(CreateEdges(first, template.type, ends[0], ends[1], properties))
    return cols.edges(np.arange(first, first + frame.rows))

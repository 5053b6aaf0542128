"""Algorithms called as procedures, on graphs of a few nodes and on the air routes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seaglass.base.dialect import Dialect
from seaglass.engine.cypher.compile import compile as compile_query
from seaglass.engine.exec.context import Options
from seaglass.engine.exec.json import render
from seaglass.engine.exec.procedures import BODIES
from seaglass.engine.exec.run import run
from tests.engine.exec.tools import WorkingView, context_of, ran

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class Asked:
    """Rows as values, and the JSON text of the whole answer."""

    rows: list[tuple[Any, ...]]
    json: str


def asked(
    text: str,
    view: WorkingView,
    options: Options = Options(),  # noqa: B008 - it never changes
    **parameters: Any,
) -> Asked:
    """What a query gives; the view keeps its changes."""
    dialect = Dialect.NEPTUNE if options.neptune else Dialect.OPENCYPHER
    query = compile_query(text, dialect)
    context = context_of(view, parameters, options)
    context.procedures = BODIES
    frames = list(run(query, context))
    rows: list[tuple[Any, ...]] = []
    for frame in frames:
        columns = [frame.columns[name].to_list() for name in query.columns]
        rows.extend(zip(*columns, strict=True))
    return Asked(rows, b"".join(render(query.columns, frames, context)).decode())


def graph(
    nodes: Mapping[str, Iterable[str]],
    edges: Iterable[tuple[str, str, str, Mapping[str, Any]]],
) -> WorkingView:
    """A graph. Args: nodes: id -> labels; edges: (source, target, type, properties)"""
    view = WorkingView()
    for name, labels in nodes.items():
        words = "".join(f":`{label}`" for label in labels)
        ran(f"CREATE (n{words} {{`~id`: $id}})", view, id=name)
    for source, target, kind, properties in edges:
        ran(
            "MATCH (a {`~id`: $a}) MATCH (b {`~id`: $b}) "
            f"CREATE (a)-[r:`{kind}`]->(b) SET r = $properties",
            view,
            a=source,
            b=target,
            properties=dict(properties),
        )
    return view

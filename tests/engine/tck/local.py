"""The engine under test without storage or server: compile, run, and the graph as a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seaglass.base.errors import SeaglassError, Unsupported
from seaglass.engine.cypher.compile import compile as compile_query
from seaglass.engine.cypher.semantics.procedures import catalogue
from seaglass.engine.exec.run import run
from seaglass.engine.graph import read
from tests.engine.exec.tools import WorkingView, context_of
from tests.engine.tck.forms import actual
from tests.engine.tck.outcome import Failure, NotYet, Outcome

if TYPE_CHECKING:
    from seaglass.engine.cypher.logical.procedures import Procedure
    from seaglass.engine.exec.context import Options
    from seaglass.engine.exec.procedures import Body
    from seaglass.engine.graph.version import GraphVersion
    from tests.engine.tck.forms import Form


class LocalEngine:
    """One graph, which is empty at first."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._view = WorkingView()
        self._procedures: dict[str, Procedure] = {}
        self._bodies: dict[str, Body] = {}

    def reset(self) -> None:
        self._view = WorkingView()
        self._procedures = {}
        self._bodies = {}

    def add_procedure(self, procedure: Procedure, body: Body) -> None:
        self._procedures[procedure.name] = procedure
        self._bodies[procedure.name] = body

    def execute(self, text: str, parameters: dict[str, Any]) -> Outcome:
        view = WorkingView(self._view.version)
        context = context_of(view, parameters, self._options)
        context.procedures = self._bodies
        at_compile = True
        rows: list[list[Any]] = []
        try:
            query = compile_query(text, procedures=catalogue(self._procedures.values()))
            frames = run(query, context)
            at_compile = False
            for frame in frames:
                assert frame.rows <= self._options.frame_rows
                values = [frame.columns[name].to_list() for name in query.columns]
                rows.extend(list(row) for row in zip(*values, strict=True))
            forms = [[actual(value, view.version) for value in row] for row in rows]
        except Unsupported as error:
            raise NotYet(error.message.split(" (line")[0].split("\n")[0]) from None
        except SeaglassError as error:
            return Outcome(failure=Failure(error.message, error.code or "no code", at_compile))
        self._view = view
        return Outcome(query.columns, forms)

    def form(self, wanted: Form) -> Form:
        return wanted

    def state(self) -> dict[str, set[Any]]:
        return state_of(self._view.version)


def state_of(version: GraphVersion) -> dict[str, set[Any]]:
    nodes = [int(node) for part in read.scan_nodes(version, ()) for node in part]
    edges = [int(edge) for part in read.scan_edges(version, ()) for edge in part]
    triples = {
        (noun, number, key, repr(value))
        for noun, numbers, properties in (
            ("node", nodes, read.node_properties),
            ("edge", edges, read.edge_properties),
        )
        for number in numbers
        for key, value in properties(version, number).items()
    }
    labels = {label for node in nodes for label in read.node_labels(version, node)}
    return {
        "nodes": set(nodes),
        "relationships": set(edges),
        "labels": labels,
        "properties": triples,
    }

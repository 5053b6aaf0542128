"""Runs one TCK scenario against compile, exec and graph, without storage."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seaglass.base.errors import SeaglassError, Unsupported
from seaglass.engine.cypher.compile import compile as compile_query
from seaglass.engine.exec.run import run
from seaglass.engine.graph import read
from tests.engine.exec.tools import WorkingView, context_of
from tests.engine.tck.forms import actual, expected, plain, unordered

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass.engine.exec.context import Options
    from seaglass.engine.graph.version import GraphVersion
    from tests.engine.tck.feature import Scenario, Step


class NotYet(Exception):
    """The scenario needs something that is not served yet."""


class Wrong(Exception):
    """The answer is not the one that the TCK expects."""


@dataclass
class Outcome:
    """Of the query under test: rows by column, or the error and whether compiling raised it."""

    columns: tuple[str, ...] = ()
    rows: list[list[Any]] | None = None
    error: SeaglassError | None = None
    at_compile: bool = False


class World:
    """The graph of one scenario and what the last query did."""

    def __init__(self, graphs: Path, options: Options) -> None:
        self.graphs = graphs
        self.options = options
        self.view = WorkingView()
        self.parameters: dict[str, Any] = {}
        self.outcome = Outcome()
        self.before = state_of(self.view.version)

    def execute(self, text: str) -> Outcome:
        try:
            query = compile_query(text)
        except Unsupported as error:
            raise NotYet(error.message.split(" (line")[0].split("\n")[0]) from None
        except SeaglassError as error:
            return Outcome(error=error, at_compile=True)
        view = WorkingView(self.view.version)
        context = context_of(view, self.parameters, self.options)
        rows: list[list[Any]] = []
        try:
            for frame in run(query, context):
                values = [frame.columns[name].to_list() for name in query.columns]
                rows.extend(list(row) for row in zip(*values, strict=True))
            self.view = view
            forms = [[actual(value, view.version) for value in row] for row in rows]
        except Unsupported as error:
            raise NotYet(error.message.split(" (line")[0]) from None
        except SeaglassError as error:
            return Outcome(error=error)
        return Outcome(query.columns, forms)

    def query(self, text: str) -> None:
        self.before = state_of(self.view.version)
        self.outcome = self.execute(text)


def state_of(version: GraphVersion) -> dict[str, set[Any]]:
    """Everything that side effects are counted in."""
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


def run_scenario(scenario: Scenario, graphs: Path, options: Options) -> None:
    """Raises: NotYet, Wrong"""
    world = World(graphs, options)
    for step in scenario.steps:
        _step(world, step)


def _step(world: World, step: Step) -> None:
    text = step.text
    if text in ("an empty graph", "any graph"):
        return
    named = re.fullmatch(r"the (\S+) graph", text)
    raised = re.fullmatch(
        r"an? (\w+) should be raised at (compile time|runtime|any time): (.*)", text
    )
    result = re.fullmatch(r"the result should be(, in any order|, in order|)( \(.*\))?:", text)
    if named:
        script = (world.graphs / named[1] / f"{named[1]}.cypher").read_text()
        _set_up(world, script)
    elif text == "having executed:":
        _set_up(world, step.document)
    elif text == "parameters are:":
        world.parameters = {key: plain(expected(value)) for key, value in step.table}
    elif text.startswith("there exists a procedure"):
        raise NotYet("CALL")
    elif text in ("executing query:", "executing control query:"):
        world.query(step.document)
    elif text == "the result should be empty":
        _rows(world, [])
    elif result:
        ordered = result[1] == ", in order"
        _table(world, step.table, ordered, loose=result[2] is not None)
    elif text in ("no side effects", "the side effects should be:"):
        _side_effects(world, {row[0]: int(row[1]) for row in step.table})
    elif raised:
        _raised(world, raised[1], raised[2], raised[3])
    else:
        raise AssertionError(f"no such step: {text}")


def _set_up(world: World, text: str) -> None:
    outcome = world.execute(text)
    if outcome.error:
        raise Wrong(f"set-up failed: {outcome.error.message}")


def _rows(world: World, wanted: list[Any]) -> list[list[Any]]:
    if world.outcome.error:
        raise Wrong(f"unexpected error: {world.outcome.error.message}")
    rows = world.outcome.rows or []
    if len(rows) != len(wanted):
        raise Wrong(f"expected {len(wanted)} rows, got {len(rows)}: {rows[:5]}")
    return rows


def _table(world: World, table: list[list[str]], ordered: bool, *, loose: bool) -> None:
    header, *body = table
    wanted = [[expected(cell) for cell in row] for row in body]
    rows = _rows(world, wanted)
    if sorted(header) != sorted(world.outcome.columns):
        raise Wrong(f"expected columns {header}, got {world.outcome.columns}")
    places = [world.outcome.columns.index(name) for name in header]
    found = [[row[place] for place in places] for row in rows]
    if loose:
        wanted = [[unordered(value) for value in row] for row in wanted]
        found = [[unordered(value) for value in row] for row in found]
    if not ordered:
        wanted, found = sorted(wanted, key=repr), sorted(found, key=repr)
    if wanted != found:
        raise Wrong(f"expected {wanted}, got {found}")


def _side_effects(world: World, wanted: dict[str, int]) -> None:
    if world.outcome.error:
        raise Wrong(f"unexpected error: {world.outcome.error.message}")
    after = state_of(world.view.version)
    found = {}
    for name, things in after.items():
        found[f"+{name}"] = len(things - world.before[name])
        found[f"-{name}"] = len(world.before[name] - things)
    found = {name: count for name, count in found.items() if count}
    if found != wanted:
        raise Wrong(f"expected side effects {wanted}, got {found}")


def _raised(world: World, kind: str, phase: str, detail: str) -> None:
    error = world.outcome.error
    if error is None:
        raise Wrong(f"expected {kind}.{detail} at {phase}, got {world.outcome.rows}")
    found = "no code" if error.code is None else str(error.code)
    wanted = f"{kind}.{found.partition('.')[2] if detail == '*' else detail}"
    if found != wanted:
        raise Wrong(f"expected {wanted}, got {found}: {error.message}")
    moment = "compile time" if world.outcome.at_compile else "runtime"
    if phase not in (moment, "any time"):
        raise Wrong(f"expected {wanted} at {phase}, got it at {moment}: {error.message}")

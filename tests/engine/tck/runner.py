"""Runs one TCK scenario on an engine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.engine.tck.forms import expected, plain, unordered
from tests.engine.tck.outcome import Outcome, Wrong
from tests.engine.tck.procedures import procedure_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.tck.feature import Scenario, Step
    from tests.engine.tck.outcome import Engine

_GRAPH = re.compile(r"the (\S+) graph")
_RESULT = re.compile(r"the result should be(, in any order|, in order|)( \(.*\))?:")
_RAISED = re.compile(r"an? (\w+) should be raised at (compile time|runtime|any time): (.*)")
_EFFECTS = ("no side effects", "the side effects should be:")


class World:
    """One scenario: its parameters, and what the last query did."""

    def __init__(self, engine: Engine, graphs: Path, *, effects: bool) -> None:
        self.engine = engine
        self.graphs = graphs
        self.effects = effects
        self.parameters: dict[str, Any] = {}
        self.outcome = Outcome()
        self.before: dict[str, set[Any]] = {}

    def query(self, text: str) -> None:
        if self.effects:
            self.before = self.engine.state()
        self.outcome = self.engine.execute(text, self.parameters)


def run_scenario(scenario: Scenario, graphs: Path, engine: Engine) -> None:
    """Raises: NotYet, Wrong"""
    engine.reset()
    effects = any(step.text in _EFFECTS for step in scenario.steps)
    world = World(engine, graphs, effects=effects)
    for step in scenario.steps:
        _step(world, step)


def _step(world: World, step: Step) -> None:
    text = step.text
    if text in ("an empty graph", "any graph"):
        return
    if named := _GRAPH.fullmatch(text):
        _set_up(world, (world.graphs / named[1] / f"{named[1]}.cypher").read_text())
    elif text == "having executed:":
        _set_up(world, step.document)
    elif text == "parameters are:":
        world.parameters = {key: plain(expected(value)) for key, value in step.table}
    elif text.startswith("there exists a procedure"):
        world.engine.add_procedure(*procedure_of(text, step.table))
    elif text in ("executing query:", "executing control query:"):
        world.query(step.document)
    elif text == "the result should be empty":
        _rows(world, 0)
    elif result := _RESULT.fullmatch(text):
        _table(world, step.table, result[1] == ", in order", loose=result[2] is not None)
    elif text in _EFFECTS:
        _side_effects(world, {row[0]: int(row[1]) for row in step.table})
    elif raised := _RAISED.fullmatch(text):
        _raised(world, raised[1], raised[2], raised[3])
    else:
        raise AssertionError(f"no such step: {text}")


def _set_up(world: World, text: str) -> None:
    failure = world.engine.execute(text, world.parameters).failure
    if failure:
        raise Wrong(f"set-up failed: {failure.message}")


def _check_no_failure(world: World) -> None:
    if world.outcome.failure:
        raise Wrong(f"unexpected error: {world.outcome.failure.message}")


def _rows(world: World, wanted: int) -> list[list[Any]]:
    _check_no_failure(world)
    rows = world.outcome.rows or []
    if len(rows) != wanted:
        raise Wrong(f"expected {wanted} rows, got {len(rows)}: {rows[:5]}")
    return rows


def _table(world: World, table: list[list[str]], ordered: bool, *, loose: bool) -> None:
    header, *body = table
    wanted = [[world.engine.form(expected(cell)) for cell in row] for row in body]
    found = _rows(world, len(wanted))
    columns = world.outcome.columns
    if columns is not None:
        if sorted(header) != sorted(columns):
            raise Wrong(f"expected columns {header}, got {columns}")
        places = [columns.index(name) for name in header]
        found = [[row[place] for place in places] for row in found]
    if loose:
        wanted = [[unordered(value) for value in row] for row in wanted]
        found = [[unordered(value) for value in row] for row in found]
    if not ordered:
        wanted, found = sorted(wanted, key=repr), sorted(found, key=repr)
    if wanted != found:
        raise Wrong(f"expected {wanted}, got {found}")


def _side_effects(world: World, wanted: dict[str, int]) -> None:
    _check_no_failure(world)
    after = world.engine.state()
    found = {}
    for name, things in after.items():
        found[f"+{name}"] = len(things - world.before[name])
        found[f"-{name}"] = len(world.before[name] - things)
    found = {name: count for name, count in found.items() if count}
    if found != wanted:
        raise Wrong(f"expected side effects {wanted}, got {found}")


def _raised(world: World, kind: str, phase: str, detail: str) -> None:
    failure = world.outcome.failure
    if failure is None:
        raise Wrong(f"expected {kind}.{detail} at {phase}, got {world.outcome.rows}")
    if failure.code is None or failure.at_compile is None:
        return
    wanted = f"{kind}.{failure.code.partition('.')[2] if detail == '*' else detail}"
    if failure.code != wanted:
        raise Wrong(f"expected {wanted}, got {failure.code}: {failure.message}")
    moment = "compile time" if failure.at_compile else "runtime"
    if phase not in (moment, "any time"):
        raise Wrong(f"expected {wanted} at {phase}, got it at {moment}: {failure.message}")

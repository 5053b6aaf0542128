"""Runs a plan on a small graph in several ways: they agree, and the graph stays whole.

Above: campaign, tests. Below: the executor, `graph/check`.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seaglass.base.clock import ManualClock
from seaglass.base.dialect import Dialect
from seaglass.base.errors import (
    Corrupt,
    Exhausted,
    Interrupted,
    Invalid,
    SeaglassError,
)
from seaglass.base.rng import SeededRng
from seaglass.engine.cypher import compile as compiler
from seaglass.engine.exec.context import Context, Options
from seaglass.engine.exec.json import render
from seaglass.engine.exec.procedures import BODIES
from seaglass.engine.exec.run import run
from seaglass.engine.graph import version as versions
from seaglass.engine.graph.apply import apply
from seaglass.engine.graph.check import check
from seaglass.engine.kernels.stopping import new_flag
from seaglass.engine.parameters import parameters_of
from seaglass.testkit.fuzz import judge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.engine.cypher.logical import plan
    from seaglass.engine.graph.delta import Change
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.values.frame import Frame
    from seaglass.testkit.fuzz.inputs import Input

_GRAPH = (
    "CREATE (a:A {`~id`: 'n1', x: 1, y: 'a'})-[:R {w: 1, x: 2}]->(b:B {`~id`: 'n2', x: 2, name: 'b'}),"
    " (a)-[:S]->(c:A:B {`~id`: 'n3', x: 1.5, z: [1, 2]}), (c)-[:R {x: 'a'}]->(a), (b)-[:KNOWS]->(b),"
    " (:Person {x: date('2015-07-21'), y: true}), ({x: 1})"
)
# What gives other rows in other frames, by right: an order that nobody asked for, or chance.
_FREE = re.compile(
    r"rand|uuid|limit|skip|collect|realtime|~id|delete|\bid\b|stdev|avg|sum", re.IGNORECASE
)
# Where rows are not all computed, an error of one may not be seen.
_LAZY = re.compile(
    r"limit|rand|uuid|exists|count|merge|set|\bany\b|\ball\b|none|single", re.IGNORECASE
)
# Enough for what is meant to end; range() may be told to give more than anybody can wait for. With 20 ms
# between two looks, half of what a run may take.
CHECKS_MAX = 250
ROWS_MAX = 20_000
BYTES_MAX = 64 * 1024 * 1024
WAYS = tuple(Options(rows, mixed) for rows in (65_536, 1) for mixed in (False, True))


class _View:
    """The working version; the one that it began with stays in the hands of others."""

    def __init__(self, version: GraphVersion) -> None:
        self.version = version

    def apply(self, change: Change) -> None:
        self.version = apply(self.version, change)


class _Limited:
    """Ends a query after so many looks."""

    def __init__(self) -> None:
        self.flag = new_flag()
        self._left = CHECKS_MAX

    def check(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Interrupted("timeout", "The query takes too long.")


class _Budget:
    def __init__(self) -> None:
        self._held = 0

    def charge(self, amount_bytes: int) -> None:
        self._held += amount_bytes
        if self._held > BYTES_MAX:
            raise Exhausted("memory", "The query takes too much memory.")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Rows as they can be compared, or the category of an error."""

    rows: Counter[Any] | None
    error: str


class Laboratory:
    """A small graph, and what it looked like at first."""

    def __init__(self) -> None:
        # Ids that queries draw must not be those of the graph.
        self._seed = 0
        self.version = versions.empty()
        view = _View(self.version)
        self._drain(compiler.compile(_GRAPH), view, {}, WAYS[0])
        self.version, self._seed = view.version, 1
        self._look = compiler.compile(
            "MATCH (n) OPTIONAL MATCH (n)-[r]->(m)"
            " RETURN id(n), labels(n), properties(n), id(r), type(r), properties(r), id(m)"
        )
        self._before = self._state()

    def fault(self, query: plan.Query, given: Input) -> str | None:
        """What went wrong when the plan was run in all ways."""
        try:
            parameters = parameters_of(given.parameters)
        except Invalid as error:
            return _message_fault(error)
        except Exception as error:
            return f"parameters: {judge.surprise(error)}"
        first: Outcome | None = None
        for way in WAYS:
            options = Options(
                way.frame_rows, way.force_mixed, neptune=given.dialect is Dialect.NEPTUNE
            )
            outcome, fault = self._outcome(query, parameters, options)
            if fault is not None:
                return f"{options}: {fault}"
            assert outcome is not None
            if first is None:
                first = outcome
            elif different := _difference(given.text, first, outcome):
                return f"{options}: {different}"
        return None

    def _outcome(
        self, query: plan.Query, parameters: dict[str, Any], options: Options
    ) -> tuple[Outcome | None, str | None]:
        view = _View(self.version)
        try:
            with judge.Stopwatch():
                rows = self._drain(query, view, parameters, options)
                if view.version is not self.version:
                    check(view.version)
            return Outcome(rows, ""), None
        except Corrupt as error:
            return None, f"the graph is broken: {error.message}"
        except SeaglassError as error:
            if self._state() != self._before:
                return None, f"a failed query changed the graph it began with: {error.message}"
            return Outcome(None, type(error).__name__), _message_fault(error)
        except judge.TooSlow:
            return None, f"running took more than {judge.SECONDS_MAX} s"
        except Exception as error:
            return None, judge.surprise(error)

    def _drain(
        self, query: plan.Query, view: _View, parameters: dict[str, Any], options: Options
    ) -> Counter[Any]:
        context = Context(
            parameters=parameters,
            view=view,
            interrupt=_Limited(),
            clock=ManualClock(),
            rng=SeededRng(self._seed),
            options=options,
            budget=_Budget(),
            procedures=BODIES,
        )
        rows: Counter[Any] = Counter()

        def counted() -> Iterator[Frame]:
            for frame in run(query, context):
                if frame.rows + rows.total() > ROWS_MAX:
                    raise Interrupted("timeout", "The query gives too many rows.")
                columns = [frame.columns[name].to_list() for name in query.columns]
                rows.update(tuple(map(_comparable, row)) for row in zip(*columns, strict=True))
                if not columns:
                    rows[()] += frame.rows
                yield frame

        for _ in render(query.columns, counted(), context):
            pass
        return rows

    def _state(self) -> Counter[Any]:
        return self._drain(self._look, _View(self.version), {}, WAYS[0])


def _comparable(value: Any) -> Any:
    """A value as one that equals only the same value; lists without their order."""
    if isinstance(value, list | tuple):
        # What a repr is made of is never a repr itself, which doubles its backslashes.
        return ("list", *sorted(map(_comparable, value), key=repr))
    if isinstance(value, dict):
        return ("map", *((key, _comparable(value[key])) for key in sorted(value)))
    if isinstance(value, float) and math.isfinite(value):
        # Sums may be taken in any order.
        return (float, f"{value:.9g}")
    return (type(value), repr(value))


def _difference(text: str, first: Outcome, other: Outcome) -> str | None:
    if "Interrupted" in (first.error, other.error) or "Exhausted" in (first.error, other.error):
        return None
    if (first.rows is None) != (other.rows is None):
        if _LAZY.search(text):
            return None
        return f"{first.error or 'rows'} before, {other.error or 'rows'} here"
    if first.error != other.error and not _LAZY.search(text):
        return f"{first.error} before, {other.error} here"
    if first.rows is not None and first.rows != other.rows and not _FREE.search(text):
        return f"other rows: {str(first.rows)[:300]} before, {str(other.rows)[:300]} here"
    return None


def _message_fault(error: SeaglassError) -> str | None:
    message = error.message
    if not message or len(message) > 3_000:
        return f"a message of {len(message)} characters"
    try:
        message.encode()
    except UnicodeEncodeError:
        return f"the message is no Unicode: {message!r}"
    return None

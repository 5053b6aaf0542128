"""A small laboratory: a graph, a context, and short names for expressions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from seaglass.base.clock import ManualClock
from seaglass.base.errors import SeaglassError
from seaglass.base.rng import SeededRng
from seaglass.engine.cypher.compile import compile as compile_once
from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.syntax.position import Position
from seaglass.engine.exec.context import Context, Options
from seaglass.engine.exec.expressions.evaluate import evaluate
from seaglass.engine.exec.json import render
from seaglass.engine.exec.run import run
from seaglass.engine.graph import version as versions
from seaglass.engine.graph.apply import apply
from seaglass.engine.kernels.stopping import new_flag
from seaglass.engine.values import column as cols
from seaglass.engine.values.frame import Frame
from seaglass.engine.values.order import order_key

if TYPE_CHECKING:
    from seaglass.engine.graph.delta import Change
    from seaglass.engine.graph.version import GraphVersion

AT = Position(1, 1, 0)
compile_query = cache(compile_once)
DEFAULT = Options()


class WorkingView:
    """A view that applies changes at once."""

    def __init__(self, version: GraphVersion | None = None) -> None:
        self.version = versions.empty() if version is None else version
        self.changes: list[Change] = []

    def apply(self, change: Change) -> None:
        self.version = apply(self.version, change)
        self.changes.append(change)


class Never:
    """An interrupt that counts how often it was asked and never ends a query."""

    def __init__(self) -> None:
        self.checks = 0
        self.flag = new_flag()

    def check(self) -> None:
        self.checks += 1


def context_of(
    view: WorkingView | None = None, parameters: dict | None = None, options: Options = DEFAULT
) -> Context:
    return Context(
        parameters=parameters or {},
        view=view or WorkingView(),
        interrupt=Never(),
        clock=ManualClock(),
        rng=SeededRng(1),
        options=options,
    )


def lit(value: object) -> ex.Literal:
    return ex.Literal(value, AT)


def var(name: str) -> ex.Variable:
    return ex.Variable(name, AT)


def binary(operator: str, left: ex.Expression, right: ex.Expression) -> ex.Binary:
    return ex.Binary(ex.BinaryOperator(operator), left, right, AT)


def call(name: str, *arguments: ex.Expression) -> ex.FunctionCall:
    return ex.FunctionCall(name, arguments, AT)


def outcome(expression: ex.Expression, mixed: bool, **columns: list[object]) -> object:
    """Values with their types as they can be compared (NaN, -0.0), or the error's kind and message."""
    rows = len(next(iter(columns.values()))) if columns else 1
    make = cols.mixed if mixed else cols.from_values
    frame = Frame({name: make(values) for name, values in columns.items()}, rows)
    context = context_of(options=Options(force_mixed=mixed))
    try:
        values = evaluate(expression, frame, context).to_list()
    except SeaglassError as error:
        return error.kind, error.message
    return [(type(value), repr(value), order_key(value)) for value in values]


def value_of(expression: ex.Expression, **columns: list[object]) -> object:
    """The value of the first row, the same on both paths."""
    assert outcome(expression, False, **columns) == outcome(expression, True, **columns)
    rows = len(next(iter(columns.values()))) if columns else 1
    frame = Frame({name: cols.from_values(values) for name, values in columns.items()}, rows)
    return evaluate(expression, frame, context_of()).value(0)


@dataclass
class Ran:
    """What a query gave: rows of values, the JSON text, the view after it, the frames' lengths."""

    rows: list[tuple[object, ...]]
    json: str
    view: WorkingView
    lengths: list[int]


def ran(
    text: str,
    view: WorkingView | None = None,
    options: Options = DEFAULT,
    **parameters: object,
) -> Ran:
    """Runs a query text; the view keeps its changes."""
    query = compile_query(text)
    working = view or WorkingView()
    context = context_of(working, parameters, options)
    frames = list(run(query, context))
    rows: list[tuple[object, ...]] = []
    for frame in frames:
        columns = [frame.columns[name].to_list() for name in query.columns]
        rows.extend(zip(*columns, strict=True))
    text = b"".join(render(query.columns, frames, context)).decode()
    return Ran(rows, text, working, [frame.rows for frame in frames])


def text_view(*texts: str) -> WorkingView:
    """A graph made by queries; each call gives a view of its own."""
    return WorkingView(_version_of(texts))


@cache
def _version_of(texts: tuple[str, ...]) -> GraphVersion:
    view = WorkingView()
    for text in texts:
        ran(text, view)
    return view.version

"""Explains a query: its plan, and what a run of it did, in the layout of Neptune's explain.

Above: `live_graph`. Below: `box`, `probe`, `cypher/logical`. One row of the table is one generator
of `run`, the first to run first, under the name of the Neptune operator that does the same; what
writes has no such name and goes by its own. Operators that `run` does in one are one row here, by
the same conditions. A plan inside an operator is a table of its own, `subQuery1` and so on.

    mode      columns
    STATIC    ID, Out #1, Out #2, Name, Arguments, Mode
    DETAILS   these and Units In, Units Out, Ratio, Time (ms); a last row with the sum of the times
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING

from seaglass.base.limits import EXPLAIN_ARGUMENT_LINES, EXPLAIN_LINE_CHARS
from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan, text
from seaglass.engine.cypher.logical.operators import expressions_of
from seaglass.engine.cypher.logical.walk import children
from seaglass.engine.exec.box import draw
from seaglass.engine.exec.operators.count_edges import counting
from seaglass.engine.exec.operators.lookup import looks_up
from seaglass.engine.exec.probe import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seaglass.engine.exec.probe import Probe

_TITLES = ("ID", "Out #1", "Out #2", "Name", "Arguments", "Mode")
_RUN_TITLES = ("Units In", "Units Out", "Ratio", "Time (ms)")
_CUT = "..."


@dataclass(frozen=True, slots=True)
class _Step:
    """One row: the operator whose tally it shows (None: the end of the query), its Neptune name,
    its arguments, and the plans that run inside it.
    """

    operator: plan.Operator | None
    name: str
    arguments: tuple[str, ...]
    inner: tuple[plan.Operator, ...] = ()


def explain(query_text: str, query: plan.Query, probe: Probe | None, rules: Sequence[str]) -> str:
    """The explanation of a query as text.

    Args:
        probe: of a run that has ended; None to show the plan alone
        rules: those that changed the plan, told below the tables
    """
    steps = _steps(query.root)
    if not isinstance(query.root, plan.Discard):
        columns = ", ".join(map(text.name, query.columns))
        steps.append(_Step(None, "DFESerialize", (f"columnsToSerialize=[{columns}]",)))
        steps.append(_Step(None, "DFEDrain", ()))
    parts = [f"Query:\n{query_text}\n", _Table(probe, first_inner=1).draw(steps)]
    # Tables inside come after the one that names them, each numbered when it is named.
    inner = [root for step in steps for root in step.inner]
    for number, root in enumerate(inner, 1):
        below = _steps(root)
        table = _Table(probe, first_inner=len(inner) + 1)
        inner.extend([root for step in below for root in step.inner])
        parts.append(f"subQuery{number}\n" + table.draw(below))
    parts.append(f"Rules that changed the plan: {', '.join(rules) or 'none'}\n")
    return "\n".join(parts)


class _Table:
    """Rows in the making, with what flows from one to the next."""

    def __init__(self, probe: Probe | None, *, first_inner: int) -> None:
        self._probe = probe
        self._inner = first_inner
        self._seconds = 0.0

    def draw(self, steps: Sequence[_Step]) -> str:
        rows = []
        units = 0
        for number, step in enumerate(steps):
            after = "-" if number + 1 == len(steps) else str(number + 1)
            arguments = list(step.arguments)
            for _ in step.inner:
                arguments.append(f"subQuery=subQuery{self._inner}")
                self._inner += 1
            row = [[str(number)], [after], ["-"], [step.name], _lines(arguments), ["-"]]
            if self._probe is not None:
                tally = _tally(step, units, self._probe)
                self._seconds += tally.seconds
                row += [[cell] for cell in _run_cells(units, tally)]
                units = tally.rows
            rows.append(row)
        if self._probe is None:
            return draw(_TITLES, rows)
        sums = ["", "", "", "Summed execution time", "", "", "", "", "", _ms(self._seconds)]
        return draw(_TITLES + _RUN_TITLES, [*rows, [[cell] for cell in sums]])


def _tally(step: _Step, units: int, probe: Probe) -> Tally:
    """What the row shows; its time includes that of the plans inside it."""
    if step.name == "DFESerialize":
        return Tally(units, probe.serialized.seconds)
    if step.operator is None:
        return Tally()
    own = probe.tally(step.operator)
    inner = [part for root in step.inner for part in _steps(root)]
    return Tally(own.rows, own.seconds + sum(_tally(part, 0, probe).seconds for part in inner))


def _run_cells(units: int, tally: Tally) -> tuple[str, ...]:
    ratio = tally.rows / units if units else 0.0
    return str(units), str(tally.rows), f"{ratio:.2f}", _ms(tally.seconds)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f}"


def _steps(root: plan.Operator) -> list[_Step]:
    """The rows of a plan, the first to run first."""
    steps: list[_Step] = []
    op: plan.Operator | None = root
    while op is not None:
        below = None if isinstance(op, plan.Unit | plan.Argument) else op.input
        match op:
            case plan.Aggregate(input=plan.Expand() as counted) if counting(op):
                steps.append(_step(op))
                arguments = (f"pattern={text.arguments(counted)}",)
                steps.append(_Step(counted, "DFEPipelineRangeCount", arguments))
                below = counted.input
            case plan.Filter(input=plan.NodeScan() as scan) if looks_up(op, scan):
                steps.append(_Step(op, "DFEPipelineScan", (*_scan(scan), _filter(op))))
                below = scan.input
            case _:
                steps.append(_step(op))
        steps[-1] = _with_subqueries(steps[-1])
        op = below
    return steps[::-1]


def _with_subqueries(step: _Step) -> _Step:
    """The row with the plans in its expressions, after those of the operator."""
    found: list[plan.Operator] = []
    waiting = [] if step.operator is None else list(expressions_of(step.operator))
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, ex.Subquery):
            found.append(part.inner)
        waiting.extend(children(part))
    return dataclasses.replace(step, inner=(*step.inner, *found)) if found else step


def _step(op: plan.Operator) -> _Step:
    """The row of an operator that runs by itself."""
    match op:
        case plan.Unit():
            return _Step(op, "SolutionInjection", ("solutions=[{}]",))
        case plan.Argument():
            return _Step(op, "SolutionInjection", (f"outSchema=[{text.arguments(op)}]",))
        case plan.NodeScan():
            return _Step(op, "DFEPipelineScan", _scan(op))
        case plan.NodeSeek():
            return _Step(op, "DFEPipelineScan", _seek(op))
        case plan.Expand(sought=sought) if sought:
            pattern = text.arguments(dataclasses.replace(op, sought=()))
            return _Step(op, "DFEPipelineJoin", (f"pattern={pattern}", _index(sought)))
        case plan.Expand() | plan.Intersect() | plan.ExpandMany():
            return _Step(op, "DFEPipelineJoin", (f"pattern={text.arguments(op)}",))
        case plan.Optional():
            return _Step(op, "DFEOptionalJoin", (), (op.inner,))
        case plan.Apply():
            return _Step(op, "DFEChunkLocalSubQuery", (), (op.inner,))
        case plan.Union():
            return _Step(op, "DFEUnion", (f"columns=[{text.arguments(op)}]",), op.branches)
        case plan.Filter():
            return _Step(op, "DFESelectRows", (_filter(op),))
        case plan.Unwind():
            return _Step(op, "DFEUnfold", (f"unfold={text.arguments(op)}",))
        case plan.ProcedureCall():
            return _Step(op, "ProcedureCall", (f"call={text.arguments(op)}",))
        case plan.Project():
            return _Step(op, "DFEProject", (f"columns=[{text.arguments(op)}]",))
        case plan.Aggregate():
            return _aggregate(op)
        case plan.CountPaths() | plan.CountTypes():
            return _Step(op, "DFEPipelineRangeCount", (f"pattern={text.arguments(op)}",))
        case plan.Distinct():
            return _Step(op, "DFEDistinctRelation", (f"columns=[{text.arguments(op)}]",))
        case plan.Sort():
            return _Step(op, "DFESort", (f"orderBy=[{text.arguments(op)}]",))
        case plan.Top():
            keys = text.arguments(plan.Sort(op.input, op.keys))
            limit = f"limit={text.top_count(op)}"
            return _Step(op, "DFESort", (f"orderBy=[{keys}]", limit))
        case plan.Skip():
            return _Step(op, "DFESelectRows", (f"skip={text.arguments(op)}",))
        case plan.Limit():
            return _Step(op, "DFESelectRows", (f"limit={text.arguments(op)}",))
        case plan.Discard():
            return _Step(op, "DFEDrain", ())
        case _:
            return _write(op)


def _write(op: plan.Create | plan.Set | plan.Delete | plan.Merge) -> _Step:
    match op:
        case plan.Create():
            return _Step(op, "Create", (f"pattern={text.arguments(op)}",))
        case plan.Set():
            return _Step(op, "Set", (f"items=[{text.arguments(op)}]",))
        case plan.Delete():
            entities = ", ".join(map(text.expression, op.expressions))
            detach = ("detach=true",) if op.detach else ()
            return _Step(op, "Delete", (f"entities=[{entities}]", *detach))
        case plan.Merge():
            whole = text.arguments(plan.Create(op.input, op.create_nodes, op.create_edges))
            arguments = [f"pattern={whole}"]
            for title, items in (("onCreate", op.on_create), ("onMatch", op.on_match)):
                if items:
                    arguments.append(f"{title}=[{text.arguments(plan.Set(op.input, items))}]")
            return _Step(op, "Merge", tuple(arguments), (op.match,))


def _aggregate(op: plan.Aggregate) -> _Step:
    whole = text.arguments(plan.Aggregate(op.input, (), op.aggregates))
    if not op.keys:
        return _Step(op, "DFEReduce", (f"aggregates=[{whole}]",))
    keys = text.arguments(plan.Project(op.input, op.keys))
    return _Step(op, "DFEGroupByHashIndex", (f"groupBy=[{keys}]", f"aggregates=[{whole}]"))


def _scan(op: plan.NodeScan) -> tuple[str, ...]:
    pattern = f"pattern={text.arguments(plan.NodeScan(op.input, op.variable, op.labels))}"
    if not op.sought:
        return (pattern,)
    return pattern, _index(op.sought)


def _index(sought: tuple[plan.Sought, ...]) -> str:
    return f"valueIndex=[{', '.join(map(text.condition, sought))}]"


def _seek(op: plan.NodeSeek) -> tuple[str, ...]:
    word = "IN" if op.many else "="
    wanted = f"{text.name(op.variable)}.`~id` {word} {text.expression(op.id)}"
    scan = plan.NodeScan(op.input, op.variable, op.labels)
    return (*_scan(scan), f"inlineFilters=[{wanted}]")


def _filter(op: plan.Filter) -> str:
    return f"inlineFilters=[{text.arguments(op)}]"


def _lines(arguments: Iterable[str]) -> list[str]:
    """Arguments as the lines of a cell: each is broken to a width, and cut where it is too long."""
    lines: list[str] = []
    most = EXPLAIN_LINE_CHARS * EXPLAIN_ARGUMENT_LINES
    for argument in arguments:
        shown = argument[: most + 1]
        if not shown.isprintable():
            shown = "".join([c if c.isprintable() else ascii(c)[1:-1] for c in shown])
        broken = wrap(shown, EXPLAIN_LINE_CHARS, break_on_hyphens=False)
        if len(argument) > most or len(broken) > EXPLAIN_ARGUMENT_LINES:
            broken = broken[:EXPLAIN_ARGUMENT_LINES]
            broken[-1] = broken[-1][: EXPLAIN_LINE_CHARS - len(_CUT)] + _CUT
        lines += broken
    return lines or ["-"]

"""List comprehension, quantifiers, reduce() and map projection.

Above: `evaluate`, which hands itself in. Below: `boolean`, `entities`, `values`.
The lists of all rows are laid out as one frame, a row for each element: the columns that the inner
expression reads, repeated, and the local variable. The inner expression is evaluated on it as on any
frame, in parts of at most `frame_rows` rows, and what it gives is folded back by row. reduce() goes
by position: at each step, one row for every list that is long enough; or, where a step is one
operation and the lists are few or lists are joined, element by element.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical.walk import contains_volatile, variables
from seaglass.engine.cypher.semantics.functions import VOLATILE
from seaglass.engine.exec.expressions import boolean, entities, growing
from seaglass.engine.exec.expressions.arithmetic import ARITHMETIC, calculate
from seaglass.engine.exec.expressions.values import rows_of, stretch, values_of, wrong_type
from seaglass.engine.exec.holding import column_bytes
from seaglass.engine.values import column as cols
from seaglass.engine.values.frame import Frame
from seaglass.engine.values.lists import Lists, listed, lists_of
from seaglass.engine.values.maps import maps_of
from seaglass.engine.values.types import Kind

# With fewer lists than this, a frame for each position costs more than a step of Python for each
# element.
_ROWS_OF_A_STEP = 40

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.types import Value


class Evaluate(Protocol):
    """`evaluate` or `operand` of the module of that name."""

    def __call__(self, expression: ex.Expression, frame: Frame, context: Context) -> Column: ...


@dataclass(frozen=True, slots=True)
class _Lists:
    """The lists of an expression's rows.

    Args:
        outer: the columns that the inner expressions read, as many rows as there are lists
        found: the list of each row
    """

    outer: Frame
    found: Lists

    @property
    def null(self) -> NDArray[np.bool_]:
        """bool[rows], where the list is null."""
        return self.found.is_null()

    @property
    def lengths(self) -> NDArray[np.int64]:
        return self.found.counts


def comprehension(
    node: ex.Comprehension, frame: Frame, context: Context, evaluate: Evaluate
) -> Column:
    """`[local IN list WHERE predicate | result]`; null for null.

    Raises: Invalid(illegal_argument) for something that is no list, and what the inner expressions
        raise
    """
    lists = _lists(node, frame, context, evaluate)
    counts = np.zeros(len(lists.found), np.int64)
    found: list[Column] = []
    with context.holding() as held:
        for part, rows in _elements(lists, node.local, context):
            kept, kept_rows = part, rows
            if node.predicate is not None:
                keep = _truth(node.predicate, part, context, evaluate)[0]
                kept, kept_rows = part.where(keep), rows[keep]
            if not kept.rows:
                continue
            counts += np.bincount(kept_rows, minlength=len(counts))
            result = kept.columns[node.local]
            if node.result is not None:
                result = evaluate(node.result, kept, context)
            held.add(column_bytes(result))
            found.append(result)
        items = cols.concat(found, context.interrupt.check) if found else cols.nulls(0)
    return listed(counts, items, ~lists.null)


def quantifier(node: ex.Quantifier, frame: Frame, context: Context, evaluate: Evaluate) -> Column:
    """`all(local IN list WHERE predicate)` and its kin, with three truth values; null for null."""
    lists = _lists(node, frame, context, evaluate)
    count = len(lists.found)
    trues, falses = np.zeros(count, np.int64), np.zeros(count, np.int64)
    for part, rows in _elements(lists, node.local, context):
        true, false = _truth(node.predicate, part, context, evaluate)
        trues += np.bincount(rows[true], minlength=count)
        falses += np.bincount(rows[false], minlength=count)
    certain = trues + falses == lists.lengths
    match node.quantifier:
        case ex.QuantifierName.ALL:
            yes, no = certain & (falses == 0), falses > 0
        case ex.QuantifierName.ANY:
            yes, no = trues > 0, certain & (trues == 0)
        case ex.QuantifierName.NONE:
            yes, no = certain & (trues == 0), trues > 0
        case ex.QuantifierName.SINGLE:
            yes, no = certain & (trues == 1), (trues > 1) | (certain & (trues == 0))
    return boolean.from_truth(yes & ~lists.null, no & ~lists.null)


def reduce(node: ex.Reduce, frame: Frame, context: Context, evaluate: Evaluate) -> Column:
    """`reduce(accumulator = start, local IN list | step)`; null for null."""
    lists = _lists(node, frame, context, evaluate)
    term = _term(node)
    lengths = lists.lengths
    start = stretch(evaluate(node.start, lists.outer, context), lists.outer.rows)
    few = lengths.sum() < _ROWS_OF_A_STEP * lengths.max(initial=0)
    if term is not None and (few or start.kind is Kind.MIXED):
        return _folded((node, term), start, lists, (context, evaluate))
    waiting = np.flatnonzero(~lists.null)
    state = start.take(waiting)
    outer = lists.outer.take(waiting)
    done_rows: list[NDArray[np.int64]] = [np.flatnonzero(lists.null)]
    done: list[Column] = [cols.nulls(len(done_rows[0]))]
    position = 0
    while len(waiting):
        more = lengths[waiting] > position
        if not more.all():
            done_rows.append(waiting[~more])
            done.append(state.take(np.flatnonzero(~more)))
            kept = np.flatnonzero(more)
            waiting, state, outer = waiting[kept], state.take(kept), outer.take(kept)
            if not len(waiting):
                break
        context.interrupt.check()
        items = lists.found.element(waiting, position)
        at_hand = outer.with_columns({node.accumulator: state, node.local: items})
        state = evaluate(node.step, at_hand, context)
        context.require(column_bytes(state))
        position += 1
    # One long text alone is not copied.
    parts = [part for part in done if len(part)] or done[:1]
    return cols.concat(parts).take(np.argsort(np.concatenate(done_rows)))


def _term(node: ex.Reduce) -> ex.Expression | None:
    """What a step adds to the accumulator (or multiplies it by, ...), if that is all that it does
    and the accumulator takes no part in it.
    """
    match node.step:
        case ex.Binary(operator=operator, left=left, right=right) if operator in ARITHMETIC:
            for own, other in ((left, right), (right, left)):
                is_own = isinstance(own, ex.Variable) and own.name == node.accumulator
                if is_own and node.accumulator not in variables(other):
                    return other
    return None


def _folded(
    sought: tuple[ex.Reduce, ex.Expression],
    start: Column,
    lists: _Lists,
    run: tuple[Context, Evaluate],
) -> Column:
    """reduce() whose terms are known before the accumulator is: all at once, then one by one."""
    (node, term), (context, evaluate) = sought, run
    step = cast("ex.Binary", node.step)
    term_left = step.left is term
    joins = step.operator is ex.BinaryOperator.ADD
    states: list[Any] = start.to_list()
    with context.holding() as held:
        for part, rows in _elements(lists, node.local, context):
            terms = evaluate(term, part, context).to_list()
            for row, value in zip(rows.tolist(), terms, strict=True):
                context.interrupt.check()
                state = states[row]
                before = _length_bytes(state)
                if joins and isinstance(state, str | list | growing.Grown):
                    grown = state if isinstance(state, growing.Grown) else growing.Grown(state)
                    if grown.join(value, before=term_left):
                        grown.check(step.at)
                        states[row] = grown
                        held.add(grown.length_bytes - before)
                        continue
                    state = grown.value()
                one, two = (value, state) if term_left else (state, value)
                state = growing.checked(calculate(step.operator, one, two, step.at), step.at)
                states[row] = state
                held.add(_length_bytes(state) - before)
    for row in np.flatnonzero(lists.null).tolist():
        states[row] = None
    whole = [state.value() if isinstance(state, growing.Grown) else state for state in states]
    return cols.from_values(whole)


def _length_bytes(value: Value | growing.Grown) -> int:
    """What the length of a text or list adds to what it takes."""
    if isinstance(value, growing.Grown):
        return value.length_bytes
    if isinstance(value, str):
        return len(value)
    return 8 * len(value) if isinstance(value, list) else 0


def map_projection(
    node: ex.MapProjection, frame: Frame, context: Context, operand: Evaluate
) -> Column:
    """`subject {.*, key: value}`; null for null."""
    subject = operand(node.subject, frame, context)
    what = "A map projection"
    bases = entities.maps_of(context, subject, what, node.at) if node.whole else subject
    items = [operand(item, frame, context) for _, item in node.items]
    rows = rows_of(bases, *items)
    keys = [key for key, _ in node.items]
    packed = None
    if not node.whole and len(bases) == rows:
        packed = maps_of(keys, [stretch(item, rows) for item in items])
    if packed is not None:
        return packed if bases.valid is None else cols.masked(packed, bases.valid)
    columns = [values_of(item, rows) for item in items]
    values = zip(*columns, strict=True) if columns else iter([()] * rows)

    def projected() -> Iterator[Value]:
        for base, row in zip(values_of(bases, rows), values, strict=True):
            if base is None:
                yield None
            else:
                whole = cast("dict[str, Value]", base) if node.whole else {}
                yield {**whole, **dict(zip(keys, row, strict=True))}

    return cols.mixed(growing.made(projected(), context))


def _lists(
    node: ex.Comprehension | ex.Quantifier | ex.Reduce,
    frame: Frame,
    context: Context,
    evaluate: Evaluate,
) -> _Lists:
    """The lists, and the columns that the expression reads; where it reads none, one list for the
    whole frame.
    """
    needed = variables(node) & frame.columns.keys()
    outer = Frame({name: frame.columns[name] for name in needed}, frame.rows)
    if not needed and not contains_volatile(node, VOLATILE):
        outer = Frame({}, 1)
    column = evaluate(node.list, outer, context)
    found = lists_of(column)
    if found is None:
        values = column.to_list()
        wrong = next(value for value in values if value is not None and not isinstance(value, list))
        raise wrong_type(_name(node), "a list", wrong, node.at)
    return _Lists(outer, found)


def _name(node: ex.Comprehension | ex.Quantifier | ex.Reduce) -> str:
    match node:
        case ex.Comprehension():
            return "A list comprehension"
        case ex.Quantifier(quantifier=name):
            return f"{name}()"
        case ex.Reduce():
            return "reduce()"


def _elements(
    lists: _Lists, local: str, context: Context
) -> Iterator[tuple[Frame, NDArray[np.int64]]]:
    """Frames with a row for each element, and the row of the list that each belongs to."""
    total, most = lists.found.total, context.options.frame_rows
    for start in range(0, total, most):
        context.interrupt.check()
        rows, values = lists.found.elements(start, min(start + most, total))
        part = lists.outer.take(rows) if lists.outer.columns else Frame({}, len(rows))
        yield part.with_columns({local: values}), rows


def _truth(
    predicate: ex.Expression, frame: Frame, context: Context, evaluate: Evaluate
) -> boolean.Truth:
    return boolean.truth_of(evaluate(predicate, frame, context), "WHERE", predicate.at)

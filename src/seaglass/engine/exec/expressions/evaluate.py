"""Evaluates an expression on a frame: the contents page of expressions.

Above: `operators/`. Below: the families (`arithmetic`, `comparison`, ...), `values`.
An expression that uses no column gives an operand of one row (see `values`), so that constants are
never repeated for the families; `evaluate` gives operators a column of the frame's length. AND, OR,
CASE and coalesce() evaluate what comes later only for the rows that still need it, so
`x <> 0 AND 1 / x > 2` never divides by zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical.walk import variables
from seaglass.engine.exec import neptune
from seaglass.engine.exec.expressions import boolean, comprehensions, entities, lists
from seaglass.engine.exec.expressions.arithmetic import ARITHMETIC, arithmetic, negate, plus
from seaglass.engine.exec.expressions.comparison import comparison
from seaglass.engine.exec.expressions.functions import Call, call_function
from seaglass.engine.exec.expressions.growing import added, made
from seaglass.engine.exec.expressions.list_columns import item_column, literal_column, slice_column
from seaglass.engine.exec.expressions.membership import member
from seaglass.engine.exec.expressions.paths import path_of
from seaglass.engine.exec.expressions.regex import regex
from seaglass.engine.exec.expressions.shortest import Ask, shortest_paths
from seaglass.engine.exec.expressions.subquery import subquery
from seaglass.engine.exec.expressions.text import text_predicate
from seaglass.engine.exec.expressions.text_parts import in_parts, in_rows
from seaglass.engine.exec.expressions.values import rows_of, stretch, values_of, wrong_type
from seaglass.engine.values import column as cols
from seaglass.engine.values.coded import Coded
from seaglass.engine.values.frame import UNIT, Frame
from seaglass.engine.values.maps import maps_of
from seaglass.engine.values.types import Edge, Kind, Node

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.types import Value

    Pair = tuple[Column, Column]

Op = ex.BinaryOperator
_TEXT = (Op.STARTS_WITH, Op.ENDS_WITH, Op.CONTAINS)
_LOGIC = (Op.AND, Op.OR, Op.XOR)
# Kernels go through texts so many times as fast as the slowest functions.
_SEARCHED_TIMES = 16


def evaluate(expression: ex.Expression, frame: Frame, context: Context) -> Column:
    """The expression's value for every row of the frame.

    Raises: Invalid(illegal_argument) on values that an operation does not take
    """
    column = operand(expression, frame, context)
    if frame.rows == 1:
        return column
    return stretch(column, frame.rows)


def holds(predicate: ex.Expression, frame: Frame, context: Context) -> NDArray[np.bool_]:
    """bool[rows]: where the predicate is true (neither false nor null)."""
    return _truth(predicate, frame, context)[0]


def operand(expression: ex.Expression, frame: Frame, context: Context) -> Column:
    """The expression's value as an operand: of one row where it uses no column."""
    column = _BY_TYPE[type(expression)](expression, frame, context)
    if context.options.force_mixed and (
        column.kind is not Kind.MIXED or isinstance(column, cols.Packed)
    ):
        return cols.mixed(column.to_list())
    return column


def constant(expression: ex.Expression, context: Context) -> Value:
    """The value of an expression that uses no column."""
    return operand(expression, UNIT, context).value(0)


def _literal(expression: ex.Literal, _: Frame, __: Context) -> Column:
    return cols.one(expression.value)


def _parameter(expression: ex.Parameter, _: Frame, context: Context) -> Column:
    return context.parameter(expression.name, expression.at)


def _variable(expression: ex.Variable, frame: Frame, _: Context) -> Column:
    return frame.columns[expression.name]


def _property(expression: ex.Property, frame: Frame, context: Context) -> Column:
    options = context.options
    variable = expression.subject
    if type(variable) is ex.Variable and not options.force_mixed:
        # What nearly every property is of.
        subject = frame.columns[variable.name]
    else:
        subject = operand(variable, frame, context)
    if options.neptune:
        neptune.check_parts(expression, subject)
    return entities.property_of(context, subject, expression.key, expression.at)


def _has_labels(expression: ex.HasLabels, frame: Frame, context: Context) -> Column:
    subject = operand(expression.subject, frame, context)
    return entities.has_labels(context, subject, expression.labels, expression.at)


def _list(expression: ex.ListLiteral, frame: Frame, context: Context) -> Column:
    if all(type(item) is ex.Literal for item in expression.items):
        # There may be many thousands, as in `n.x IN ['a', 'b', ...]`.
        return cols.one([item.value for item in expression.items])  # type: ignore[union-attr]
    items = [operand(item, frame, context) for item in expression.items]
    rows = rows_of(*items)
    whole = literal_column(items, rows)
    if whole is not None:
        return whole
    parts = [values_of(item, rows) for item in items]
    return cols.mixed(made(map(list, zip(*parts, strict=True)), context))


def _map(expression: ex.MapLiteral, frame: Frame, context: Context) -> Column:
    keys = [key for key, _ in expression.items]
    items = [operand(item, frame, context) for _, item in expression.items]
    rows = rows_of(*items)
    if not items:
        return cols.mixed([{}])
    whole = maps_of(keys, [stretch(item, rows) for item in items])
    if whole is not None:
        return whole
    parts = [values_of(item, rows) for item in items]
    maps = (dict(zip(keys, values, strict=True)) for values in zip(*parts, strict=True))
    return cols.mixed(made(maps, context))


def _path(expression: ex.PathValue, frame: Frame, context: Context) -> Column:
    return path_of([operand(part, frame, context) for part in expression.parts], context)


def _shortest(expression: ex.ShortestPaths, frame: Frame, context: Context) -> Column:
    source = operand(expression.source, frame, context)
    target = operand(expression.target, frame, context)
    wanted = [(key, operand(item, frame, context)) for key, item in expression.steps.properties]
    ask = Ask(source, target, wanted, frame)
    return shortest_paths(expression, ask, context, evaluate)


def _index(expression: ex.Index, frame: Frame, context: Context) -> Column:
    subject = operand(expression.subject, frame, context)
    index = operand(expression.index, frame, context)
    if context.options.neptune:
        neptune.check_indexed(expression, subject)
    rows = rows_of(subject, index)
    if len(index) == 1 and subject.kind in (Kind.NODE, Kind.EDGE) and not index.is_null().any():
        key = entities.check_key(index.value(0), expression.at)
        return entities.property_of(context, subject, key, expression.at)
    if isinstance(subject, Coded) and len(index) == 1:
        wanted = index.value(0)
        return subject.mapped(
            lambda table: cols.from_values(
                [_item(value, wanted, expression, context) for value in table.to_list()]
            )
        )
    items = item_column(subject, index)
    if items is not None:
        return items
    pairs = zip(values_of(subject, rows), values_of(index, rows), strict=True)
    return cols.from_values(
        made((_item(one, two, expression, context) for one, two in pairs), context)
    )


def _item(subject: Value, index: Value, expression: ex.Index, context: Context) -> Value:
    if subject is None or index is None:
        return None
    if isinstance(subject, list):
        return lists.item(subject, index, expression.at)
    if isinstance(subject, dict | Node | Edge):
        key = entities.check_key(index, expression.at)
        one = cols.from_values([subject])
        return entities.property_of(context, one, key, expression.at).value(0)
    raise wrong_type("[]", "a list, map, node or relationship", subject, expression.at)


def _slice(expression: ex.Slice, frame: Frame, context: Context) -> Column:
    subject = operand(expression.subject, frame, context)
    ends = [
        cols.from_values([default]) if end is None else operand(end, frame, context)
        for end, default in ((expression.start, 0), (expression.stop, 2**62))
    ]
    parts_of_lists = slice_column(subject, *ends)
    if parts_of_lists is not None:
        return parts_of_lists
    rows = rows_of(subject, *ends)
    parts = (values_of(part, rows) for part in (subject, *ends))
    values = (lists.slice_of(expression.at, *some) for some in zip(*parts, strict=True))
    return cols.from_values(made(values, context))


def _unary(expression: ex.Unary, frame: Frame, context: Context) -> Column:
    value = operand(expression.operand, frame, context)
    match expression.operator:
        case ex.UnaryOperator.NOT:
            true, false = boolean.truth_of(value, "NOT", expression.at)
            return boolean.from_truth(false, true)
        case ex.UnaryOperator.MINUS:
            return negate(value, expression.at)
        case ex.UnaryOperator.PLUS:
            return plus(value, expression.at)


def _binary(expression: ex.Binary, frame: Frame, context: Context) -> Column:
    operator = expression.operator
    if operator in _LOGIC:
        return boolean.from_truth(*_logic(expression, frame, context))
    left = operand(expression.left, frame, context)
    right = operand(expression.right, frame, context)
    if operator in ARITHMETIC:
        if context.options.neptune:
            neptune.check_calculated(expression, left, right)
        if operator is Op.ADD:
            return added(left, right, expression.at, context)
        return _by_rows(
            lambda two: arithmetic(operator, *two, expression.at), (left, right), context
        )
    if operator in _TEXT:
        look = context.interrupt.check
        test = lambda two: text_predicate(operator, two[0], two[1], look)  # noqa: E731
        return in_parts(test, (left, right), context, _SEARCHED_TIMES)
    if operator is Op.MATCHES:
        return regex(left, right, expression.at, context.interrupt.check)
    if operator is Op.IN:
        return member(left, right, expression.at, context)
    if context.options.neptune:
        neptune.check_order(expression, left, right)
    check = context.interrupt.check
    return _by_rows(lambda two: comparison(operator, *two, check), (left, right), context)


def _by_rows(function: Callable[[Pair], Column], operands: Pair, context: Context) -> Column:
    """`function(operands)`, which takes a step of Python for each row where values are mixed."""
    if all(one.kind is not Kind.MIXED for one in operands):
        return function(operands)
    return in_rows(lambda some: function((some[0], some[1])), operands, context)


def _logic(expression: ex.Binary, frame: Frame, context: Context) -> boolean.Truth:
    left = _truth(expression.left, frame, context)
    if expression.operator is Op.XOR:
        return boolean.exclusive(left, _truth(expression.right, frame, context))
    settled = left[1] if expression.operator is Op.AND else left[0]
    combine = boolean.conjunction if expression.operator is Op.AND else boolean.disjunction
    if not settled.any():
        return combine(left, _truth(expression.right, frame, context))
    true, false = left[0].copy(), left[1].copy()
    rows = np.flatnonzero(~settled)
    if len(rows):
        right = _truth(expression.right, frame.take(rows), context)
        true[rows], false[rows] = combine((left[0][rows], left[1][rows]), right)
    return true, false


def _truth(expression: ex.Expression, frame: Frame, context: Context) -> boolean.Truth:
    """Truth of the expression for every row, without a column in between where it is logic
    itself."""
    if isinstance(expression, ex.Binary) and expression.operator in _LOGIC:
        return _logic(expression, frame, context)
    what = "A condition"
    return boolean.truth_of(evaluate(expression, frame, context), what, expression.at)


def _is_null(expression: ex.IsNull, frame: Frame, context: Context) -> Column:
    missing = operand(expression.operand, frame, context).is_null()
    return cols.bools(~missing if expression.negated else missing)


def _case(expression: ex.Case, frame: Frame, context: Context) -> Column:
    waiting = np.arange(frame.rows)
    rows: list[NDArray[np.int64]] = []
    parts: list[Column] = []
    for condition, result in expression.branches:
        rest = frame if len(waiting) == frame.rows else frame.take(waiting)
        chosen = holds(condition, rest, context)
        if chosen.any():
            rows.append(waiting[chosen])
            parts.append(evaluate(result, rest.where(chosen), context))
            waiting = waiting[~chosen]
        if not len(waiting):
            break
    if len(waiting):
        rows.append(waiting)
        if expression.otherwise is None:
            parts.append(cols.nulls(len(waiting)))
        else:
            parts.append(evaluate(expression.otherwise, frame.take(waiting), context))
    if not rows:
        return cols.nulls(frame.rows)
    places = np.empty(frame.rows, np.int64)
    places[np.concatenate(rows)] = np.arange(frame.rows)
    return cols.concat(parts).take(places)


def _coalesce(expression: ex.FunctionCall, frame: Frame, context: Context) -> Column:
    chosen = operand(expression.arguments[0], frame, context)
    for argument in expression.arguments[1:]:
        missing = chosen.is_null()
        if missing.all():
            # Also of a constant, which is one row for all.
            chosen = operand(argument, frame, context)
            continue
        rows = np.flatnonzero(missing)
        if not len(rows):
            break
        read = {name: frame.columns[name] for name in variables(argument) if name in frame.columns}
        rest = Frame(read, frame.rows).take(rows)
        places = np.arange(len(chosen))
        places[rows] = len(chosen) + np.arange(len(rows))
        chosen = cols.concat([chosen, evaluate(argument, rest, context)]).take(places)
    return chosen


# Functions that do not ask for all of their arguments in every row.
LAZY = {"coalesce": _coalesce}


def _function(expression: ex.FunctionCall, frame: Frame, context: Context) -> Column:
    lazy = LAZY.get(expression.name)
    if lazy is not None:
        return lazy(expression, frame, context)
    operands = tuple(operand(argument, frame, context) for argument in expression.arguments)
    return call_function(expression.name, Call(context, operands, frame.rows, expression.at))


def _comprehension(expression: ex.Comprehension, frame: Frame, context: Context) -> Column:
    return comprehensions.comprehension(expression, frame, context, evaluate)


def _quantifier(expression: ex.Quantifier, frame: Frame, context: Context) -> Column:
    return comprehensions.quantifier(expression, frame, context, evaluate)


def _reduce(expression: ex.Reduce, frame: Frame, context: Context) -> Column:
    return comprehensions.reduce(expression, frame, context, evaluate)


def _map_projection(expression: ex.MapProjection, frame: Frame, context: Context) -> Column:
    return comprehensions.map_projection(expression, frame, context, operand)


def _subquery(expression: ex.Subquery, frame: Frame, context: Context) -> Column:
    if not expression.arguments and not expression.volatile:
        return subquery(expression, {}, 1, context)
    arguments = {name: evaluate(value, frame, context) for name, value in expression.arguments}
    return subquery(expression, arguments, frame.rows, context)


def _aggregate(expression: ex.Aggregate, _: Frame, __: Context) -> Column:
    raise AssertionError(f"aggregate {expression.name} outside of an Aggregate operator")


_BY_TYPE: dict[type, Callable[..., Column]] = {
    ex.Literal: _literal,
    ex.Parameter: _parameter,
    ex.Variable: _variable,
    ex.Property: _property,
    ex.HasLabels: _has_labels,
    ex.ListLiteral: _list,
    ex.MapLiteral: _map,
    ex.PathValue: _path,
    ex.ShortestPaths: _shortest,
    ex.Index: _index,
    ex.Slice: _slice,
    ex.Unary: _unary,
    ex.Binary: _binary,
    ex.IsNull: _is_null,
    ex.Case: _case,
    ex.FunctionCall: _function,
    ex.Comprehension: _comprehension,
    ex.Quantifier: _quantifier,
    ex.Reduce: _reduce,
    ex.MapProjection: _map_projection,
    ex.Aggregate: _aggregate,
    ex.Subquery: _subquery,
}

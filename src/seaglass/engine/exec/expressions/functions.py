"""The scalar functions by name.

Above: `evaluate`. Below: the families.
VALUE_FUNCTIONS are functions of values: null for a null argument, else `function(at, *values)`.
COLUMN_FUNCTIONS see whole columns: they read the graph, draw chance, treat null in their own way, or
take so long for one value that they look for a cancel. Those that do not ask for all of their
arguments are in `evaluate`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seaglass.base.errors import Unsupported
from seaglass.engine.cypher.logical.expressions import BinaryOperator
from seaglass.engine.exec.expressions import (
    boolean,
    convert,
    entities,
    growing,
    lists,
    long_lists,
    numbers,
    paths,
    sorting,
    text,
    value_type,
)
from seaglass.engine.exec.expressions.comparison import comparison
from seaglass.engine.exec.expressions.list_columns import list_column, range_column, split_column
from seaglass.engine.exec.expressions.long_texts import has_long
from seaglass.engine.exec.expressions.temporal.functions import TEMPORAL_FUNCTIONS
from seaglass.engine.exec.expressions.text_columns import text_column
from seaglass.engine.exec.expressions.text_parts import in_parts, in_rows
from seaglass.engine.exec.expressions.values import only_value, place, rows_of, stretch, values_of
from seaglass.engine.values import column as cols
from seaglass.engine.values.coded import Coded
from seaglass.engine.values.column import Column
from seaglass.engine.values.lists import Lists
from seaglass.engine.values.packed import Times
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from seaglass.engine.cypher.syntax.position import Position
    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.types import Value


@dataclass(frozen=True, slots=True)
class Call:
    """A call to answer: operands as `values` says, `rows` of the frame."""

    context: Context
    operands: tuple[Column, ...]
    rows: int
    at: Position


VALUE_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "abs": numbers.absolute,
    "acos": numbers.acos,
    "asin": numbers.asin,
    "atan": numbers.atan,
    "atan2": numbers.atan2,
    "ceil": numbers.ceil,
    "char_length": text.length,
    "cos": numbers.cos,
    "cot": numbers.cot,
    "degrees": numbers.degrees,
    "exp": numbers.exponential,
    "floor": numbers.floor,
    "haversin": numbers.haversin,
    "head": lists.head,
    "isEmpty": lists.is_empty,
    "isNaN": numbers.is_nan,
    "join": text.join,
    "last": lists.last,
    "left": text.left,
    "length": paths.length,
    "log": numbers.log,
    "log10": numbers.log10,
    "lTrim": text.trim_left,
    "nodes": paths.nodes,
    "radians": numbers.radians,
    "range": lists.integers,
    "relationships": paths.relationships,
    "rels": paths.relationships,
    "removeKeyFromMap": lists.without_key,
    "replace": text.replace,
    "reverse": lists.reverse,
    "right": text.right,
    "round": numbers.round_half_up,
    "rTrim": text.trim_right,
    "sign": numbers.sign,
    "sin": numbers.sin,
    "size": lists.size,
    "split": text.split,
    "sqrt": numbers.sqrt,
    "substring": text.substring,
    "tail": lists.tail,
    "tan": numbers.tan,
    "textIndexOf": text.text_index_of,
    "toBoolean": convert.to_boolean,
    "toBooleanList": convert.each("toBooleanList", convert.to_boolean),
    "toBooleanOrNull": convert.or_null(convert.to_boolean),
    "toFloat": convert.to_float,
    "toFloatList": convert.each("toFloatList", convert.to_float),
    "toFloatOrNull": convert.or_null(convert.to_float),
    "toInteger": convert.to_integer,
    "toIntegerList": convert.each("toIntegerList", convert.to_integer),
    "toIntegerOrNull": convert.or_null(convert.to_integer),
    "toLower": text.to_lower,
    "toString": convert.to_string,
    "toStringList": convert.each("toStringList", convert.to_string),
    "toStringOrNull": convert.or_null(convert.to_string),
    "toUpper": text.to_upper,
    "trim": text.trim,
}


# Fewer rows go value by value.
_SMALL_ROWS = 16
# Types of values that cannot be large.
_SMALL = frozenset({type(None), bool, int, float})


def call_function(name: str, call: Call) -> Column:
    """The function's answer for every row.

    Raises: Invalid(illegal_argument) on values that it does not take; Unsupported for a name that
        is not here
    """
    whole = COLUMN_FUNCTIONS.get(name)
    if whole is not None:
        if call.operands and name in _BY_ROW:
            return in_rows(
                lambda operands: whole(replace(call, operands=operands)),
                call.operands,
                call.context,
            )
        return whole(call)
    function = VALUE_FUNCTIONS.get(name)
    if function is None:
        raise Unsupported(
            "unsupported_operation", f"The function {name}() is not supported yet{place(call.at)}."
        )
    if any(operand.kind is Kind.NULL for operand in call.operands):
        return cols.nulls(rows_of(*call.operands))
    if name in text.LOOKING and has_long(call.operands[0]):
        function = partial(function, check=call.context.interrupt.check)
    rows = rows_of(*call.operands)
    if rows == 1:
        long = range_column(call.operands, call.at) if name == "range" else None
        return _answers(name, function, call) if long is None else long
    if rows > _SMALL_ROWS and name == "split":
        split = split_column(call.operands, call.at, call.context)
        if split is not None:
            return split

    def answers(operands: tuple[Column, ...]) -> Column:
        return _answers(name, function, replace(call, operands=operands))

    return in_parts(answers, call.operands, call.context)


def _answers(name: str, function: Callable[..., Value], call: Call) -> Column:
    if len(call.operands) == 1:
        fast = TYPED.get((name, call.operands[0].kind))
        if fast is not None:
            return fast(call.operands[0])
    rows = rows_of(*call.operands)
    if rows > _SMALL_ROWS or isinstance(call.operands[0], Lists):
        whole_column = _of_columns(name, call)
        if whole_column is not None:
            return whole_column
    if rows > _SMALL_ROWS:
        return _many(function, call)
    if rows == 1:
        check = call.context.interrupt.check
        given = [only_value(operand, check) for operand in call.operands]
        answer = None if None in given else function(call.at, *given)
        if type(answer) in _SMALL:
            return cols.one(answer)
        return growing.made_column([answer], call.context)
    return _by_value(function, call, call.operands)


def _of_columns(name: str, call: Call) -> Column | None:
    texts = text_column(name, call.operands)
    return list_column(name, call.operands) if texts is None else texts


def _many(function: Callable[..., Value], call: Call) -> Column:
    """The answers for many rows; one for each distinct value, where these are numbered."""
    first = call.operands[0]
    if len(call.operands) == 1 and isinstance(first, Coded | Times):
        few = first if isinstance(first, Coded) else first.coded()
        if few is not None:
            return few.mapped(lambda table: _by_value(function, call, (table,)))
    return _by_value(function, call, call.operands)


def _by_value(function: Callable[..., Value], call: Call, operands: tuple[Column, ...]) -> Column:
    rows = rows_of(*operands)
    check = call.context.interrupt.check
    rows_of_values = zip(*(values_of(one, rows, check) for one in operands), strict=True)
    answers = (None if None in values else function(call.at, *values) for values in rows_of_values)
    return growing.made_column(answers, call.context)


def _long(function: Callable[..., Value]) -> Callable[[Call], Column]:
    """Of a function of values that takes long for one: `function(context, at, *values)`, null for a
    null argument."""

    def answers(call: Call) -> Column:
        bound = partial(function, call.context)
        rows = rows_of(*call.operands)
        if any(operand.kind is Kind.NULL for operand in call.operands):
            return cols.nulls(rows)
        return _many(bound, call) if rows > _SMALL_ROWS else _by_value(bound, call, call.operands)

    return answers


def _same(operand: Column) -> Column:
    return operand


def _int_to_float(operand: Column) -> Column:
    return Column(Kind.FLOAT, operand.data.astype(np.float64), operand.valid)


def _text_size(operand: Column) -> Column:
    if isinstance(operand, cols.One):
        return cols.one(len(str(operand.only)))
    lengths = pc.utf8_length(operand.data).to_numpy(zero_copy_only=False).astype(np.int64)
    return Column(Kind.INT, lengths, operand.valid)


def _int_to_text(operand: Column) -> Column:
    if len(operand) < cols.SMALL_ROWS:
        return cols.from_values([None if n is None else str(n) for n in operand.to_list()])
    texts = Column(Kind.STRING, pc.cast(pa.array(operand.data), cols.STRING), None)
    return texts if operand.valid is None else cols.masked(texts, operand.valid)


TYPED: dict[tuple[str, Kind], Callable[[Column], Column]] = {
    ("toInteger", Kind.INT): _same,
    ("toFloat", Kind.INT): _int_to_float,
    ("toString", Kind.INT): _int_to_text,
    ("toString", Kind.STRING): _same,
    ("size", Kind.STRING): _text_size,
}


def _exists(call: Call) -> Column:
    return cols.bools(~call.operands[0].is_null())


def _null_if(call: Call) -> Column:
    one, two = call.operands
    same, _ = boolean.truth_of(comparison(BinaryOperator.EQ, one, two), "nullIf()", call.at)
    rows = rows_of(one, two)
    return stretch(one, rows).take_or_null(np.where(same, -1, np.arange(rows)))


def _identity(call: Call) -> Column:
    return entities.identity_of(call.context, call.operands[0], call.at)


def _labels(call: Call) -> Column:
    return entities.labels_of(call.context, call.operands[0], call.at)


def _type(call: Call) -> Column:
    return entities.types_of(call.context, call.operands[0], call.at)


def _properties(call: Call) -> Column:
    return entities.maps_of(call.context, call.operands[0], "properties()", call.at)


def _keys(call: Call) -> Column:
    return entities.keys_of(call.context, call.operands[0], call.at)


def _start_node(call: Call) -> Column:
    return entities.end_of(call.context, call.operands[0], True, call.at)


def _end_node(call: Call) -> Column:
    return entities.end_of(call.context, call.operands[0], False, call.at)


def _rand(call: Call) -> Column:
    token = call.context.rng.token(8 * call.rows)
    # The top 53 bits of each draw: every float64 of [0, 1) that has so many bits, equally likely.
    return cols.floats((np.frombuffer(token, np.uint64) >> np.uint64(11)) / 2.0**53)


def _random_uuid(call: Call) -> Column:
    return cols.strings(call.context.rng.uuids(call.rows))


def _timestamp(call: Call) -> Column:
    return cols.from_values([call.context.now_ms()])


def _pi(_: Call) -> Column:
    return cols.from_values([math.pi])


def _e(_: Call) -> Column:
    return cols.from_values([math.e])


def _value_type(call: Call) -> Column:
    operand = call.operands[0]
    return cols.strings([value_type.value_type(value) for value in operand.to_list()])


COLUMN_FUNCTIONS: dict[str, Callable[[Call], Column]] = {
    "collIntersection": _long(long_lists.intersection),
    "collSort": _long(sorting.sort),
    "collSortMaps": _long(sorting.sort_maps),
    "collSortMulti": _long(sorting.sort_multi),
    "collSortNodes": _long(sorting.sort_nodes),
    "collSubtract": _long(long_lists.subtract),
    "collToSet": _long(long_lists.unique),
    "e": _e,
    "endNode": _end_node,
    "exists": _exists,
    "id": _identity,
    "keys": _keys,
    "labels": _labels,
    "nullIf": _null_if,
    "pi": _pi,
    "properties": _properties,
    "rand": _rand,
    "randomUUID": _random_uuid,
    "startNode": _start_node,
    "timestamp": _timestamp,
    "type": _type,
    "valueType": _value_type,
    **TEMPORAL_FUNCTIONS,
}
# Of these each row is a step of Python.
_BY_ROW = frozenset({*TEMPORAL_FUNCTIONS, "valueType"})

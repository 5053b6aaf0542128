"""Which nodes a search may find: the filters of `topK.byEmbedding`.

Above: `engine/exec`. Below: `graph/version`, `engine/values`.

    filter  = {andAll: [filter, filter, ...]} | {orAll: [filter, filter, ...]}     at least two
            | {<operator>: {property: text, value: value}}

    operator                        property        value                    meets
    equals                          any, `~label`   text, number, boolean    the value; a label of the node
    notEquals                       the same        the same                 another value; not that label
    in, notIn                       the same        list of those            equals, notEquals for one, for all
    greaterThan, lessThan, ...Equals  any           number                   numbers so compared
    startsWith, stringContains      any             text                     texts, case as it is

A node without the property meets no operator on it. Numbers are compared as numbers, whether whole or
not; values of different types are different, and a list is no value that an operator knows. The
labels of a node always are there, so that one without labels meets notEquals and notIn.
Source: Amazon Neptune Analytics User Guide, vectors.topK.byEmbedding.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from seaglass.base import limits
from seaglass.base.errors import Invalid
from seaglass.engine.values.column import STRING
from seaglass.engine.values.describe import type_name
from seaglass.engine.values.types import INT_MAX, INT_MIN, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from seaglass.engine.graph.group import Group
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.interrupt import Interrupt
    from seaglass.engine.values.types import Value

    Bits: TypeAlias = NDArray[np.bool_]

LABEL = "~label"
# Floats tell all integers up to this size apart.
_EXACT_MAX = 2**53


class Operator(StrEnum):
    """What a condition asks of a property."""

    EQUALS = "equals"
    NOT_EQUALS = "notEquals"
    GREATER = "greaterThan"
    GREATER_OR_EQUAL = "greaterThanOrEquals"
    LESS = "lessThan"
    LESS_OR_EQUAL = "lessThanOrEquals"
    IN = "in"
    NOT_IN = "notIn"
    STARTS_WITH = "startsWith"
    CONTAINS = "stringContains"


class Joiner(StrEnum):
    """How filters are joined."""

    AND_ALL = "andAll"
    OR_ALL = "orAll"


@dataclass(frozen=True, slots=True)
class Condition:
    """Args: value: as the operator wants it; a tuple for IN and NOT_IN"""

    operator: Operator
    property: str
    value: Any


@dataclass(frozen=True, slots=True)
class Joined:
    """Args: parts: at least two"""

    joiner: Joiner
    parts: tuple[Filter, ...]


Filter: TypeAlias = "Condition | Joined"

_OPERATORS = {str(operator): operator for operator in Operator}
_JOINERS = {str(joiner): joiner for joiner in Joiner}
_COMPARISONS: dict[Operator, Callable[[Any, Any], Any]] = {
    Operator.GREATER: lambda left, right: left > right,
    Operator.GREATER_OR_EQUAL: lambda left, right: left >= right,
    Operator.LESS: lambda left, right: left < right,
    Operator.LESS_OR_EQUAL: lambda left, right: left <= right,
}
_LISTS = (Operator.IN, Operator.NOT_IN)
_NEGATIONS = (Operator.NOT_EQUALS, Operator.NOT_IN)
_ON_TEXTS = (Operator.STARTS_WITH, Operator.CONTAINS)
_ON_LABELS = (Operator.EQUALS, Operator.NOT_EQUALS, *_LISTS)


def filter_of(given: Value) -> Filter:
    """The filter that a map says, or a text that is such a map in JSON.

    Raises: Invalid(illegal_argument) for anything else
    """
    if isinstance(given, str):
        try:
            given = orjson.loads(given)
        except orjson.JSONDecodeError as error:
            raise _wrong(f"it is a text that is not JSON ({error})") from None
    return _filter(given, 0)


def _filter(given: Value, depth: int) -> Filter:
    if depth == limits.VECTOR_FILTER_DEPTH_MAX:
        raise _wrong(f"filters stand in each other more than {depth} deep")
    if not isinstance(given, dict):
        raise _wrong(f"it has {type_name(given)} where a map with one key belongs")
    if len(given) != 1:
        raise _wrong(f"it has a map with {len(given)} keys where one belongs: {_shown(given)}")
    ((key, inside),) = given.items()
    if key in _JOINERS:
        if not isinstance(inside, list) or len(inside) < 2:
            raise _wrong(f"{key} joins a list of at least two filters")
        parts = tuple([_filter(part, depth + 1) for part in inside])
        return Joined(_JOINERS[key], parts)
    if key not in _OPERATORS:
        known = ", ".join((*_OPERATORS, *_JOINERS))
        raise _wrong(f"{_shown(key)} is no operator; there are {known}")
    return _condition(_OPERATORS[key], inside)


def _condition(operator: Operator, given: Value) -> Condition:
    if not isinstance(given, dict) or given.keys() != {"property", "value"}:
        raise _wrong(f"{operator} takes a map with the keys property and value")
    name, value = given["property"], given["value"]
    if not isinstance(name, str) or not name:
        raise _wrong(f"the property of {operator} must be a name, not {_shown(name)}")
    if name.startswith("~") and (name != LABEL or operator not in _ON_LABELS):
        those = ", ".join(_ON_LABELS)
        raise _wrong(f"{operator} does not take {_shown(name)}; {LABEL} goes with {those}")
    if operator in _LISTS:
        if not isinstance(value, list):
            raise _wrong(f"the value of {operator} must be a list, not {type_name(value)}")
        return Condition(operator, name, tuple([_scalar(operator, name, one) for one in value]))
    return Condition(operator, name, _scalar(operator, name, value))


def _scalar(operator: Operator, name: str, value: Value) -> Value:
    if name == LABEL or operator in _ON_TEXTS:
        wanted, fits = "a text", isinstance(value, str)
    elif operator in _COMPARISONS:
        wanted, fits = "a number", _is_number(value)
    else:
        wanted = "a text, a number or a boolean"
        fits = isinstance(value, str | bool) or _is_number(value)
    if not fits:
        raise _wrong(
            f"the value of {operator} on {_shown(name)} must be {wanted}, not {_shown(value)}"
        )
    return value


def _is_number(value: Value) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, float) or (isinstance(value, int) and INT_MIN <= value <= INT_MAX)


def _wrong(what: str) -> Invalid:
    return Invalid("illegal_argument", f"The vertexFilter cannot be used: {what}.")


def _shown(value: Value) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def chosen(version: GraphVersion, condition: Filter, interrupt: Interrupt) -> NDArray[np.bool_]:
    """bool[next_node]: which nodes meet a filter.

    Raises: what the interrupt raises
    Cost: a pass over the columns that it names, quick for columns of one type
    """
    bits = np.zeros(version.next_node, np.bool_)
    for place, group in enumerate(version.nodes):
        interrupt.check()
        first = place * limits.GROUP_ROWS
        found = _met(group, condition)
        alive = group.alive_bits()
        bits[first : first + group.rows] = found if alive is None else found & alive
    return bits


def _met(group: Group, condition: Filter) -> Bits:
    """bool[rows]: of rows that are not alive, anything."""
    if isinstance(condition, Joined):
        join = np.logical_and if condition.joiner is Joiner.AND_ALL else np.logical_or
        met = _met(group, condition.parts[0])
        for part in condition.parts[1:]:
            met = join(met, _met(group, part))
        return met
    operator, value = condition.operator, condition.value
    if condition.property == LABEL:
        met = _labelled(group, value if operator in _LISTS else (value,))
        return ~met if operator in _NEGATIONS else met
    column = group.column(condition.property)
    if column is None:
        return np.zeros(group.rows, np.bool_)
    if operator in _NEGATIONS:
        return ~column.is_null() & ~_equal(
            column, value if operator is Operator.NOT_IN else (value,)
        )
    if operator in _COMPARISONS:
        return _compared(column, operator, value)
    if operator in _ON_TEXTS:
        return _spelled(column, operator, value)
    return _equal(column, value if operator is Operator.IN else (value,))


def _labelled(group: Group, labels: tuple[str, ...]) -> Bits:
    met = np.zeros(group.rows, np.bool_)
    for label in labels:
        bits = group.label_bits(label)
        if bits is not None:
            met = met | bits
    return met


def _equal(column: Column, values: tuple[Value, ...]) -> Bits:
    """Which rows hold one of the values."""
    met = np.zeros(len(column), np.bool_)
    match column.kind:
        case Kind.MIXED:
            met = _each(column, lambda one: any(_same(one, value) for value in values))
        case Kind.STRING:
            texts = pa.array([value for value in values if isinstance(value, str)], STRING)
            met = _native(pc.is_in(column.data, value_set=texts))
        case Kind.BOOL:
            for value in values:
                if isinstance(value, bool):
                    met |= column.data == value
        case Kind.INT | Kind.FLOAT:
            for value in values:
                if _is_number(value):
                    met |= _numbers(column, value, lambda left, right: left == right)
        case _:
            return met
    return met & ~column.is_null()


def _same(one: Value, other: Value) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == other
    return isinstance(one, str) and isinstance(other, str) and one == other


def _compared(column: Column, operator: Operator, value: float) -> Bits:
    compare = _COMPARISONS[operator]
    if column.kind in (Kind.INT, Kind.FLOAT):
        return _numbers(column, value, compare) & ~column.is_null()
    if column.kind is Kind.MIXED:
        return _each(column, lambda one: _is_number(one) and compare(one, value))
    return np.zeros(len(column), np.bool_)


def _numbers(column: Column, value: Any, compare: Callable[[Any, Any], Any]) -> Bits:
    """A comparison of numbers, exact also where a float cannot tell two integers apart."""
    whole = column.kind is Kind.INT
    exact = (
        isinstance(value, int) if whole else abs(value) <= _EXACT_MAX or isinstance(value, float)
    )
    if not exact:
        return np.array([compare(one, value) for one in column.data.tolist()], np.bool_)
    met: Bits = compare(column.data, value)
    return met


def _spelled(column: Column, operator: Operator, value: str) -> Bits:
    if column.kind is Kind.STRING:
        spelled = pc.starts_with if operator is Operator.STARTS_WITH else pc.match_substring
        return _native(spelled(column.data, value)) & ~column.is_null()
    if column.kind is not Kind.MIXED:
        return np.zeros(len(column), np.bool_)
    if operator is Operator.STARTS_WITH:
        return _each(column, lambda one: isinstance(one, str) and one.startswith(value))
    return _each(column, lambda one: isinstance(one, str) and value in one)


def _each(column: Column, meets: Callable[[Value], bool]) -> Bits:
    return np.array([meets(one) for one in column.data.tolist()], np.bool_)


def _native(found: Any) -> Bits:
    bits: Bits = found.to_numpy(zero_copy_only=False)
    return bits

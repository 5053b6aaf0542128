"""Which values a graph can store, and maps of properties as columns.

Above: `create`, `update`, `merge`. Below: `expressions`, `engine/values`.
A property is a boolean, integer, float, string, temporal value, or a list of such values; null
means that it is absent. Columns that are stored have the narrowest kind, so that what is stored does not depend on
the path that made it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.base.codes import Code
from seaglass.base.errors import Invalid
from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.exec import neptune
from seaglass.engine.exec.expressions import entities
from seaglass.engine.exec.expressions.evaluate import evaluate
from seaglass.engine.exec.expressions.values import located
from seaglass.engine.exec.holding import values_bytes
from seaglass.engine.values import column as cols
from seaglass.engine.values.describe import type_name
from seaglass.engine.values.lists import Lists
from seaglass.engine.values.parts import spans
from seaglass.engine.values.temporal import TEMPORALS
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from seaglass.engine.cypher.syntax.position import Position
    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.frame import Frame
    from seaglass.engine.values.types import Value

_NULL = Kind.NULL
_PLAIN = (bool, int, float, str, *TEMPORALS)
# Items that are looked at between two looks at the interrupt.
_LISTED_ITEMS = 65_536
# Values that may be lists, the same.
_CHECKED_ROWS = 8_192
_PLAIN_KINDS = (Kind.NULL, Kind.BOOL, Kind.INT, Kind.FLOAT, Kind.STRING)


def storable(column: Column, key: str, context: Context, at: Position | None) -> Column:
    """The column, narrow, if the graph can store all its values.

    Args: at: the expression that gave them, if there is one
    Raises: Invalid(illegal_argument) for maps, nodes, relationships, paths and lists that hold
        anything but plain values
    """
    try:
        return _narrow(column, key, context)
    except Invalid as error:
        raise located(error, at) from None


def _narrow(column: Column, key: str, context: Context) -> Column:
    if context.options.neptune:
        neptune.check_stored(column, key)
    if key.startswith(entities.RESERVED):
        raise Invalid(
            "illegal_argument",
            f"The property {key} cannot be set: keys that begin with ~ are reserved.",
        )
    if column.kind in _PLAIN_KINDS:
        return column
    check = context.interrupt.check
    values = (
        [column.only(check)] if isinstance(column, Lists) and len(column) == 1 else column.to_list()
    )
    for span in spans(len(values), check, _CHECKED_ROWS):
        for value in values[span]:
            _check(value, key, check)
    check()
    # Texts that were one are about to be many.
    context.require(values_bytes(values))
    return cols.from_values(values)


def _check(value: Value, key: str, check: Callable[[], None]) -> None:
    if value is None or type(value) in _PLAIN:
        return
    if isinstance(value, list):
        if len(value) <= _LISTED_ITEMS:
            _check_items(value, key)
            return
        for span in spans(len(value), check, _LISTED_ITEMS):
            _check_items(value[span], key)
        return
    raise Invalid(
        "illegal_argument",
        f"The property {key} cannot be {type_name(value)}: a property value must be a boolean, "
        "a number, a string, a temporal value, or a list of these.",
        code=Code.PROPERTY_TYPE,
    )


def _check_items(values: list[Value], key: str) -> None:
    for item in values:
        if type(item) not in _PLAIN:
            inside = type_name(item)
            raise Invalid(
                "illegal_argument",
                f"The property {key} cannot be a list that holds {inside}: "
                "a stored list holds booleans, numbers, strings and temporal values.",
                code=Code.PROPERTY_TYPE,
            )
    cols.check_integers(values)


def property_columns(
    expression: ex.Expression, frame: Frame, context: Context
) -> dict[str, Column]:
    """The map that the expression gives for each row, as one column per key; keys that no row has
    are left out.

    A null map has no keys. The values of `~id` are given as they are.

    Raises: Invalid(illegal_argument) when it is no map, or holds what cannot be stored
    """
    places: dict[str, Position] = {}
    if isinstance(expression, ex.MapLiteral):
        columns = {key: evaluate(item, frame, context) for key, item in expression.items}
        places = {key: item.at for key, item in expression.items}
    else:
        given = evaluate(expression, frame, context)
        maps = entities.maps_of(context, given, "Properties", expression.at)
        columns = columns_of_maps([value or {} for value in maps.to_list()])  # type: ignore[misc]
    stored = {}
    for key, column in columns.items():
        kept = column
        if key != entities.ID_KEY:
            kept = storable(column, key, context, places.get(key, expression.at))
        if kept.kind is not _NULL:
            stored[key] = kept
    return stored


def columns_of_maps(maps: list[dict[str, Value]]) -> dict[str, Column]:
    """One column per key of any of the maps, null where a map lacks the key."""
    keys = dict.fromkeys(key for value in maps for key in value)
    return {key: cols.from_values([value.get(key) for value in maps]) for key in keys}

"""collSort() and its kin: lists in the order of their values.

Above: `functions`. Below: `entities`, `long_lists`.
The order is that of ORDER BY, null last, or first where `order` is `desc`; what is equal keeps its
place. Maps and nodes are ordered by what they have under a key, null without it.

Source: Amazon Neptune, openCypher extensions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from seaglass.base.codes import Code
from seaglass.base.errors import Invalid
from seaglass.engine.exec.expressions import entities
from seaglass.engine.exec.expressions.long_lists import in_order, in_order_of, listed, looked_at
from seaglass.engine.exec.expressions.values import place, wrong_type
from seaglass.engine.values import column as cols
from seaglass.engine.values.types import Node

if TYPE_CHECKING:
    from seaglass.engine.cypher.syntax.position import Position
    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.types import Value


def sort(context: Context, at: Position, items: Value, config: Value = None) -> Value:
    """`collSort(list, {order})`."""
    found = listed("collSort", items, at)
    descending = False if config is None else _descending("collSort", config, at)
    return in_order(context, found, descending=descending)


def sort_maps(context: Context, at: Position, items: Value, config: Value) -> Value:
    """`collSortMaps(list, {key, order})`."""
    call = _Call("collSortMaps", context, at)
    return _by_config(call, _maps(call, items), config)


def sort_multi(context: Context, at: Position, items: Value, configs: Value, *ends: Value) -> Value:
    """`collSortMulti(list, [{key, order}, ...], limit, skip)`: by the first key, then the next."""
    call = _Call("collSortMulti", context, at)
    limit = ends[0] if ends else -1
    skip = ends[1] if len(ends) > 1 else 0
    found = _maps(call, items)
    # From the last to the first, since every sort keeps the order of what it finds equal.
    for config in listed(call.name, configs, at)[::-1]:
        found = _by_config(call, found, config)
    start = _count(call.name, skip, at)
    return found[start:] if limit == -1 else found[start : start + _count(call.name, limit, at)]


def sort_nodes(context: Context, at: Position, items: Value, config: Value) -> Value:
    """`collSortNodes(list, {key, order})`."""
    name = "collSortNodes"
    nodes = listed(name, items, at)
    for some in looked_at(nodes, context):
        for node in some:
            if not isinstance(node, Node):
                raise wrong_type(f"{name}()", "a list of nodes", node, at)
    key = _key(name, config, at)
    values: list[Value] = []
    for some in looked_at(nodes, context):
        values += entities.property_of(context, cols.from_values(some), key, at).to_list()
    return in_order_of(context, nodes, values, descending=_descending(name, config, at))


@dataclass(frozen=True, slots=True)
class _Call:
    name: str
    context: Context
    at: Position


def _by_config(call: _Call, maps: list[dict[str, Value]], config: Value) -> list[dict[str, Value]]:
    key = _key(call.name, config, call.at)
    descending = _descending(call.name, config, call.at)
    values = [item.get(key) for some in looked_at(maps, call.context) for item in some]
    return in_order_of(call.context, maps, values, descending=descending)


def _maps(call: _Call, items: Value) -> list[dict[str, Value]]:
    for some in looked_at(listed(call.name, items, call.at), call.context):
        for item in some:
            if not isinstance(item, dict):
                raise wrong_type(f"{call.name}()", "a list of maps", item, call.at)
    return cast("list[dict[str, Value]]", items)


def _config(name: str, config: Value, at: Position) -> dict[str, Value]:
    if not isinstance(config, dict):
        raise wrong_type(f"{name}()", "a map such as {key: 'k', order: 'asc'}", config, at)
    return config


def _key(name: str, config: Value, at: Position) -> str:
    key = _config(name, config, at).get("key")
    if not isinstance(key, str):
        raise wrong_type(f"The key of {name}()", "a string", key, at)
    return key


def _descending(name: str, config: Value, at: Position) -> bool:
    order = _config(name, config, at).get("order", "asc")
    word = order.lower() if isinstance(order, str) else ""
    if word not in ("asc", "desc"):
        message = f"The order of {name}() is 'asc' or 'desc', not {order!r}{place(at)}."
        raise Invalid("illegal_argument", message, code=Code.VALUE)
    return word == "desc"


def _count(name: str, value: Value, at: Position) -> int:
    if type(value) is not int:
        raise wrong_type(f"{name}()", "an integer", value, at)
    if value < 0:
        message = f"{name}() needs a number >= 0, but got {value}{place(at)}."
        raise Invalid("illegal_argument", message, code=Code.OUT_OF_RANGE)
    return value

"""collSort() and its kin: lists in the order of their values.

Above: `functions`. Below: `entities`, `long_lists`, `engine/values/order`.
The order is that of ORDER BY, null last, or first where `order` is `desc`; what is equal keeps its
place. Maps and nodes are ordered by what they have under a key, null without it.

Source: Amazon Neptune, openCypher extensions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from seaglass.base.codes import Code
from seaglass.base.errors import Invalid
from seaglass.engine.exec.expressions import entities
from seaglass.engine.exec.expressions.long_lists import in_order, listed
from seaglass.engine.exec.expressions.values import place, wrong_type
from seaglass.engine.values import column as cols
from seaglass.engine.values.order import order_key
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


def sort_maps(at: Position, items: Value, config: Value) -> Value:
    """`collSortMaps(list, {key, order})`."""
    return _by_config("collSortMaps", _maps("collSortMaps", items, at), config, at)


def sort_multi(
    at: Position, items: Value, configs: Value, limit: Value = -1, skip: Value = 0
) -> Value:
    """`collSortMulti(list, [{key, order}, ...], limit, skip)`: by the first key, then the next."""
    name = "collSortMulti"
    found = _maps(name, items, at)
    # From the last to the first, since every sort keeps the order of what it finds equal.
    for config in listed(name, configs, at)[::-1]:
        found = _by_config(name, found, config, at)
    start = _count(name, skip, at)
    return found[start:] if limit == -1 else found[start : start + _count(name, limit, at)]


def sort_nodes(context: Context, at: Position, items: Value, config: Value) -> Value:
    """`collSortNodes(list, {key, order})`."""
    name = "collSortNodes"
    nodes = listed(name, items, at)
    for node in nodes:
        if not isinstance(node, Node):
            raise wrong_type(f"{name}()", "a list of nodes", node, at)
    key = _key(name, config, at)
    values = entities.property_of(context, cols.from_values(nodes), key, at).to_list()
    pairs = sorted(
        zip(map(order_key, values), nodes, strict=True),
        key=lambda pair: pair[0],
        reverse=_descending(name, config, at),
    )
    return [node for _, node in pairs]


def _by_config(
    name: str, maps: list[dict[str, Value]], config: Value, at: Position
) -> list[dict[str, Value]]:
    key = _key(name, config, at)
    descending = _descending(name, config, at)
    return sorted(maps, key=lambda item: order_key(item.get(key)), reverse=descending)


def _maps(name: str, items: Value, at: Position) -> list[dict[str, Value]]:
    for item in listed(name, items, at):
        if not isinstance(item, dict):
            raise wrong_type(f"{name}()", "a list of maps", item, at)
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

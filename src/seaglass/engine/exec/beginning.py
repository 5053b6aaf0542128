"""Where small queries begin: at the node of an `~id`, or at the only one with a value of a property.

Above: `small`, `run`. Below: `engine/graph/read`.

    NodeSeek                                  by its `~id`
    NodeScan, Filter of one equality          by the value, where the value indexes name one node or none

Whatever else the indexes say, or where there are none yet, is for the operators: these build them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.exec.expressions.entities import RESERVED
from seaglass.engine.exec.operators.create_one import GIVEN
from seaglass.engine.graph import read

if TYPE_CHECKING:
    from seaglass.engine.cypher.logical.operators import Inner
    from seaglass.engine.exec.context import Context
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.values.types import Value

    Given = ex.Parameter | ex.Literal


class NotSmall(Exception):
    """This time, the operators have to run. Raised before anything has changed."""


def beginning(operators: list[Inner]) -> tuple[ById | ByValue, list[Inner]] | None:
    """Where the operators begin, and those that come after; None where that is no such node."""
    match operators:
        case [plan.NodeSeek(id=ex.Parameter() | ex.Literal() as id_, many=False) as seek, *rest]:
            return ById(seek.variable, id_, seek.labels), rest
        case [plan.NodeScan() as scan, plan.Filter(predicate=ex.Binary() as equality), *rest]:
            found = _key_and_value(equality, scan.variable)
            if found is not None and scan.sought:
                return ByValue(scan.variable, found, scan.labels), rest
    return None


def _key_and_value(equality: ex.Binary, variable: str) -> tuple[str, Given] | None:
    """Of `variable.key = value`, in this order or the other."""
    if equality.operator is not ex.BinaryOperator.EQ:
        return None
    for side, value in ((equality.left, equality.right), (equality.right, equality.left)):
        key = key_of(side, variable)
        if key is not None and isinstance(value, GIVEN):
            return key, value
    return None


def key_of(item: ex.Expression, variable: str) -> str | None:
    """Of `variable.key`, where it is a property."""
    if not isinstance(item, ex.Property) or not isinstance(item.subject, ex.Variable):
        return None
    plain = item.subject.name == variable and not item.key.startswith(RESERVED)
    return item.key if plain else None


def _value(given: Given, context: Context) -> Value:
    if type(given) is ex.Parameter:
        return context.parameters[given.name]
    assert isinstance(given, ex.Literal)
    return given.value


class ById:
    """The node with an `~id`. `variable` names it."""

    __slots__ = ("_id", "_labels", "variable")

    def __init__(self, variable: str, id_: Given, labels: tuple[str, ...]) -> None:
        self.variable = variable
        self._id = id_
        self._labels = labels

    def node(self, context: Context, version: GraphVersion) -> int:
        """The node that it finds; -1 if there is none."""
        value = _value(self._id, context)
        return read.find_node(version, value, self._labels) if type(value) is str else -1


class ByValue:
    """The node with the value of a property. `variable` names it."""

    __slots__ = ("_key", "_labels", "_value", "variable")

    def __init__(self, variable: str, sought: tuple[str, Given], labels: tuple[str, ...]) -> None:
        self.variable = variable
        self._key, self._value = sought
        self._labels = labels

    def node(self, context: Context, version: GraphVersion) -> int:
        """The node that it finds; -1 if there is none. Raises: NotSmall"""
        value = _value(self._value, context)
        # Of what else can be a value, booleans, dates and lists, the operators know how it is equal.
        if isinstance(value, bool) or not isinstance(value, int | str | float):
            raise NotSmall
        node = read.seek_node(version, self._labels, self._key, value)
        if node is None:
            raise NotSmall
        return node

"""CREATE of one node for one row, where nobody asks for the node after.

Above: `small`. Below: `create`, `storing`, `engine/graph/delta`.
What the template says is taken apart once for a plan: most such nodes have a map of literals and
parameters, and are made from these without an expression being evaluated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.exec.expressions.entities import ID_KEY, RESERVED
from seaglass.engine.exec.operators.create import create_all, sorted_labels
from seaglass.engine.graph import read
from seaglass.engine.graph.delta import CreateNodes
from seaglass.engine.values import column as cols
from seaglass.engine.values.frame import UNIT

if TYPE_CHECKING:
    from seaglass.engine.cypher.logical import plan
    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.types import Value

GIVEN = ex.Parameter | ex.Literal
_PLAIN = frozenset({str, int, float, bool})


def plain_column(expression: ex.Expression, context: Context) -> Column | None:
    """What a parameter or literal gives, where any property may be that; None for all else."""
    if type(expression) is ex.Parameter:
        value = context.parameters[expression.name]
    elif type(expression) is ex.Literal:
        value = expression.value
    else:
        return None
    return cols.one(value) if type(value) in _PLAIN else None


class CreateOne:
    """Creates the node of a template."""

    __slots__ = ("_constants", "_id", "_is_plain", "_labels", "_parameters", "_template")

    def __init__(self, template: plan.NodeTemplate) -> None:
        self._template = template
        self._labels = sorted_labels(template.labels)
        items = _items(template.properties)
        self._is_plain = items is not None
        known = items or {}
        self._id = known.pop(ID_KEY, None)
        # Columns never change, so those of constants serve every node.
        self._constants: dict[str, Column] = {
            key: cols.one(item.value)
            for key, item in known.items()
            if isinstance(item, ex.Literal) and item.value is not None
        }
        self._parameters = [
            (key, item.name) for key, item in known.items() if isinstance(item, ex.Parameter)
        ]

    def row(self, context: Context) -> None:
        """Raises: as `create_all`."""
        properties = self._properties(context)
        node_id = None if properties is None else self._new_id(context)
        if properties is None or node_id is None:
            # Who has no fast answer has the right one, or says what is wrong.
            create_all(UNIT, (self._template,), (), context)
            return
        view = context.view
        first = view.version.next_node
        view.apply(CreateNodes(first, 1, self._labels, cols.one(node_id), properties))

    def _properties(self, context: Context) -> dict[str, Column] | None:
        """What the node has; None where that is not plain."""
        if not self._is_plain or context.options.neptune:
            return None
        columns = self._constants.copy()
        given = context.parameters
        for key, name in self._parameters:
            value = given[name]
            if type(value) in _PLAIN:
                columns[key] = cols.one(value)
            elif value is not None:
                return None
        return columns

    def _new_id(self, context: Context) -> str | None:
        """The id that the template names, or one that is made; None where it cannot be an id."""
        item = self._id
        if item is None:
            return context.rng.uuid()
        value: Value = None
        if isinstance(item, ex.Parameter):
            value = context.parameters[item.name]
        elif isinstance(item, ex.Literal):
            value = item.value
        if not isinstance(value, str) or read.find_node(context.view.version, value) >= 0:
            return None
        return value


def _items(properties: ex.Expression | None) -> dict[str, ex.Parameter | ex.Literal] | None:
    """What a map has under its keys, if all of that is given as it is; None for any other map."""
    if properties is None:
        return {}
    if not isinstance(properties, ex.MapLiteral):
        return None
    found = {}
    for key, item in properties.items:
        if not isinstance(item, GIVEN) or (key.startswith(RESERVED) and key != ID_KEY):
            return None
        found[key] = item
    return found

"""What procedures do: a body for each of the binder's catalogue.

Above: `operators/procedure_call`, `live_graph`. Below: `context`, `engine/values`.
A body takes a frame whose columns are the arguments by name, already of the declared types, and
gives pieces of results: for each row of a piece, the row of the arguments that it belongs to
(ascending over all pieces), and the results by name. It checks the interrupt in long loops.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from seaglass.base.codes import Code
from seaglass.engine.cypher.logical.procedures import Type
from seaglass.engine.exec.algorithms import algorithm_bodies
from seaglass.engine.exec.expressions.values import wrong_type
from seaglass.engine.exec.graph_procedures import pg_info, pg_schema
from seaglass.engine.exec.transfer_procedures import LOAD_RESULTS, load, read
from seaglass.engine.exec.vectors import vector_bodies
from seaglass.engine.values import column as cols
from seaglass.engine.values.frame import Frame
from seaglass.engine.values.lists import Lists
from seaglass.engine.values.types import Edge, Kind, Node, Path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from seaglass.engine.cypher.logical.procedures import Field
    from seaglass.engine.cypher.syntax.position import Position
    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.types import Value

Body: TypeAlias = "Callable[[Frame, Context], Iterator[tuple[NDArray[np.int64], Frame]]]"

# Rows of results that are made at a time.
_LINES = 2_048
_TYPES: dict[Type, tuple[type, ...]] = {
    Type.BOOLEAN: (bool,),
    Type.INTEGER: (int,),
    Type.FLOAT: (int, float),
    Type.NUMBER: (int, float),
    Type.STRING: (str,),
    Type.LIST: (list,),
    Type.MAP: (dict,),
    Type.NODE: (Node,),
    Type.RELATIONSHIP: (Edge,),
    Type.PATH: (Path,),
    Type.NODES: (Node, str, list),
}
# Kinds of a column whose values are all of the type.
_KINDS: dict[Type, tuple[Kind, ...]] = {
    Type.BOOLEAN: (Kind.BOOL,),
    Type.INTEGER: (Kind.INT,),
    Type.FLOAT: (Kind.FLOAT,),
    Type.STRING: (Kind.STRING,),
    Type.NODE: (Kind.NODE,),
    Type.RELATIONSHIP: (Kind.EDGE,),
    Type.NODES: (Kind.NODE, Kind.STRING),
}


def given(field: Field, column: Column, at: Position) -> Column:
    """The column as what the argument declares; integers become floats where it wants these.

    Raises: Invalid(illegal_argument) for a value of another type, and for null where it is not
        taken
    """
    if field.type is Type.ANY and field.nullable:
        return column
    if column.kind in _KINDS.get(field.type, ()) and (field.nullable or column.valid is None):
        return column
    allowed = _TYPES.get(field.type)
    takes_lists = allowed is None or list in allowed
    if takes_lists and isinstance(column, Lists) and (field.nullable or column.valid is None):
        return column
    values = column.to_list()
    for value in values:
        fits = field.nullable if value is None else allowed is None or type(value) in allowed
        if not fits:
            what = f"The argument {field.name}"
            raise wrong_type(what, f"a value of type {field.type}", value, at, Code.ARGUMENT_TYPE)
    if field.type is Type.FLOAT:
        floats = [float(value) if type(value) is int else value for value in values]
        return cols.mixed(floats) if column.kind is Kind.MIXED else cols.from_values(floats)
    return column


def row_by_row(
    results: Sequence[str], rows_for: Callable[..., Iterable[tuple[Value, ...]]]
) -> Body:
    """The body of a procedure that is a function from its arguments to rows of its results.

    Args:
        results: their names, in the order of the values of a row
        rows_for: called with the context, and the values of one row's arguments by name
    """

    def body(arguments: Frame, context: Context) -> Iterator[tuple[NDArray[np.int64], Frame]]:
        values = {name: column.to_list() for name, column in arguments.columns.items()}
        for row in range(arguments.rows):
            context.interrupt.check()
            given = {name: column[row] for name, column in values.items()}
            lines = iter(rows_for(context, **given))
            while made := list(islice(lines, _LINES)):
                context.interrupt.check()
                columns = {
                    name: cols.from_values([line[place] for line in made])
                    for place, name in enumerate(results)
                }
                yield np.full(len(made), row, np.int64), Frame(columns, len(made))

    return body


BODIES: dict[str, Body] = {
    "neptune.graph.pg_info": row_by_row(("metric", "count"), pg_info),
    "neptune.graph.pg_schema": row_by_row(("schema",), pg_schema),
    "neptune.load": row_by_row(LOAD_RESULTS, load),
    "neptune.read": read,
    **algorithm_bodies(),
    **vector_bodies(),
}

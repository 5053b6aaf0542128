"""The header of an openCypher CSV file: `:ID`, `:LABEL`, `:START_ID`, `:END_ID`, `:TYPE`, `name:type`.

Above: `reading`. Below: `header`. Ids of a space, as `:ID(space)` names it, are `space_id` in the graph, so
that equal ids of two spaces are two nodes. `name:ID` keeps the id as a property, too. Char, LocalDate,
LocalDateTime, Duration and Point stay texts.

Source: Amazon Neptune User Guide, Load format for openCypher data.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seaglass.engine.transfer.gremlin import SYSTEM as CSV_SYSTEM
from seaglass.engine.transfer.header import TYPES, Header, needs
from seaglass.engine.transfer.issues import bad_header, shown
from seaglass.engine.transfer.layout import ColumnSpec, Layout, Role, Type

if TYPE_CHECKING:
    from collections.abc import Sequence

_FIELD = re.compile(
    r"(?P<key>[^:]*):(?P<word>[^:()\[\]]+)(?:\((?P<space>[^()]*)\))?(?P<many>\[\])?"
)
_SYSTEM = {
    "ID": Role.ID,
    "LABEL": Role.LABEL,
    "START_ID": Role.FROM,
    "END_ID": Role.TO,
    "TYPE": Role.LABEL,
}
_SPACED = ("ID", "START_ID", "END_ID")
_VERBATIM = ("char", "localdate", "localdatetime", "duration", "point")
_TYPES: dict[str, Type] = {**TYPES, **dict.fromkeys(_VERBATIM, Type.STRING)}
_UNDETERMINED = (
    "Bad header for a file in '`OPEN_CYPHER`' format, could not determine node or relationship file"
)


def opencypher_layout(fields: Sequence[str], file: str) -> Layout:
    """What a header says.

    Raises: Rejected with the service's text
    """
    header = Header(fields, file)
    if any(name in CSV_SYSTEM for name in header.names):
        raise header.bad(f"{_UNDETERMINED}, found system columns from '`csv`' format")
    columns = tuple([_column(name, header) for name in header.names])
    if any(column.key.startswith("~") for column in columns):
        raise header.bad_type(next(one.name for one in columns if one.key.startswith("~")))
    header.check_repeated(columns)
    roles = {column.role for column in columns}
    words = {name.partition("(")[0] for name in header.names}
    edges = Role.FROM in roles or Role.TO in roles
    if edges and not (Role.FROM in roles and Role.TO in roles):
        raise header.bad(
            "Relationship file in '`OPEN_CYPHER`' format should contain both `:START_ID` and"
            " `:END_ID` columns"
        )
    mixed = ":LABEL" in words if edges else ":TYPE" in words
    if mixed or (not edges and Role.ID not in roles):
        # The service's text does not show the header.
        advice = needs("`:ID`, and not `:TYPE`,", "`:START_ID` and `:END_ID`, and not `:LABEL`")
        text = f"{_UNDETERMINED}. The header is `[{shown(header.line)}]`."
        raise bad_header(text, file, advice=advice)
    if edges:
        columns = tuple([_of_edges(column, header) for column in columns])
    return Layout(edges, columns)


def _column(name: str, header: Header) -> ColumnSpec:
    if ":" not in name:
        return ColumnSpec(name, Role.PROPERTY, name, single=True)
    field = _FIELD.fullmatch(name)
    if field is None:
        raise header.bad_type(name)
    key, word, space = field["key"], field["word"], field["space"] or ""
    role = _SYSTEM.get(word)
    if role is not None and not field["many"]:
        if key and word != "ID":
            raise bad_header(
                f"System column other than ID cannot be stored as a property: {name}.", header.file
            )
        if space and word not in _SPACED:
            raise header.bad_type(name)
        return ColumnSpec(name, role, key, space=space)
    if not key:
        raise header.bad(f"Named column name is not present for header field `{name}`")
    kind = _TYPES.get(word.lower())
    if kind is None or space:
        raise header.bad_type(name)
    if field["many"]:
        raise header.bad(f"Multi-valued columns are not supported `{name}`")
    if kind is Type.VECTOR:
        return header.embedding(name, key)
    return ColumnSpec(name, Role.PROPERTY, key, kind, single=True)


def _of_edges(column: ColumnSpec, header: Header) -> ColumnSpec:
    if column.role is Role.ID:
        return ColumnSpec(column.name, Role.IGNORED)
    if column.role is Role.EMBEDDING:
        raise header.bad(f"Multi-valued columns are not supported `{column.name}`")
    return column

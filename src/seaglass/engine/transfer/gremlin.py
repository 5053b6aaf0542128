"""The header of a Gremlin-style CSV file: `~id`, `~label`, `~from`, `~to`, `name:type`.

Above: `reading`. Below: `header`. `name:type[]` holds several values, `name:type(single)` and `(set)`
say whether a later value of a node replaces or joins an earlier one; `\\:` is a colon of a name.
Types beyond the service's: LocalDateTime, LocalTime, Time, Duration.

Source: Amazon Neptune User Guide, Gremlin load data format.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seaglass.engine.transfer.header import TYPES, Header, needs
from seaglass.engine.transfer.layout import ColumnSpec, Layout, Role, Type

if TYPE_CHECKING:
    from collections.abc import Sequence

ID, LABEL, FROM, TO = "~id", "~label", "~from", "~to"
SYSTEM = {ID: Role.ID, LABEL: Role.LABEL, FROM: Role.FROM, TO: Role.TO}
_OTHERS_SYSTEM = re.compile(r":(?:ID|LABEL|START_ID|END_ID|TYPE)(?:\(.*\))?")
_TYPES: dict[str, Type] = {
    **TYPES,
    "localdatetime": Type.LOCAL_DATETIME,
    "localtime": Type.LOCAL_TIME,
    "time": Type.TIME,
    "duration": Type.DURATION,
    "any": Type.ANY,
}
_TYPED = re.compile(r"(?P<type>\w+)(?P<cardinality>\((?:single|set)\))?(?P<many>\[\])?", re.I)
_COLON = re.compile(r"(?<!\\):")


def gremlin_layout(fields: Sequence[str], file: str) -> Layout:
    """What a header says.

    Raises: Rejected with the service's text
    """
    header = Header(fields, file)
    columns = tuple([_column(name, header) for name in header.names])
    header.check_repeated(columns)
    roles = {column.role for column in columns}
    edges = Role.FROM in roles or Role.TO in roles
    if edges and not (Role.FROM in roles and Role.TO in roles):
        raise header.bad(
            "Relationship file in '`csv`' format should contain both `~from` and `~to` columns"
        )
    if not edges and Role.ID not in roles:
        raise header.bad(
            "Bad header for a file in '`csv`' format, could not determine node or relationship file",
            needs("`~id`", "`~from` and `~to`"),
        )
    if edges:
        columns = tuple([_of_edges(column, header) for column in columns])
    return Layout(edges, columns)


def gremlin_property(name: str, header: Header) -> ColumnSpec:
    """A column that is a property, by its name and type.

    Raises: Rejected
    """
    parts = _COLON.split(name)
    key = parts[0].replace("\\:", ":")
    if not key:
        raise header.bad(f"Named column name is not present for header field `{name}`")
    if key.startswith("~"):
        raise header.bad_type(name)
    if len(parts) == 1:
        return ColumnSpec(name, Role.PROPERTY, key)
    typed = _TYPED.fullmatch(parts[1]) if len(parts) == 2 else None
    kind = None if typed is None else _TYPES.get(typed["type"].lower())
    if typed is None or kind is None:
        raise header.bad_type(name)
    if kind is Type.VECTOR:
        return header.embedding(name, key)
    single = (typed["cardinality"] or "").lower() == "(single)"
    if kind is Type.ANY and (single or typed["many"]):
        raise header.bad_type(name)
    return ColumnSpec(name, Role.PROPERTY, key, kind, bool(typed["many"]), single)


def _column(name: str, header: Header) -> ColumnSpec:
    if name in SYSTEM:
        return ColumnSpec(name, SYSTEM[name])
    if _OTHERS_SYSTEM.fullmatch(name):
        raise header.bad(
            f"Invalid data type. Found system columns from '`OPEN_CYPHER`' format `{name}`"
        )
    return gremlin_property(name, header)


def _of_edges(column: ColumnSpec, header: Header) -> ColumnSpec:
    if column.role is Role.ID:
        return ColumnSpec(column.name, Role.IGNORED)
    if column.role is Role.EMBEDDING or column.many:
        raise header.bad(f"Multi-valued columns are not supported `{column.name}`")
    return column

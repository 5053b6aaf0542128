"""The header of a Gremlin-style CSV file: `~id`, `~label`, `~from`, `~to`, `name:type`.

Above: `load`. Below: `layout`, `issues`. `name:type[]` holds several values, `name:type(single)` and
`(set)` say whether a later value of a node replaces or joins an earlier one; `\\:` is a colon of a
name.

Source: Amazon Neptune User Guide, Gremlin load data format.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seaglass.engine.transfer.issues import bad_header
from seaglass.engine.transfer.layout import ColumnSpec, Layout, Role, Type

if TYPE_CHECKING:
    from collections.abc import Sequence

ID, LABEL, FROM, TO = "~id", "~label", "~from", "~to"
_SYSTEM = {ID: Role.ID, LABEL: Role.LABEL, FROM: Role.FROM, TO: Role.TO}
_OTHERS_SYSTEM = re.compile(r":(?:ID|LABEL|START_ID|END_ID|TYPE)(?:\(.*\))?")
TYPES: dict[str, Type] = {
    "bool": Type.BOOL,
    "boolean": Type.BOOL,
    "byte": Type.BYTE,
    "short": Type.SHORT,
    "int": Type.INT,
    "long": Type.LONG,
    "float": Type.FLOAT,
    "double": Type.DOUBLE,
    "string": Type.STRING,
    "date": Type.DATE,
    "datetime": Type.DATETIME,
    "localdatetime": Type.LOCAL_DATETIME,
    "localtime": Type.LOCAL_TIME,
    "time": Type.TIME,
    "duration": Type.DURATION,
    "vector": Type.VECTOR,
    "any": Type.ANY,
}
EMBEDDING = "embedding"
_TYPED = re.compile(r"(?P<type>\w+)(?P<cardinality>\((?:single|set)\))?(?P<many>\[\])?", re.I)
_COLON = re.compile(r"(?<!\\):")


def gremlin_layout(header: Sequence[str], file: str) -> Layout:
    """What a header says.

    Raises: Rejected with the service's text
    """
    line = ",".join(header)
    if not any(header):
        raise bad_header("Headers must be non-empty.", file)
    columns = tuple([_column(name, line, file) for name in header])
    for name in header:
        if header.count(name) > 1:
            kind = "system" if name in _SYSTEM else "user"
            found = " found" if kind == "system" else ""
            shown = name if kind == "system" else _COLON.split(name)[0]
            raise bad_header(f"Duplicate {kind} column `{shown}`{found}", file, line)
    roles = {column.role for column in columns}
    edges = Role.FROM in roles or Role.TO in roles
    if edges and not (Role.FROM in roles and Role.TO in roles):
        raise bad_header(
            "Relationship file in '`csv`' format should contain both `~from` and `~to` columns",
            file,
            line,
        )
    if not edges and Role.ID not in roles:
        raise bad_header(
            "Bad header for a file in '`csv`' format, could not determine node or relationship file",
            file,
            line,
        )
    if edges:
        columns = tuple([_of_edges(column, line, file) for column in columns])
    _check_keys(columns, line, file)
    return Layout(edges, columns)


def _column(name: str, line: str, file: str) -> ColumnSpec:
    if name in _SYSTEM:
        return ColumnSpec(name, _SYSTEM[name])
    if _OTHERS_SYSTEM.fullmatch(name):
        raise bad_header(
            "Bad header for a file in '`csv`' format, could not determine node or relationship"
            " file, found system columns from '`OPEN_CYPHER`' format",
            file,
            line,
        )
    parts = _COLON.split(name)
    key = parts[0].replace("\\:", ":")
    if not key:
        raise bad_header(f"Named column name is not present for header field `{name}`", file, line)
    if len(parts) == 1:
        return ColumnSpec(name, Role.PROPERTY, key)
    typed = _TYPED.fullmatch(parts[1]) if len(parts) == 2 else None
    kind = None if typed is None else TYPES.get(typed["type"].lower())
    if typed is None or kind is None:
        raise bad_header(f"Invalid data type encountered for header {name}", file, line)
    if kind is Type.VECTOR:
        return embedding_column(name, key, line, file)
    single = (typed["cardinality"] or "").lower() == "(single)"
    if kind is Type.ANY and (single or typed["many"]):
        raise bad_header(f"Invalid data type encountered for header {name}", file, line)
    return ColumnSpec(name, Role.PROPERTY, key, kind, bool(typed["many"]), single)


def embedding_column(name: str, key: str, line: str, file: str) -> ColumnSpec:
    """A column of vectors, whose name is given.

    Raises: Rejected
    """
    if key != EMBEDDING:
        raise bad_header(
            f"Invalid column name provided for loading embeddings: [{key}] for filename: {file}."
            " Embedding column name must be the same as their corresponding vector index name",
            file,
            line,
        )
    return ColumnSpec(name, Role.EMBEDDING, key, Type.VECTOR)


def _of_edges(column: ColumnSpec, line: str, file: str) -> ColumnSpec:
    if column.role is Role.ID:
        return ColumnSpec(column.name, Role.IGNORED)
    if column.role is Role.EMBEDDING or column.many:
        raise bad_header(f"Multi-valued columns are not supported `{column.name}`", file, line)
    return column


def _check_keys(columns: Sequence[ColumnSpec], line: str, file: str) -> None:
    keys = [column.key for column in columns if column.key]
    for key in keys:
        if keys.count(key) > 1:
            raise bad_header(f"Duplicate user column `{key}`", file, line)

"""What the header of a file says: which column is what, and of which type.

Above: `gremlin`, `opencypher` make them; `csv`, `assembly` read them. Below: nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Role(StrEnum):
    """What a column is for."""

    ID = "id"
    LABEL = "label"
    FROM = "from"
    TO = "to"
    PROPERTY = "property"
    EMBEDDING = "embedding"
    IGNORED = "ignored"


class Type(StrEnum):
    """The type of a property's values."""

    BOOL = "bool"
    BYTE = "byte"
    SHORT = "short"
    INT = "int"
    LONG = "long"
    FLOAT = "float"
    DOUBLE = "double"
    STRING = "string"
    DATE = "date"
    DATETIME = "datetime"
    LOCAL_DATETIME = "localdatetime"
    LOCAL_TIME = "localtime"
    TIME = "time"
    DURATION = "duration"
    VECTOR = "vector"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """One column.

    Args:
        name: as the header has it; key: of the property
        many: whether a cell holds several values; single: whether a later value replaces an earlier
            one of the same node, instead of being added to it
        space: of ids
        dimension: of vectors
        neptune: whether values are kept as Neptune Analytics keeps them
    """

    name: str
    role: Role
    key: str = ""
    type: Type = Type.STRING
    many: bool = False
    single: bool = False
    space: str = ""
    dimension: int = 0
    neptune: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one file, which has nodes or edges."""

    edges: bool
    columns: tuple[ColumnSpec, ...]

    @property
    def properties(self) -> tuple[ColumnSpec, ...]:
        """The columns that become properties."""
        return tuple(one for one in self.columns if one.role is Role.PROPERTY)

    def fitted(self, dimension: int | None, *, neptune: bool) -> Layout:
        """The layout for a graph whose vectors have this dimension (None: that takes none)."""
        columns = []
        for one in self.columns:
            if one.role is Role.EMBEDDING and dimension is None:
                one = replace(one, role=Role.IGNORED)
            columns.append(replace(one, dimension=dimension or 0, neptune=neptune))
        return Layout(self.edges, tuple(columns))

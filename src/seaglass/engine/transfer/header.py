"""What the headers of both CSV formats share: types by name, embeddings, names that repeat.

Above: `gremlin`, `opencypher`, `cells`. Below: `layout`, `issues`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.engine.transfer.issues import ErrorClass, Issue, Rejected, bad_header, shown
from seaglass.engine.transfer.layout import ColumnSpec, Role, Type

if TYPE_CHECKING:
    from collections.abc import Sequence

EMBEDDING = "embedding"
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
    "vector": Type.VECTOR,
}


class Header:
    """The header of one file. Attributes: names: of its columns; line: as messages show it"""

    def __init__(self, fields: Sequence[str], file: str) -> None:
        self.names = tuple([field.strip() for field in fields])
        self.line = ",".join(fields)
        self.file = file
        if not all(self.names):
            raise bad_header("Headers must be non-empty.", file)

    def bad(self, text: str, advice: str = "") -> Rejected:
        """An error that shows the header."""
        return bad_header(text, self.file, self.line, advice)

    def bad_type(self, name: str) -> Rejected:
        return self.bad(f"Invalid data type encountered for header {name}")

    def check_repeated(self, columns: Sequence[ColumnSpec]) -> None:
        """Raises: Rejected when a system column, or the key of a property, is there twice."""
        seen: set[str] = set()
        for column in columns:
            system = column.role not in (Role.PROPERTY, Role.EMBEDDING)
            name = _system_name(column.name) if system else column.key
            if name in seen and system:
                raise self.bad(f"Duplicate system column `{name}` found")
            if name in seen or (system and column.key in seen):
                raise self.bad(f"Duplicate user column `{column.key}`")
            seen.update((name, column.key) if column.key else (name,))

    def embedding(self, name: str, key: str) -> ColumnSpec:
        """A column of vectors.

        Raises: Rejected when it has not the name of the vector index
        """
        if key != EMBEDDING:
            text = (
                f"Invalid column name provided for loading embeddings: [{key}] for filename:"
                f" {self.file}. Embedding column name must be the same as their corresponding"
                f" vector index name when parsing line [{shown(self.line)}] in [{self.file}]."
            )
            raise Rejected(Issue(ErrorClass.PARSING_ERROR, text, self.file, 1))
        return ColumnSpec(name, Role.EMBEDDING, key, Type.VECTOR)


def needs(nodes: str, edges: str) -> str:
    """What to do about a header that is neither of nodes nor of edges. Args: the columns of each"""
    return f"A file of nodes needs {nodes} in its header, one of edges {edges}: see docs/import.md."


def _system_name(name: str) -> str:
    """`~id`; `:ID` of `key:ID(space)`."""
    word = name.partition("(")[0]
    return word[max(word.rfind(":"), 0) :]

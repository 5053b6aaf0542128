"""Test procedures of the TCK: a signature and a table, whose rows with the arguments of a call are its results."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from seaglass.engine.cypher.logical.procedures import Field, Procedure, Type
from seaglass.engine.exec.procedures import row_by_row
from tests.engine.tck.forms import expected, plain

if TYPE_CHECKING:
    from seaglass.engine.exec.procedures import Body

STEP = re.compile(r"there exists a procedure ([\w.]+)\((.*?)\) :: \((.*?)\) ?:")


def procedure_of(text: str, table: list[list[str]]) -> tuple[Procedure, Body]:
    """Of the step's text and table."""
    found = STEP.fullmatch(text)
    assert found, text
    name, arguments, results = found[1], _fields(found[2]), _fields(found[3])
    header, *body = table
    assert header == [field.name for field in (*arguments, *results)], header
    rows = [[plain(expected(cell)) for cell in row] for row in body]
    count = len(arguments)

    def rows_for(_: Any, **given: Any) -> list[tuple[Any, ...]]:
        wanted = [given[field.name] for field in arguments]
        return [tuple(row[count:]) for row in rows if row[:count] == wanted]

    names = [field.name for field in results]
    return Procedure(name, arguments, results, reads=False, writes=False), row_by_row(
        names, rows_for
    )


def _fields(text: str) -> tuple[Field, ...]:
    parts = [part.split(" :: ") for part in text.split(", ") if part]
    return tuple([Field(name, Type(kind.rstrip("?")), kind.endswith("?")) for name, kind in parts])

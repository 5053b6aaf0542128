"""Statements that are asked again and again, made once.

Above: graphs, snapshots, effects, quotas, tags. Below: SQLAlchemy. To build a statement and find its
compiled form takes several times as long as to execute it, and the thread that does so keeps the
interpreter from queries. Here a statement is kept for each table and choice of columns; values are
given when it is executed, as parameters named as the columns.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, insert, select, update

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Delete, Insert, Select, Table, Update


@cache
def rows_of(table: Table, *columns: str) -> Select[Any]:
    """Read the rows whose `columns` have the values given."""
    return select(table).where(*_equal(table, columns))


@cache
def count_of(table: Table, *columns: str) -> Select[int]:
    """Count the rows whose `columns` have the values given."""
    return select(func.count()).select_from(table).where(*_equal(table, columns))


@cache
def states_of(table: Table) -> Select[Any]:
    """Count the rows of each state."""
    return select(table.c.state, func.count()).group_by(table.c.state)


@cache
def names_of(table: Table, gone: str) -> Select[Any]:
    """Read the ids of an owner's rows with a name that are not in the state `gone`."""
    equal = _equal(table, ("name", "account_id", "region"))
    return select(table.c.id).where(*equal, table.c.state != gone)


@cache
def new_row(table: Table) -> Insert:
    """Write a row of the values given."""
    return insert(table)


@cache
def changed_row(table: Table) -> Update:
    """Write the values given over the row of the id `row_id`."""
    return update(table).where(table.c.id == bindparam("row_id"))


@cache
def without(table: Table, *columns: str) -> Delete:
    """Remove the rows whose `columns` have the values given."""
    return delete(table).where(*_equal(table, columns))


def _equal(table: Table, columns: tuple[str, ...]) -> list[ColumnElement[bool]]:
    return [table.c[column] == bindparam(column) for column in columns]

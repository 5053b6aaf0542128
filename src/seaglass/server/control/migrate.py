"""Databases of earlier versions, brought to the tables of this one.

Above: store, when it opens. Below: tables. Whole tables that are missing are made by `create_all`;
here are the columns that came later: owners, which each row gets, and columns that may be NULL.
Idempotent, and in one transaction where the database allows it: a crash in between leaves a
database that is brought along the next time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from seaglass.server.control.tables import METADATA

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from seaglass.base.owner import Owner


def migrate(connection: Connection, owner: Owner) -> None:
    """Add what is missing; rows from before there were owners become this one's."""
    assert "'" not in owner.account_id + owner.region
    values = {"account_id": owner.account_id, "region": owner.region}
    inspector = inspect(connection)
    known = set(inspector.get_table_names())
    for table in METADATA.sorted_tables:
        if table.name not in known:
            continue
        present = {column["name"] for column in inspector.get_columns(table.name)}
        for column in table.columns:
            if column.name in present:
                continue
            assert column.nullable or column.name in values, f"rows would have no {column}"
            kind = column.type.compile(connection.dialect)
            # A column that must not be NULL needs a value for the rows that are there.
            rest = "" if column.nullable else f" NOT NULL DEFAULT '{values[column.name]}'"
            statement = f"ALTER TABLE {table.name} ADD COLUMN {column.name} {kind}{rest}"
            connection.execute(text(statement))

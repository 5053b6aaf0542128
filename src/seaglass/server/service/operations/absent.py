"""Operations that are routed and validated, and then say what is missing. Above: table.

A handler that lands in another file takes its line in `table`; nothing here is half of one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.base.errors import Unsupported

if TYPE_CHECKING:
    from seaglass.server.service.context import Handler, Input, Output, Services

_TASKS = "Bulk import and export tasks are missing in this version of seaglass"
_IMPORT = f"{_TASKS}. Load data with ExecuteQuery, or with the library's graph.load."
_EXPORT = f"{_TASKS}. Read data with ExecuteQuery."

MISSING = {
    "CreateGraphUsingImportTask": _IMPORT,
    "StartImportTask": _IMPORT,
    "GetImportTask": _IMPORT,
    "ListImportTasks": _IMPORT,
    "CancelImportTask": _IMPORT,
    "StartExportTask": _EXPORT,
    "GetExportTask": _EXPORT,
    "ListExportTasks": _EXPORT,
    "CancelExportTask": _EXPORT,
}


def absent(name: str) -> Handler:
    """Make the handler of an operation that is not served."""

    async def handler(services: Services, values: Input) -> Output:
        del services, values
        raise Unsupported("unsupported_operation", f"{name} is not supported. {MISSING[name]}")

    return handler

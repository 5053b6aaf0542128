"""The procedures that read files: `neptune.load` and `neptune.read`.

Above: `procedures`. Below: `engine/transfer`, `context`.

    CALL neptune.load({source: "s3://bucket/prefix", region: "us-east-1", format: "csv"})
    CALL neptune.read({source: "s3://bucket/key", format: "csv"}) YIELD row

Buckets are read with the credentials of this process; local files only below the folders that it was
told to allow. Source: Amazon Neptune Analytics User Guide, Batch load; neptune.read().
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from seaglass.base.errors import Invalid
from seaglass.engine.transfer.load import load_changes
from seaglass.engine.transfer.request import Format, LoadRequest, format_of
from seaglass.engine.transfer.rows import read_rows
from seaglass.engine.values import column as cols
from seaglass.engine.values.frame import Frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.types import Value

# Rows that become maps at a time.
_MAPS = 16_384
# Keys in lower case, with the spellings that the guide has, and what they are called here.
_LOAD_KEYS = {
    "source": "source",
    "region": "region",
    "format": "format",
    "parquettype": "parquetType",
    "blanknodehandling": "blankNodeHandling",
    "blanknodehanding": "blankNodeHandling",
    "failonerror": "failOnError",
    "concurrency": "concurrency",
}
_READ_KEYS = {key: key for key in ("source", "region", "format", "concurrency")}
LOAD_RESULTS = (
    "totalRecords",
    "totalDuplicates",
    "totalTimeSpentMillis",
    "numThreads",
    "insertErrors",
    "throughputRecordsPerSec",
    "loadId",
)


class _Config:
    """The map that a procedure is given."""

    def __init__(self, name: str, given: Mapping[str, Value], keys: Mapping[str, str]) -> None:
        self._name = name
        self._values: dict[str, Value] = {}
        for key, value in given.items():
            if key.lower() not in keys:
                known = ", ".join(dict.fromkeys(keys.values()))
                raise self.wrong(f"has no option {key}; it takes {known}")
            self._values[keys[key.lower()]] = value

    def wrong(self, what: str) -> Invalid:
        return Invalid("illegal_argument", f"{self._name} {what}.")

    def text(self, key: str) -> str | None:
        value = self._values.get(key)
        if value is not None and not isinstance(value, str):
            raise self.wrong(f"takes a text as {key}, not {value!r}")
        return value

    def needed(self, key: str) -> str:
        value = self.text(key)
        if not value:
            raise self.wrong(f"needs {key}")
        return value

    def format(self, formats: Sequence[Format]) -> Format:
        form = format_of(self.needed("format"))
        if form not in formats:
            raise self.wrong(f"reads {' and '.join(formats)}, not {form}")
        return form

    def check_option(self, key: str, wanted: str) -> None:
        """Raises: Invalid(illegal_argument) when an option that has one value has another, or
        none."""
        if self.needed(key).lower() != wanted.lower():
            raise self.wrong(f"knows one {key}, {wanted}")

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._values.get(key, default)
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if not isinstance(value, bool):
            raise self.wrong(f"takes true or false as {key}, not {value!r}")
        return value

    def threads(self, *, default: int) -> int:
        """At most as many as there are cores; 0 stands for all of them."""
        value = self._values.get("concurrency", default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise self.wrong(f"takes a count of threads as concurrency, not {value!r}")
        cores = os.cpu_count() or 1
        return min(value or cores, cores)


def load(context: Context, config: dict[str, Value]) -> Iterable[tuple[Value, ...]]:
    """neptune.load: files become nodes and edges, in the query's transaction."""
    options = _Config("neptune.load", config, _LOAD_KEYS)
    form = options.format(tuple(Format))
    if form is Format.PARQUET:
        options.check_option("parquetType", "columnar")
    if form is Format.NTRIPLES:
        options.check_option("blankNodeHandling", "convertToIri")
    load_id = context.rng.uuid()
    request = LoadRequest(
        source=options.needed("source"),
        format=form,
        fail_on_error=options.flag("failOnError", default=True),
        threads=options.threads(default=1),
        folders=context.options.import_folders,
        load_id=load_id,
        region=options.text("region"),
    )
    began = context.clock.monotonic()
    neptune = context.options.neptune
    with context.holding() as held:
        report = load_changes(context.view, request, context.interrupt, held.add, neptune=neptune)
    took = context.clock.monotonic() - began
    records = report.progress.statements
    yield (
        records,
        report.duplicates,
        round(took * 1000),
        request.threads,
        report.progress.errors,
        round(records / took) if took else records,
        load_id,
    )


def read(arguments: Frame, context: Context) -> Iterator[tuple[NDArray[np.int64], Frame]]:
    """neptune.read: each row of a file as a map."""
    for place, config in enumerate(arguments.columns["config"].to_list()):
        assert isinstance(config, dict)
        options = _Config("neptune.read", config, _READ_KEYS)
        request = LoadRequest(
            source=options.needed("source"),
            format=options.format((Format.CSV, Format.PARQUET)),
            threads=options.threads(default=0),
            folders=context.options.import_folders,
            region=options.text("region"),
        )
        for columns in read_rows(request, neptune=context.options.neptune):
            context.interrupt.check()
            count = len(next(iter(columns.values())))
            for start in range(0, count, _MAPS):
                context.interrupt.check()
                maps = _maps(columns, start, min(start + _MAPS, count))
                rows = np.full(len(maps), place, np.int64)
                yield rows, Frame({"row": cols.mixed(maps)}, len(maps))


def _maps(columns: Mapping[str, Column], start: int, end: int) -> list[Value]:
    """Some rows as maps."""
    lines = zip(*(column.slice(start, end).to_list() for column in columns.values()), strict=True)
    return [dict(zip(columns, line, strict=True)) for line in lines]

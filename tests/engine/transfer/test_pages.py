"""Ids of edges as pages of Parquet have them: the same edges as by Arrow, whoever wrote the file."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from seaglass.base.errors import Interrupted
from seaglass.engine.graph import read
from seaglass.engine.transfer import parquet
from seaglass.engine.transfer.batch import Coded, EdgeBatch, PageIds
from seaglass.engine.transfer.issues import Rejected
from seaglass.engine.transfer.load import bulk_import
from seaglass.engine.transfer.page_headers import NotPlain
from seaglass.engine.transfer.parquet import parquet_batches, parquet_layout, row_groups
from seaglass.engine.transfer.request import Format, LoadRequest
from seaglass.engine.transfer.sources import files_of
from tests.engine.transfer.items import imported, new_graph

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROWS = 12_000
NODES = 3_000
# Of the rows of one part.
SOME = 5_000


def knows(rows: int = ROWS, *, prefix: str = "n") -> pa.Table:
    """Edges from few popular nodes to any; a fifth of the ends has no row of its own."""
    rng = np.random.default_rng(7)
    ends = {
        "~from": (NODES * rng.random(rows) ** 3).astype(np.int64),
        "~to": rng.integers(0, NODES * 5 // 4, rows),
    }
    columns: dict[str, Any] = {
        name: pa.array([f"{prefix}{number}" for number in numbers.tolist()])
        for name, numbers in ends.items()
    }
    types = [["KNOWS", "LIKES", None][number] for number in rng.integers(0, 3, rows).tolist()]
    return pa.table({**columns, "~label": types, "since": rng.integers(0, 99, rows)})


def without_nulls(table: pa.Table) -> pa.Table:
    """The same, of which the file says that nothing is null."""
    fields = [
        pa.field(field.name, field.type, nullable=field.name == "~label") for field in table.schema
    ]
    return table.cast(pa.schema(fields))


def edges(graph: Any) -> list[Any]:
    version = graph.version
    found = []
    for some in read.scan_edges(version, ()):
        ends = [read.node_ids(version, nodes).to_list() for nodes in read.edge_ends(version, some)]
        since = read.edge_property(version, some, "since").to_list()
        types = [read.edge_type(version, edge) for edge in some.tolist()]
        found += list(zip(*ends, types, since, strict=True))
    return sorted(found, key=repr)


def expected(table: pa.Table) -> list[Any]:
    rows = [
        (row["~from"], row["~to"], row["~label"] or "edge", row["since"])
        for row in table.to_pylist()
    ]
    return sorted(rows, key=repr)


def texts(ids: Any) -> list[str]:
    if not isinstance(ids, PageIds):
        return list(ids.to_pylist())
    found: list[str] = []
    for part in ids.parts:
        whole = part.dictionary.texts if isinstance(part, Coded) else part
        places = part.codes if isinstance(part, Coded) else np.arange(len(part))
        found += whole.take(places.astype(np.int64)).to_pylist()
    return found


def batches(path: Path) -> Iterator[EdgeBatch]:
    (file,) = files_of(str(path), None)
    layout = parquet_layout(file)
    for groups in row_groups(file):
        for batch, issues in parquet_batches(file, layout, groups):
            assert not issues
            assert isinstance(batch, EdgeBatch)
            yield batch


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "IMPORT_BATCH_ROWS", SOME)


WRITTEN: dict[str, dict[str, Any]] = {
    "as pyarrow writes": {},
    "no dictionary": {"use_dictionary": False},
    "a dictionary that is given up": {"dictionary_pagesize_limit": 2_000},
    "pages of version 2": {"data_page_version": "2.0"},
    "pages of version 2, not packed": {"data_page_version": "2.0", "compression": "none"},
    "not packed": {"compression": "none"},
    "zstd": {"compression": "zstd"},
    "gzip": {"compression": "gzip"},
    "brotli": {"compression": "brotli"},
    "lz4": {"compression": "lz4"},
    "smaller pages": {"data_page_size": 50_000, "use_dictionary": False},
    "row groups": {"row_group_size": 7_000},
}


@pytest.mark.parametrize("nulls", [True, False])
@pytest.mark.parametrize("options", WRITTEN.values(), ids=list(WRITTEN))
def test_ids_are_taken_from_pages(tmp_path: Path, options: dict[str, Any], *, nulls: bool) -> None:
    table = knows() if nulls else without_nulls(knows())
    pq.write_table(table, tmp_path / "knows.parquet", **options)
    found = list(batches(tmp_path / "knows.parquet"))
    assert all(isinstance(batch.sources, PageIds) for batch in found)
    for name, get in (("~from", lambda one: one.sources), ("~to", lambda one: one.targets)):
        ids = [text for batch in found for text in texts(get(batch))]
        assert ids == table[name].to_pylist()
    ids = pa.table({"~id": [f"n{number}" for number in range(NODES)]})
    pq.write_table(ids, tmp_path / "ids.parquet")
    graph = new_graph()
    report = imported(graph, tmp_path, Format.PARQUET, threads=2)
    assert edges(graph) == expected(table)
    ends = {*table["~from"].to_pylist(), *table["~to"].to_pylist(), *ids["~id"].to_pylist()}
    assert report.nodes == len(ends)


def test_what_polars_writes(tmp_path: Path) -> None:
    table = knows()
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    frame.write_parquet(tmp_path / "knows.parquet", row_group_size=ROWS)
    found = list(batches(tmp_path / "knows.parquet"))
    assert all(isinstance(batch.sources, PageIds) for batch in found)
    assert [text for batch in found for text in texts(batch.targets)] == table["~to"].to_pylist()


@pytest.mark.parametrize(
    "options",
    [
        {"use_dictionary": False, "column_encoding": {"~from": "DELTA_BYTE_ARRAY"}},
        {"use_dictionary": False, "column_encoding": {"~to": "DELTA_LENGTH_BYTE_ARRAY"}},
        {"max_rows_per_page": 100},
        {"row_group_size": 1_000},
    ],
)
def test_what_is_not_plain_is_read_by_arrow(tmp_path: Path, options: dict[str, Any]) -> None:
    table = knows()
    pq.write_table(table, tmp_path / "knows.parquet", **options)
    found = list(batches(tmp_path / "knows.parquet"))
    assert not any(isinstance(batch.sources, PageIds) for batch in found)
    graph = new_graph()
    imported(graph, tmp_path, Format.PARQUET)
    assert edges(graph) == expected(table)


@pytest.mark.parametrize("statistics", [True, False])
def test_rows_without_an_end_are_told(tmp_path: Path, *, statistics: bool) -> None:
    """A null in a late page, of which the file may not tell."""
    table = knows()
    targets = table["~to"].to_pylist()
    targets[11_000] = None
    table = table.set_column(1, "~to", pa.array(targets))
    path = tmp_path / "knows.parquet"
    pq.write_table(table, path, write_statistics=statistics, data_page_size=50_000)
    graph = new_graph()
    report = imported(graph, tmp_path, Format.PARQUET, fail_on_error=False)
    assert report.progress.error_details == f"PARSING_ERROR: `~to` is empty. ({path}, line 11001)"
    assert report.progress.records == ROWS
    good = [number for number in range(ROWS) if number != 11_000]
    assert edges(graph) == expected(table.take(good))


def test_a_wrong_value_among_good_ones_is_told(tmp_path: Path) -> None:
    table = knows()
    dates = ["2024-01-01"] * ROWS
    dates[8_000] = "never"
    table = table.append_column("at", pa.array(dates))
    table = table.replace_schema_metadata({"dateTypeColumns": "at"})
    path = tmp_path / "knows.parquet"
    pq.write_table(table, path)
    graph = new_graph()
    report = imported(graph, tmp_path, Format.PARQUET, fail_on_error=False)
    assert report.progress.errors == 1
    assert str(report.progress.error_details).endswith(f"({path}, line 8001)")
    good = [number for number in range(ROWS) if number != 8_000]
    assert edges(graph) == expected(table.take(good))


@pytest.mark.parametrize("options", [{"use_dictionary": False}, {"data_page_version": "2.0"}])
def test_damage_is_met_as_by_arrow(
    tmp_path: Path, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever a byte of the ids differs, the answer is Arrow's, the same ids or an error; or nothing
    that matters differs, and the ids are those that were written."""
    path = tmp_path / "knows.parquet"
    pq.write_table(knows().drop("~label"), path, compression="none", **options)
    whole, written = path.read_bytes(), read_or_error(path)
    group = pq.read_metadata(path).row_group(0)
    size = sum(group.column(place).total_compressed_size for place in range(2))
    rng = random.Random(1)
    told = 0
    for place in [*range(4, 60), *(rng.randrange(4, 4 + size) for _ in range(150))]:
        changed = bytearray(whole)
        changed[place] ^= 1 << rng.randrange(8)
        path.write_bytes(changed)
        ours = read_or_error(path)
        with monkeypatch.context() as patch:
            patch.setattr(parquet, "_edge_batches", by_arrow)
            assert ours == read_or_error(path) or ours == written, place
        told += ours is None
    assert 0 < told < 150


def by_arrow(*_: object) -> None:
    raise NotPlain


def read_or_error(path: Path) -> list[bytes] | None:
    try:
        return [
            text
            for batch in batches(path)
            for ids in (batch.sources, batch.targets)
            for text in raw(ids)
        ]
    except Rejected:
        return None


def raw(ids: Any) -> list[bytes]:
    """The bytes of ids, which may be no text."""
    if isinstance(ids, PageIds):
        found = []
        for part in ids.parts:
            whole = part.dictionary.texts if isinstance(part, Coded) else part
            places = part.codes if isinstance(part, Coded) else np.arange(len(part))
            found += whole.take(places.astype(np.int64)).cast(pa.large_binary()).to_pylist()
        return found
    return list(ids.cast(pa.large_binary()).to_pylist())


def test_small_row_groups_are_read_together(tmp_path: Path) -> None:
    table = knows()
    path = tmp_path / "knows.parquet"
    pq.write_table(table, path, row_group_size=900)
    (file,) = files_of(str(path), None)
    groups = list(row_groups(file))
    assert [len(one.places) for one in groups] == [5, 5, 4]
    assert [(one.first, one.rows) for one in groups] == [(0, 4_500), (4_500, 4_500), (9_000, 3_000)]
    targets = table["~to"].to_pylist()
    targets[10_000] = None
    pq.write_table(table.set_column(1, "~to", pa.array(targets)), path, row_group_size=900)
    graph = new_graph()
    report = imported(graph, tmp_path, Format.PARQUET, fail_on_error=False, threads=2)
    assert report.progress.error_details == f"PARSING_ERROR: `~to` is empty. ({path}, line 10001)"
    good = [number for number in range(ROWS) if number != 10_000]
    assert edges(graph) == expected(table.take(good))


@pytest.mark.parametrize("threads", [1, 2])
def test_an_import_of_one_row_group_ends_between_its_parts(tmp_path: Path, threads: int) -> None:
    ids = pa.table({"~id": [f"n{number}" for number in range(ROWS)]})
    pq.write_table(ids, tmp_path / "ids.parquet")
    graph = new_graph()
    told: list[int] = []
    request = LoadRequest(str(tmp_path), Format.PARQUET, threads=threads)

    def stop() -> bool:
        return bool(told) and told[-1] > 0

    with pytest.raises(Interrupted):
        bulk_import(graph, request, lambda progress: told.append(progress.records), stop)
    assert told == [SOME, 2 * SOME]
    assert graph.version.node_count == 0

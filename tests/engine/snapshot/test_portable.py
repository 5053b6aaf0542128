"""Snapshots as files: carried to another key, and known when they are cut or changed."""

from __future__ import annotations

import itertools
import struct
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from seaglass.base.clock import ManualClock
from seaglass.base.errors import Conflict, Corrupt, Exhausted, Invalid, SeaglassError, Unavailable
from seaglass.base.memory_files import MemoryFiles
from seaglass.base.rng import SeededRng
from seaglass.engine.snapshot import portable as portable_snapshot
from seaglass.engine.snapshot.portable import (
    OBJECT,
    PortableFile,
    export_snapshot,
    import_snapshot,
)
from seaglass.engine.snapshot.verify import verify_snapshot
from seaglass.storage.keys.ring import AWS_OWNED_KEY
from seaglass.storage.objects import portable
from seaglass.storage.objects.portable import HEADER_BYTES, is_sealed, read_records
from seaglass.testkit.files import Fault, FaultyFiles
from tests.engine.items import add, opened, reached

if TYPE_CHECKING:
    from seaglass.engine.database import Database

FILE = Path("/carried/s.seaglass")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passphrases cost half a second each otherwise."""
    defaults = portable.PortableWriter.__init__.__defaults__
    assert defaults is not None
    monkeypatch.setattr(portable.PortableWriter.__init__, "__defaults__", (4,))


def files_of() -> MemoryFiles:
    files = MemoryFiles()
    files.make_dir(FILE.parent)
    return files


def source_of(items: int = 2) -> Database:
    database = opened(MemoryFiles())
    graph = database.create_graph("g")
    for number in range(1, items + 1):
        add(graph, number)
    graph.snapshot("s")
    return database


def test_an_empty_passphrase_is_none(tmp_path: Path) -> None:
    """It comes from a variable that is not set, and would seal under what everybody knows."""
    with pytest.raises(Invalid, match="passphrase is empty"):
        source_of().export_snapshot("s", tmp_path / "s.seaglass", passphrase="")
    assert list(tmp_path.iterdir()) == []


def exported(passphrase: str | None) -> tuple[Database, MemoryFiles, PortableFile]:
    database, files = source_of(), files_of()
    file = PortableFile(files, FILE, passphrase)
    size = export_snapshot(database._store, database.snapshot("s"), file)
    assert files.stat(FILE).size_bytes == size
    return database, files, file


@pytest.mark.parametrize("passphrase", ["geheim", None])
def test_a_snapshot_arrives_under_another_key(passphrase: str | None) -> None:
    source, files, file = exported(passphrase)
    assert is_sealed(files, FILE) is (passphrase is not None)
    target = opened(MemoryFiles(), seed=9)
    ref = import_snapshot(target._store, file, AWS_OWNED_KEY)
    sent = source.snapshot("s")
    assert (ref.id, ref.name, ref.version, ref.created_ms) == (
        sent.id,
        sent.name,
        sent.version,
        sent.created_ms,
    )
    assert ref.manifest != sent.manifest
    assert target.verify(ref.id).ok
    assert reached(target.restore(ref.id, "copy")) == 2
    # Once more: it is here.
    assert import_snapshot(target._store, file, AWS_OWNED_KEY) == ref
    assert target.snapshots() == [ref]


def test_the_content_is_the_same_with_chunks_of_every_kind() -> None:
    source = opened(MemoryFiles())
    graph = source.create_graph("g")
    rows = 3_000
    ids = [f"n{number}" for number in range(rows)]
    nodes = pa.table({"~id": ids, "~label": ["A"] * rows, "x": np.arange(rows), "t": ids})
    edges = pa.table({"~from": ids[1:], "~to": ids[:-1], "~label": ["R"] * (rows - 1)})
    graph.load(nodes=nodes, edges=edges)
    graph.query("MATCH (n {`~id`: 'n7'}) SET n.x = 'seven', n.y = [1, 2.5]")
    graph.snapshot("s")
    file = PortableFile(files_of(), FILE, None)
    told: list[tuple[int, int]] = []
    export_snapshot(
        source._store, source.snapshot("s"), file, lambda *numbers: told.append(numbers)
    )
    assert told[-1][0] == told[-1][1] == len(told)
    target = opened(MemoryFiles(), seed=9)
    import_snapshot(target._store, file, AWS_OWNED_KEY, "other name")
    text = "MATCH (n)-[r:R]->(m) RETURN n.`~id` AS i, n.x AS x, n.y AS y, n.t AS t, m.x AS m ORDER BY i"
    copy = target.restore("other name", "copy")
    assert copy.query(text).rows() == source.restore("s", "copy").query(text).rows()


def test_in_the_store_it_comes_from_it_costs_nothing_and_keeps_its_ref() -> None:
    source, _, file = exported(None)
    before = [info.name for info in source._store.raw_objects.list()]
    ref = source.snapshot("s")
    assert import_snapshot(source._store, file, AWS_OWNED_KEY) == ref
    source.delete_snapshot("s")
    again = import_snapshot(source._store, file, AWS_OWNED_KEY)
    assert (again.id, again.manifest, again.objects_written) == (ref.id, ref.manifest, 0)
    assert {info.name for info in source._store.raw_objects.list()} >= set(before)


def test_another_snapshot_with_the_id_stays_as_it_is() -> None:
    _, _, file = exported(None)
    target = opened(MemoryFiles(), seed=9)
    add(target.create_graph("own"), 1)
    own = target.graph("own").snapshot("mine", snapshot_id=source_of().snapshot("s").id)
    ref = import_snapshot(target._store, file, AWS_OWNED_KEY)
    assert ref.id != own.id
    assert target.snapshot(own.id) == own
    assert target.verify(ref.id).ok


@pytest.mark.parametrize("passphrase", ["geheim", None])
def test_every_changed_byte_and_every_cut_is_refused(passphrase: str | None) -> None:
    _, files, file = exported(passphrase)
    whole = bytes(files.tree[FILE].content)
    target = opened(MemoryFiles(), seed=9)._store
    for offset in [*range(HEADER_BYTES + 40), *range(HEADER_BYTES, len(whole), 13)]:
        files.tree[FILE].content[:] = whole
        files.tree[FILE].content[offset] ^= 0x10
        with pytest.raises((Corrupt, Invalid), match=FILE.name):
            import_snapshot(target, file, AWS_OWNED_KEY)
    for size in [*range(0, len(whole), 97), len(whole) - 1]:
        files.tree[FILE].content[:] = whole[:size]
        with pytest.raises(Corrupt, match=FILE.name):
            import_snapshot(target, file, AWS_OWNED_KEY)
    files.tree[FILE].content[:] = whole + b"\0"
    with pytest.raises(Corrupt, match="its end does not belong to it"):
        import_snapshot(target, file, AWS_OWNED_KEY)
    assert target.refs.snapshots() == []
    files.tree[FILE].content[:] = whole
    import_snapshot(target, file, AWS_OWNED_KEY)


def test_records_that_are_left_out_or_swapped_are_found() -> None:
    _, files, _ = exported(None)
    whole = bytes(files.tree[FILE].content)
    starts, offset = [], HEADER_BYTES
    while offset < len(whole):
        starts.append(offset)
        offset += 8 + struct.unpack_from("<I", whole, offset)[0] + 16
    assert len(starts) == len(list(read_records(files, FILE, None))) + 1
    records = [whole[a:b] for a, b in itertools.pairwise([*starts, len(whole)])]
    swapped = [records[0], records[2], records[1], *records[3:]]
    for wrong in (swapped, records[:1] + records[2:], records[:-1], [records[-1]]):
        files.tree[FILE].content[:] = whole[:HEADER_BYTES] + b"".join(wrong)
        with pytest.raises(Corrupt):
            list(read_records(files, FILE, None))


def test_a_passphrase_is_asked_for_and_checked() -> None:
    _, files, _ = exported("geheim")
    target = opened(MemoryFiles(), seed=9)._store
    with pytest.raises(Invalid, match="give its passphrase"):
        import_snapshot(target, PortableFile(files, FILE, None), AWS_OWNED_KEY)
    with pytest.raises(Invalid, match="is wrong"):
        import_snapshot(target, PortableFile(files, FILE, "Geheim"), AWS_OWNED_KEY)
    assert b"Item" not in bytes(files.tree[FILE].content)


def test_a_file_that_is_there_is_not_written_over() -> None:
    source, files, file = exported(None)
    whole = bytes(files.tree[FILE].content)
    with pytest.raises(Conflict, match="Export to another name"):
        export_snapshot(source._store, source.snapshot("s"), file)
    assert bytes(files.tree[FILE].content) == whole


@pytest.mark.parametrize("how", ["before", "torn", "after"])
def test_a_failure_leaves_no_file_and_no_snapshot(how: str) -> None:
    source = source_of()
    for at in itertools.count(1):
        inner = files_of()
        faulty = FaultyFiles(inner, Fault(at, how, forever=False))  # type: ignore[arg-type]
        try:
            export_snapshot(source._store, source.snapshot("s"), PortableFile(faulty, FILE, None))
        except Unavailable:
            assert faulty.failed
        if inner.exists(FILE):
            # Whole, though its name may not have been durable.
            list(read_records(inner, FILE, None))
        if not faulty.failed:
            break
    for at in itertools.count(1):
        disk = MemoryFiles(ManualClock())
        faulty = FaultyFiles(disk, Fault(at, how, forever=False))  # type: ignore[arg-type]
        try:
            with opened(faulty, seed=9) as target:  # type: ignore[arg-type]
                import_snapshot(target._store, PortableFile(inner, FILE, None), AWS_OWNED_KEY)
        except SeaglassError:
            assert faulty.failed
        with opened(disk, seed=10) as target:
            for ref in target.snapshots():
                assert verify_snapshot(target._store, ref.id).ok
            assert target.snapshots() or faulty.failed
        if not faulty.failed:
            break


def test_what_is_no_file_of_ours_is_refused() -> None:
    files = files_of()
    files.write_atomic(FILE, b"PK\x03\x04" * 100)
    with pytest.raises(Corrupt, match="no snapshot that was exported"):
        is_sealed(files, FILE)
    # A well-made file with nonsense in it.
    target = opened(MemoryFiles(), seed=9)._store
    for payloads in (
        [],
        [(1, b"{}")],
        [(1, b"nonsense")],
        [(2, b"short")],
        [(1, b'{"format":"seaglass portable","format_version":2}')],
    ):
        files.remove(FILE)
        file = files.open_append(FILE)
        writer = portable.PortableWriter(file, None, SeededRng(1))
        for kind, payload in payloads:
            writer.write(kind, payload)
        writer.finish()
        with pytest.raises(Corrupt, match=FILE.name):
            import_snapshot(target, PortableFile(files, FILE, None), AWS_OWNED_KEY)


def test_an_object_of_an_encoding_that_there_is_not_is_refused() -> None:
    _, files, _ = exported(None)
    records = list(read_records(files, FILE, None))
    files.remove(FILE)
    writer = portable.PortableWriter(files.open_append(FILE), None, SeededRng(1))
    for record in records:
        payload = bytearray(record.payload)
        if record.kind == OBJECT:
            payload[32] += 2
        writer.write(record.kind, bytes(payload))
    writer.finish()
    target = opened(MemoryFiles(), seed=9)._store
    with pytest.raises(Corrupt, match="holds no whole snapshot"):
        import_snapshot(target, PortableFile(files, FILE, None), AWS_OWNED_KEY)


def test_an_object_that_no_file_takes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    source = source_of()
    monkeypatch.setattr(portable_snapshot, "PORTABLE_OBJECT_BYTES_MAX", 30)
    files = files_of()
    with pytest.raises(Exhausted, match="seaglass store copy"):
        export_snapshot(source._store, source.snapshot("s"), PortableFile(files, FILE, None))
    assert not files.exists(FILE)

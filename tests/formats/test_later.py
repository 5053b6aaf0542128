"""What a later version has written is refused by the number of its format, in words that say what to do, and stays as it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from seaglass.base.errors import Corrupt
from seaglass.base.memory_files import MemoryFiles
from seaglass.engine.database import Database
from seaglass.engine.graph.codec import LAYOUTS, decode_chunk, encode_chunk
from seaglass.engine.snapshot.manifest import encode_manifest, read_manifest
from seaglass.engine.values.column import Column, from_values
from seaglass.storage.wal import format as log_format
from seaglass.storage.wal.format import SegmentHeader, decode_header, encode_header, segment_name

REFUSED = r"format.*3.*with the version of seaglass that wrote"


def test_a_manifest() -> None:
    with Database.open() as database:
        graph = database.create_graph("g")
        graph.query("CREATE (:P {n: 1})")
        ref = graph.snapshot("s")
        store = database._store
        objects = store.objects(ref.key_id)
        document = read_manifest(objects, ref.manifest, "s")
        document["format_version"] = 3
        manifest = objects.put(encode_manifest(document)).hex()
        later = replace(ref, id="gs-0000000000", name="later", manifest=manifest)
        store.refs.write_snapshot(later)
        assert isinstance(store.files, MemoryFiles)
        before = dict(store.files.tree)
        with pytest.raises(Corrupt, match=REFUSED):
            database.frozen(later.id)
        with pytest.raises(Corrupt, match=REFUSED):
            database.plan_gc()
        assert not database.verify(later.id).ok
        # What this version knows is served.
        assert database.verify(ref.id).ok
        assert store.files.tree == before


def test_a_chunk() -> None:
    data = encode_chunk(from_values([1, 2, 3]))
    later = bytes([max(LAYOUTS) + 1]) + data[1:]
    with pytest.raises(
        Corrupt, match=r"layout 3, and this program reads up to 2\. If a later version"
    ):
        decode_chunk(later, Column)


def test_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    header = SegmentHeader(1, bytes(16))
    monkeypatch.setattr(log_format, "VERSION", 2)
    data = encode_header(header)
    monkeypatch.undo()
    with pytest.raises(Corrupt, match=r"has format 2, and this program reads 1\. Open it with"):
        decode_header(data, Path("/log") / segment_name(1))

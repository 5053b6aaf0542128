"""Refs: what is written is read; a wrong byte is found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.base.errors import Conflict, Corrupt, Invalid, NotFound
from seaglass.base.memory_files import MemoryFiles
from seaglass.engine.snapshot.layout import Layout
from seaglass.engine.snapshot.refs import (
    GraphRef,
    Refs,
    RetiredRef,
    SnapshotRef,
    decode_ref,
    encode_ref,
)

GRAPH = GraphRef("g-0123456789", "pets", "AWS_OWNED_KEY", "ab" * 32, 7, "", 1_700_000_000_000)
SNAPSHOT = SnapshotRef(
    id="gs-0123456789",
    name="before",
    graph_id="g-0123456789",
    graph_name="pets",
    key_id="AWS_OWNED_KEY",
    manifest="cd" * 32,
    version=3,
    node_count=2,
    edge_count=1,
    objects_written=4,
    bytes_written=500,
    created_ms=1_700_000_000_001,
)
RETIRED = RetiredRef("r-0123456789", "graph g-0123456789", "AWS_OWNED_KEY", "ab" * 32, 5)


@pytest.fixture
def refs() -> Refs:
    return Refs(MemoryFiles(), Layout(Path("/data")))


def test_nothing_is_there_at_first(refs: Refs) -> None:
    assert refs.graphs() == refs.snapshots() == refs.retired() == []
    with pytest.raises(NotFound, match="no graph") as graph:
        refs.graph("g-0000000000")
    assert graph.value.kind == "graph"
    with pytest.raises(NotFound, match="no snapshot") as snapshot:
        refs.snapshot("gs-0000000000")
    assert snapshot.value.kind == "snapshot"


def test_a_graph_that_goes_while_they_are_listed_is_left_out() -> None:
    class Going(MemoryFiles):
        def read(self, path: Path) -> bytes:
            if path.parent.name == GRAPH.id:
                self.remove(path)
            return super().read(path)

    refs = Refs(Going(), Layout(Path("/data")))
    refs.write_graph(GRAPH)
    other = replace(GRAPH, id="g-1111111111")
    refs.write_graph(other)
    assert refs.graphs() == [other]


def test_written_refs_are_read_and_removed(refs: Refs) -> None:
    refs.write_graph(GRAPH)
    refs.write_snapshot(SNAPSHOT)
    refs.retire(RETIRED)
    assert refs.graph(GRAPH.id) == GRAPH
    assert refs.graphs() == [GRAPH]
    assert refs.snapshot(SNAPSHOT.id) == SNAPSHOT
    assert refs.snapshots() == [SNAPSHOT]
    assert refs.retired() == [RETIRED]
    refs.remove_graph(GRAPH.id)
    refs.remove_snapshot(SNAPSHOT.id)
    refs.remove_retired(RETIRED.id)
    assert refs.graphs() == refs.snapshots() == refs.retired() == []


def test_a_snapshots_ref_is_never_written_over(refs: Refs) -> None:
    refs.write_snapshot(SNAPSHOT)
    refs.write_snapshot(SNAPSHOT)
    with pytest.raises(Conflict, match="Another snapshot has the id"):
        refs.write_snapshot(replace(SNAPSHOT, name="other"))
    assert refs.snapshots() == [SNAPSHOT]


@pytest.mark.parametrize("wrong", ["", "..", "g-1", "../../etc/x", "g-012345678A", "gs-0123456789"])
def test_an_id_never_leads_out_of_the_folder(refs: Refs, wrong: str) -> None:
    with pytest.raises(Invalid):
        refs.graph(wrong)


def test_a_ref_under_another_name_is_damage(refs: Refs) -> None:
    path = refs.layout.graph_ref("g-9999999999")
    refs.files.make_dir(path.parent)
    refs.files.write_atomic(path, encode_ref(GRAPH))
    with pytest.raises(Corrupt, match=r"g-9999999999/graph\.json"):
        refs.graph("g-9999999999")


def test_a_ref_of_another_kind_is_damage() -> None:
    with pytest.raises(Corrupt):
        decode_ref(SnapshotRef, encode_ref(GRAPH), "x")


@given(st.data())
def test_every_changed_byte_is_found(data: st.DataObject) -> None:
    whole = encode_ref(data.draw(st.sampled_from([GRAPH, SNAPSHOT, RETIRED])))
    place = data.draw(st.integers(0, len(whole) - 1))
    bits = data.draw(st.integers(1, 255))
    wrong = whole[:place] + bytes([whole[place] ^ bits]) + whole[place + 1 :]
    for kind in (GraphRef, SnapshotRef, RetiredRef):
        with pytest.raises(Corrupt):
            decode_ref(kind, wrong, "x")


@given(st.integers(0, 400))
def test_a_cut_ref_is_found(size: int) -> None:
    whole = encode_ref(GRAPH)
    with pytest.raises(Corrupt):
        decode_ref(GraphRef, whole[: min(size, len(whole) - 1)], "x")


def test_a_ref_of_a_later_format_is_refused_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as later:
        later.setattr("seaglass.engine.snapshot.refs.REF_FORMAT", 2)
        data = encode_ref(SNAPSHOT)
    with pytest.raises(Corrupt, match=r"snapshots/x\.json has format 2, and this program reads 1"):
        decode_ref(SnapshotRef, data, "snapshots/x.json")
    damaged = data.replace(b'"format":2', b'"format":3')
    with pytest.raises(Corrupt, match="is damaged"):
        decode_ref(SnapshotRef, damaged, "snapshots/x.json")


def test_a_snapshot_is_found_by_its_id_without_a_look_at_others() -> None:
    class Counted(MemoryFiles):
        reads = 0

        def read(self, path: Path) -> bytes:
            self.reads += 1
            return super().read(path)

    files = Counted()
    refs = Refs(files, Layout(Path("/data")))
    others = [replace(SNAPSHOT, id=f"gs-{number:010}", name="other") for number in range(9)]
    for ref in (SNAPSHOT, *others):
        refs.write_snapshot(ref)
    files.reads = 0
    assert refs.find_snapshot(SNAPSHOT.id) == SNAPSHOT
    assert files.reads == 1
    assert refs.find_snapshot(SNAPSHOT.name) == SNAPSHOT
    named_as_an_id = replace(SNAPSHOT, id="gs-1111111111", name="gs-2222222222")
    refs.write_snapshot(named_as_an_id)
    assert refs.find_snapshot("gs-2222222222") == named_as_an_id
    with pytest.raises(Conflict, match="9 snapshots are called"):
        refs.find_snapshot("other")
    for none in ("gs-3333333333", "nobody", "../x"):
        with pytest.raises(NotFound, match="There is no snapshot"):
            refs.find_snapshot(none)

"""Goal: whether a query was committed can be told exactly, whatever happened after it.

Method: a small world (writes, checkpoints, closing, opening again) with its n-th operation on files failing, for every n;
then a power loss: of each query that was asked, its mark says what the graph holds. Besides: the bytes of an entry, the
file, its damage, its size.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest

from seaglass.base.clock import ManualClock
from seaglass.base.errors import Conflict, Corrupt, SeaglassError, Unavailable
from seaglass.base.limits import MARKS_MAX
from seaglass.base.memory_files import MemoryFiles
from seaglass.engine.commit import Entry, decode_entry, encode_entry
from seaglass.engine.graph.delta import DeleteNodes
from seaglass.engine.marks import Marks, mark_of
from seaglass.testkit.files import NO_FAULT, Fault, FaultyFiles, ForgetfulFiles
from tests.engine.items import GRAPH, ROOT, opened

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass.base.files import AppendFile, Files
    from seaglass.engine.database import Database
    from seaglass.engine.live_graph import Graph

PATH = ROOT / "graphs" / GRAPH / "marks"
CREATE = "CREATE (:Item {`~id`: $id})"


def serving(files: Files) -> Database:
    """A database that keeps marks, as a server's worker does."""
    database = opened(files, ManualClock())
    database._shared = replace(database._shared, marks=True)
    return database


def write(graph: Graph, query_id: str) -> None:
    graph.query(CREATE, {"id": query_id}, query_id=query_id).close()


def there(graph: Graph, query_id: str) -> bool:
    (row,) = graph.query("MATCH (n {`~id`: $id}) RETURN count(n) AS n", {"id": query_id}).rows()
    return bool(row["n"])


def live(files: Files, asked: list[str]) -> None:
    """Goes on until something fails."""
    database = serving(files)
    graph = database.create_graph("main", graph_id=GRAPH)
    for turn in range(3):
        for number in range(2):
            asked.append(f"query-{turn}-{number}")
            write(graph, asked[-1])
        graph.checkpoint()
        asked.append(f"late-{turn}")
        write(graph, asked[-1])
        if turn == 1:
            database.close()
            database = serving(files)
            graph = database.graph("main")


@pytest.mark.parametrize("unsynced", ["lost", "torn", "kept"])
@pytest.mark.parametrize("how", ["before", "torn", "after"])
def test_marks_tell_what_the_graph_holds(
    how: Literal["before", "torn", "after"], unsynced: Literal["lost", "torn", "kept"]
) -> None:
    for at in itertools.count(1):
        disk, asked = ForgetfulFiles(), list[str]()
        files = FaultyFiles(disk, Fault(at, how, forever=True))
        try:
            live(files, asked)
        except SeaglassError:
            assert files.failed
        left = disk.after_power_loss(unsynced)
        if left.exists(ROOT / "graphs" / GRAPH / "graph.json"):
            graph = serving(left).graph("main")
            for query_id in asked:
                assert graph.committed(query_id) == there(graph, query_id), (at, query_id)
        if not files.failed:
            assert len(asked) == 9
            return


def test_a_query_in_hand_and_one_that_changed_nothing_are_not_committed() -> None:
    graph = serving(MemoryFiles()).create_graph("main", graph_id=GRAPH)
    graph.query("MATCH (n:Nobody) SET n.x = 1", query_id="nothing").close()
    assert not graph.committed("nothing")
    running = graph.query("CREATE (n) RETURN n", query_id="open")
    with pytest.raises(Conflict, match="open is running"):
        graph.committed("open")
    running.close()
    assert graph.committed("open")


def test_after_a_failed_sync_nobody_says_that_a_write_is_durable() -> None:
    disk = ForgetfulFiles()
    with serving(disk) as database:
        database.create_graph("main", graph_id=GRAPH)
    syncs_fail = False

    class Failing(FaultyFiles):
        def open_append(self, path: Path) -> AppendFile:
            file = super().open_append(path)
            sync = file.sync

            def sync_or_fail() -> None:
                if syncs_fail:
                    raise Unavailable("storage", "no sync")
                sync()

            file.sync = sync_or_fail  # type: ignore[method-assign]
            return file

    graph = serving(Failing(disk, NO_FAULT)).graph("main")
    write(graph, "before")
    syncs_fail = True
    with pytest.raises(Unavailable):
        write(graph, "lost")
    for query_id in ("before", "lost", "other"):
        with pytest.raises(Unavailable, match="opened again"):
            graph.committed(query_id)
    again = serving(disk.after_power_loss("lost")).graph("main")
    assert again.committed("before")
    assert not again.committed("lost")


def test_the_bytes_of_an_entry() -> None:
    changes = [DeleteNodes(np.array([3]))]
    plain = b"".join(encode_entry(Entry(7, changes, b"")))
    assert plain[:8] == bytes([7, 0, 0, 0, 0, 0, 0, 0])
    mark = mark_of("query")
    marked = b"".join(encode_entry(Entry(7, changes, mark)))
    assert marked == bytes([7, 0, 0, 0, 0, 0, 0, 0x80]) + mark + plain[8:]
    for payload, of in ((plain, b""), (marked, mark)):
        entry = decode_entry(payload)
        assert (entry.number, len(entry.changes), entry.mark) == (7, 1, of)
    with pytest.raises(Corrupt):
        decode_entry(marked[:20])


def test_the_file_has_the_newest_marks_and_no_byte_of_it_changes_unseen() -> None:
    files = MemoryFiles()
    files.make_dir(PATH.parent)
    marks = Marks(files, PATH)
    for number in range(1, MARKS_MAX + 3):
        marks.add(number, mark_of(str(number)))
    marks.save(MARKS_MAX + 1)
    again = Marks(files, PATH)
    for number, known in ((1, False), (2, False), (3, True), (MARKS_MAX + 1, True)):
        assert (mark_of(str(number)) in again) == known
    # It may not be durable: the log tells.
    assert mark_of(str(MARKS_MAX + 2)) not in again
    again.extend([(1, mark_of("3")), (2, mark_of("new"))])
    assert mark_of("new") in again
    data = files.read(PATH)
    for damaged in (data[:-1], data[:-16], b"\x00" + data[1:], b""):
        files.write_atomic(PATH, damaged)
        with pytest.raises(Corrupt, match="delete it"):
            Marks(files, PATH)


def test_a_library_keeps_none() -> None:
    files = MemoryFiles()
    graph = opened(files).create_graph("main", graph_id=GRAPH)
    write(graph, "query")
    graph.close()
    assert not files.exists(PATH)

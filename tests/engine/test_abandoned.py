"""A database that nobody has any more lets go of its folder, with a warning and without a loss; whatever still reads or
writes keeps it.
"""

from __future__ import annotations

import gc
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import seaglass
from seaglass.base.errors import Conflict
from seaglass.base.limits import UPKEEP_COMMITS

if TYPE_CHECKING:
    from collections.abc import Iterator

DESCRIPTORS = Path("/proc/self/fd")


@contextmanager
def let_go(folder: Path) -> Iterator[None]:
    """The database at a folder is collected inside, and says so."""
    with pytest.warns(ResourceWarning, match=f"unclosed database at {folder}: close it"):
        yield


def free(folder: Path) -> bool:
    """Whether the folder can be opened; it is closed again."""
    try:
        seaglass.open(folder).close()
    except Conflict:
        return False
    return True


def count(folder: Path) -> object:
    with seaglass.open(folder) as database:
        return database.graph("g").query("MATCH (n) RETURN count(n) AS n").rows()[0]["n"]


def written(folder: Path, commits: int) -> None:
    """Writes, and closes nothing."""
    graph = seaglass.open(folder).create_graph("g")
    for number in range(commits):
        graph.query("CREATE (:P {n: $n})", {"n": number})


def test_what_was_written_is_there_when_the_folder_is_opened_again(tmp_path: Path) -> None:
    files = len(list(DESCRIPTORS.iterdir()))
    threads = set(threading.enumerate())
    # So many that the background thread has worked.
    commits = UPKEEP_COMMITS + 10
    with let_go(tmp_path / "data"):
        written(tmp_path / "data", commits)
        assert count(tmp_path / "data") == commits
        gc.collect()
    assert len(list(DESCRIPTORS.iterdir())) == files
    assert set(threading.enumerate()) <= threads


def test_a_graph_keeps_its_database(tmp_path: Path) -> None:
    graph = seaglass.open(tmp_path).create_graph("g")
    gc.collect()
    graph.query("CREATE (:P)")
    assert not free(tmp_path)
    assert graph.query("MATCH (n) RETURN count(n) AS n").rows() == [{"n": 1}]
    with let_go(tmp_path):
        del graph
        gc.collect()
    assert count(tmp_path) == 1


def test_a_frozen_snapshot_keeps_its_database(tmp_path: Path) -> None:
    with seaglass.open(tmp_path) as database:
        graph = database.create_graph("g")
        graph.query("CREATE (:P)")
        graph.snapshot("s")
    del database, graph
    frozen = seaglass.open(tmp_path).frozen("s")
    gc.collect()
    assert not free(tmp_path)
    assert frozen.query("MATCH (n) RETURN count(n) AS n").rows() == [{"n": 1}]
    with let_go(tmp_path):
        del frozen
        gc.collect()
    assert free(tmp_path)


def test_a_result_keeps_its_database(tmp_path: Path) -> None:
    graph = seaglass.open(tmp_path).create_graph("g")
    graph.query("UNWIND range(1, 100000) AS n CREATE (:P {n: n})")
    result = graph.query("MATCH (p) RETURN p.n AS n ORDER BY n")
    del graph
    gc.collect()
    assert not free(tmp_path)
    assert len(result.rows()) == 100_000
    with let_go(tmp_path):
        del result
        gc.collect()
    assert free(tmp_path)


def test_what_is_closed_says_nothing(tmp_path: Path) -> None:
    database = seaglass.open(tmp_path)
    database.create_graph("g")
    database.close()
    del database
    gc.collect()
    assert free(tmp_path)

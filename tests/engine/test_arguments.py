"""Wrong arguments of the library are told by name, before anything is made: no error from inside, and no folder that has
the number in place of a path as its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import seaglass
from seaglass.base.errors import Invalid, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from seaglass.engine.database import Database


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """With a graph "g" of one node and its snapshot "s"; the current folder is an empty one."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with seaglass.open(tmp_path / "data") as database:
        graph = database.create_graph("g")
        graph.query("CREATE (:P {n: 1})")
        graph.snapshot("s")
        yield database
    assert list((tmp_path / "here").iterdir()) == []


def told(call: Callable[[], Any]) -> str:
    with pytest.raises(Invalid) as caught:
        call()
    assert caught.value.kind == "illegal_argument"
    return caught.value.message


WHOLE = "must be a whole number"
PLACE = "must be a text or a pathlib.Path"
OPENED: list[tuple[str, Any, str]] = [
    ("memory_bytes", "4GB", f"memory_bytes {WHOLE} of bytes of at least 1, not '4GB'."),
    ("memory_bytes", 0, f"memory_bytes {WHOLE} of bytes of at least 1, not 0."),
    ("memory_bytes", 1.5, f"memory_bytes {WHOLE} of bytes of at least 1, not 1.5."),
    ("memory_bytes", float("nan"), f"memory_bytes {WHOLE} of bytes of at least 1, not nan."),
    ("memory_bytes", True, f"memory_bytes {WHOLE} of bytes of at least 1, not True."),
    ("path", 5, f"path {PLACE}, not 5."),
    ("path", b"data", f"path {PLACE}, not b'data'."),
    ("path", "", "path must name a place, such as . for the current folder, not ''."),
    ("path", "a\0b", "'a\\x00b' is no path: it has a NUL in it."),
    ("store", 5, "store must be a text, not 5."),
    (
        "import_folders",
        "/data",
        "import_folders must be a list of folders, such as ['/data/in'], not '/data'.",
    ),
    (
        "import_folders",
        None,
        "import_folders must be a list of folders, such as ['/data/in'], not None.",
    ),
    ("import_folders", [5], f"each of import_folders {PLACE}, not 5."),
]


@pytest.mark.parametrize(("name", "given", "message"), OPENED)
def test_open(name: str, given: Any, message: str) -> None:
    assert told(lambda: seaglass.open(**{name: given})) == message


def test_amounts_may_be_floats_and_of_numpy() -> None:
    for amount in (4e9, np.int64(4_000_000_000)):
        seaglass.open(memory_bytes=amount).close()  # type: ignore[arg-type]


def test_the_home_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with seaglass.open("~/data") as database:
        database.create_graph("g").query("CREATE (:P)")
        database.graph("g").export("~/out/")
        database.create_graph("h").import_files("~/out/vertices/")
        assert database.graph("h").version.node_count == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "out"]


CALLS: list[tuple[Callable[[Database], Any], str]] = [
    (lambda db: db.create_graph("a", graph_id=5), "5 is not the id of a graph"),
    (lambda db: db.create_graph("a", graph_id=""), "'' is not the id of a graph"),
    (lambda db: db.create_graph("a", key_id=None), "key_id must be a text, not None."),
    (
        lambda db: db.create_graph("a", vector_dimension="3"),
        f"vector_dimension {WHOLE} from 1 to 65,536, not '3'.",
    ),
    (lambda db: db.restore("s", "a", graph_id=[]), "[] is not the id of a graph"),
    (lambda db: db.clone("g", "a", graph_id=5), "5 is not the id of a graph"),
    (lambda db: db.prune("g", 3), "keep must be a text, not 3."),
    (lambda db: db.rotate_key(None), "key_id must be a text, not None."),
    (lambda db: db.sweep(None), "plan must be what plan_gc() gave, not None."),
    (lambda db: db.export_snapshot("s", 5, passphrase=None), f"file {PLACE}, not 5."),
    (lambda db: db.export_snapshot("s", "f", passphrase=5), "passphrase must be a text, not 5."),
    (lambda db: db.import_snapshot(None), f"file {PLACE}, not None."),
    (lambda db: db.import_snapshot("f", passphrase=b"p"), "passphrase must be a text, not b'p'."),
    (lambda db: db.keys.create(5), "key_id must be a text, not 5."),
    (lambda db: db.keys.disable(b"k"), "key_id must be a text, not b'k'."),
    (lambda db: db.keys.schedule_deletion("k", "7"), f"days {WHOLE} from 7 to 30, not '7'."),
    (lambda db: db.graph("g").query(["RETURN 1"]), "A query is a text, not a value of type list."),
    (
        lambda db: db.graph("g").query("RETURN 1", timeout_ms="5"),
        "timeout_ms must be a number of milliseconds, not '5'.",
    ),
    (lambda db: db.graph("g").query("RETURN 1", query_id=5), "query_id must be a text, not 5."),
    (
        lambda db: db.graph("g").query("RETURN 1", plan_cache=None),
        "plan_cache must be one of AUTO, ENABLED, DISABLED, not None.",
    ),
    (
        lambda db: db.graph("g").explain("RETURN 1", mode=None),
        "The explain mode must be STATIC or DETAILS, not None.",
    ),
    (lambda db: db.graph("g").snapshot("t", snapshot_id=5), "5 is not the id of a snapshot"),
    (
        lambda db: db.graph("g").snapshot("t", progress=5),
        "progress must be a function, not 5.",
    ),
    (lambda db: db.graph("g").take_vectors(0), f"dimension {WHOLE} from 1 to 65,536, not 0."),
    (lambda db: db.graph("g").export(5), f"destination {PLACE}, not 5."),
    (lambda db: db.graph("g").export(""), "destination must name a place"),
    (lambda db: db.graph("g").export("o", format=5), "The format is csv or parquet, not 5."),
    (lambda db: db.graph("g").export("o", progress=5), "progress must be a function, not 5."),
    (lambda db: db.graph("g").import_files(None), f"source {PLACE}, not None."),
    (lambda db: db.graph("g").import_files(""), "source must name a place"),
    (lambda db: db.graph("g").import_files("f", format=None), "The format is one of csv, "),
    (lambda db: db.graph("g").import_files("f", region=5), "region must be a text, not 5."),
    (lambda db: db.graph("g").import_files("f", stop=5), "stop must be a function, not 5."),
    (
        lambda db: db.graph("g").load(nodes={"~id": ["a"], "n": 5}),
        "Column 'n' must be an array or a list of values, not 5.",
    ),
    (
        lambda db: db.graph("g").load(nodes={"~id": "abc"}),
        "Column '~id' must be an array or a list of values, not 'abc'.",
    ),
]


@pytest.mark.parametrize(("call", "message"), CALLS, ids=[message for _, message in CALLS])
def test_database_and_graph(
    database: Database, call: Callable[[Database], Any], message: str
) -> None:
    assert told(lambda: call(database)).startswith(message)
    assert [ref.name for ref in database.graphs()] == ["g"]
    assert [ref.name for ref in database.snapshots()] == ["s"]
    rows = database.graph("g").query("MATCH (p) RETURN count(p) AS n").rows()
    assert rows == [{"n": 1}]


def test_a_key_that_is_not_there_is_not_rotated(database: Database) -> None:
    with pytest.raises(NotFound, match="There is no key nope"):
        database.rotate_key("nope")

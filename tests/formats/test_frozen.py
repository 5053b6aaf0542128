"""Goal: what an earlier version has stored, this one opens, reads exactly and writes to.

Method: each file `store-*.zip` (`freeze`) is unpacked into a temporary folder and used like any data
folder. store-1 has chunks of layout 1 only, store-2 was written by the first
version that has layout 2, store-3 by the first that has embeddings, store-4 by the first that has bundles.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from seaglass.base.clock import ManualClock
from seaglass.engine.database import Database
from seaglass.engine.snapshot.manifest import digest_of_name, reached_names, read_manifest
from seaglass.engine.snapshot.packs import Table, decode_pack
from seaglass.engine.snapshot.verify_store import verify_store
from tests.formats.contents import contents

STORES = sorted(Path(__file__).parent.glob("store-*.zip"))


@pytest.fixture(params=STORES, ids=lambda path: path.stem)
def frozen(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Any]:
    """A data folder, and what it holds."""
    with zipfile.ZipFile(request.param) as archive:
        archive.extractall(tmp_path / request.param.stem)
    folder = tmp_path / request.param.stem
    return folder / "data", json.loads((folder / "expected.json").read_text("utf-8"))


def opened(folder: Path) -> Database:
    # Keys and retired refs are as old as the file says, whatever the day.
    return Database.open(folder, clock=ManualClock())


def test_there_are_stores() -> None:
    assert [path.stem for path in STORES][:4] == ["store-1", "store-2", "store-3", "store-4"]


def test_the_newest_has_bundles_and_files() -> None:
    with zipfile.ZipFile(STORES[3]) as archive:
        folders = {Path(name).parent.name for name in archive.namelist() if "/objects/" in name}
    assert "bundles" in folders
    assert len(folders) > 3


def test_it_holds_what_it_held(frozen: tuple[Path, Any]) -> None:
    folder, expected = frozen
    with opened(folder) as database:
        assert contents(database) == expected
        assert verify_store(database._store).ok
    # Closing has saved the logs' entries into chunks and patches of this version.
    with opened(folder) as database:
        assert contents(database) == expected
        assert all(database.verify(snapshot.id).ok for snapshot in database.snapshots())


def test_every_patch_of_it_is_of_a_kind_that_is_tested(frozen: tuple[Path, Any]) -> None:
    folder, _ = frozen
    with opened(folder) as database:
        ref = database.snapshot("patched")
        objects = database._store.objects(ref.key_id)
        document = read_manifest(objects, ref.manifest, "it")
        packs = [objects.get(digest_of_name(name)) for name in document["patches"]]
        found = {place.table for pack in packs for place, _ in decode_pack(pack)}
    # The first two are older than vectors.
    old = folder.parent.name in ("store-1", "store-2")
    assert found == set(Table) - ({Table.VECTORS} if old else set())


def test_its_chunks_have_the_layouts_of_its_time(frozen: tuple[Path, Any]) -> None:
    folder, _ = frozen
    with opened(folder) as database:
        ref = database.snapshot("people")
        objects = database._store.objects(ref.key_id)
        document = read_manifest(objects, ref.manifest, "it")
        found = {objects.get(digest_of_name(name))[0] for name in reached_names(document)}
    assert found == ({1} if folder.parent.name == "store-1" else {1, 2})


def test_it_is_written_to(frozen: tuple[Path, Any]) -> None:
    folder, expected = frozen
    with opened(folder) as database:
        for name in ("main", "other", "again"):
            database.graph(name).query("MATCH (n) SET n.seen = true").close()
            database.graph(name).query("CREATE (:Now {`~id`: 'now'})").close()
            database.graph(name).snapshot(f"now {name}")
        database.rotate_key("AWS_OWNED_KEY")
        database.restore("patched", "patched").query("MATCH (n) DETACH DELETE n").close()
    with opened(folder) as database:
        database.sweep(database.plan_gc())
        found = contents(database)
        for name, content in expected.items():
            if name.startswith("snapshot"):
                assert found[name] == content
        for name in ("main", "other", "again"):
            nodes = found[f"graph {name}"]["nodes"]
            assert nodes == found[f"snapshot now {name}"]["nodes"]
            assert len(nodes) == len(expected[f"graph {name}"]["nodes"]) + 1
            counted = database.graph(name).query("MATCH (n) WHERE n.seen RETURN count(n) AS n")
            assert counted.rows() == [{"n": len(nodes) - 1}]
        assert not any(found["graph patched"].values())
        assert verify_store(database._store).ok

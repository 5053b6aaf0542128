"""Commands that work on a data folder directly, with the real library under them."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

import seaglass
from seaglass.base.files import LocalFiles
from seaglass.cli.app import app

if TYPE_CHECKING:
    from pathlib import Path


def run(*arguments: str) -> tuple[int, str]:
    """Exit status and what was printed, in one line."""
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})
    return result.exit_code, " ".join((result.stdout + result.stderr).split())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with one graph of two nodes."""
    with seaglass.open(tmp_path / "data") as database:
        database.create_graph("social").query("CREATE (:P {name: 'Ada'})-[:KNOWS]->(:P)").close()
    return tmp_path / "data"


def test_names_are_shown_as_they_are(data: Path) -> None:
    where = ("--data-dir", str(data))
    name = "[/x] [red]"
    assert run("clone", "social", name, *where)[0] == 0
    assert run("snapshot", "create", name, "[/] a", *where)[0] == 0
    status, text = run("snapshot", "list", *where)
    assert status == 0
    assert "[/] a" in text
    assert name in text
    status, text = run("query", name, "RETURN [x IN range(1, 2) | x], '[/b]' AS `[/a]`", *where)
    assert status == 0
    assert "[x IN range(1, 2) | x]" in text
    assert "[/a]" in text
    assert "[/b]" in text
    status, text = run("export", name, str(data / "out"), *where)
    assert status == 0


def test_a_snapshot_is_taken_listed_verified_and_restored(data: Path) -> None:
    where = ("--data-dir", str(data))
    assert run("snapshot", "list", *where) == (0, "There are no snapshots.")
    status, text = run("snapshot", "create", "social", "before", *where)
    assert status == 0
    assert "holds 2 nodes and 1 edges" in text
    snapshot_id = text.split()[0]
    status, text = run("snapshot", "list", *where)
    assert status == 0
    assert f"{snapshot_id} before social" in text
    status, text = run("snapshot", "verify", "before", *where)
    assert (status, "all as they were written" in text) == (0, True)
    status, text = run("snapshot", "restore", snapshot_id, "again", *where)
    assert status == 0
    assert "is the graph again" in text
    with seaglass.open(data) as database:
        rows = database.graph("again").query("MATCH (n:P) RETURN count(n) AS n").rows()
    assert rows == [{"n": 2}]


def test_a_row_is_a_line_where_a_program_reads(data: Path) -> None:
    where = ("--data-dir", str(data))
    name = "n" * 120
    assert run("snapshot", "create", "social", name, *where)[0] == 0
    for command in (
        ("snapshot", "list", *where),
        ("query", "social", f"RETURN '{name}' AS a, '{name}' AS b", *where),
    ):
        printed = CliRunner().invoke(app, command, env={"COLUMNS": "80"})
        assert len(printed.stdout.splitlines()) == 2
        assert name in printed.stdout
    printed = CliRunner().invoke(app, ("snapshot", "create", "social", "s", *where))
    assert printed.stderr == ""


def test_graphs_are_listed_and_snapshots_deleted(data: Path) -> None:
    where = ("--data-dir", str(data))
    snapshot_id = run("snapshot", "create", "social", "before", *where)[1].split()[0]
    assert run("snapshot", "restore", "before", "again", *where)[0] == 0
    status, text = run("graphs", *where)
    assert status == 0
    assert "social" in text
    assert f"{snapshot_id} AWS_OWNED_KEY" in text
    assert run("snapshot", "delete", "before", *where)[0] == 0
    assert run("snapshot", "list", *where) == (0, "There are no snapshots.")
    assert run("snapshot", "delete", "before", *where)[0] == 1
    assert run("query", "again", "MATCH (n) RETURN count(n)", *where)[0] == 0


def test_a_damaged_snapshot_fails_the_check(data: Path) -> None:
    run("snapshot", "create", "social", "before", "--data-dir", str(data))
    objects = [path for path in (data / "objects").rglob("*") if path.is_file()]
    for path in objects:
        raw = bytearray(path.read_bytes())
        raw[-1] ^= 1
        path.chmod(0o644)
        path.write_bytes(raw)
    status, text = run("snapshot", "verify", "before", "--data-dir", str(data))
    assert status == 1
    assert "problems in" in text


def test_garbage_is_planned_and_swept_only_when_asked(data: Path) -> None:
    status, text = run("store", "gc", str(data))
    assert status == 0
    assert "Nothing was deleted" in text
    status, text = run("store", "gc", str(data), "--sweep")
    assert status == 0
    assert "Deleted 0 objects, 0 bytes" in text


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("snapshot", "create", "nobody", "s"), "There is no graph 'nobody'"),
        (("snapshot", "verify", "gs-0123456789"), "There is no snapshot 'gs-0123456789'"),
        (("snapshot", "restore", "none", "again"), "There is no snapshot 'none'"),
    ],
)
def test_what_is_not_there_is_named(data: Path, command: tuple[str, ...], said: str) -> None:
    status, text = run(*command, "--data-dir", str(data))
    assert status == 1
    assert said in text
    assert "Traceback" not in text


def test_a_folder_that_a_server_holds_is_left_alone(data: Path) -> None:
    lock = LocalFiles().lock(data / "lock")
    status, text = run("snapshot", "list", "--data-dir", str(data))
    lock.release()
    assert status == 1
    assert "A server that runs holds its folder" in text


def test_a_diff_is_told_in_words_or_json(data: Path) -> None:
    where = ("--data-dir", str(data))
    run("snapshot", "create", "social", "before", *where)
    status, text = run("diff", "before", "social", *where)
    assert (status, text.endswith("nothing differs")) == (0, True)
    with seaglass.open(data) as database:
        database.graph("social").query("CREATE (:New)").close()
    status, text = run("diff", "before", "social", *where)
    assert (status, "nodes +1 -0 ~0 (:New 1)" in text) == (0, True)
    status, text = run("diff", "before", "social", "--json", *where)
    assert status == 0
    assert len(json.loads(text)["nodes"]["added"]) == 1
    assert run("diff", "before", "nobody", *where)[0] == 1


def test_graphs_and_snapshots_are_queried_and_graphs_cloned(data: Path) -> None:
    where = ("--data-dir", str(data))
    run("snapshot", "create", "social", "before", *where)
    status, text = run("clone", "social", "copy", *where)
    assert (status, text.endswith("is the graph copy.")) == (0, True)
    assert run("query", "copy", "MATCH (n) DETACH DELETE n", *where)[0] == 0
    count = "MATCH (n) WITH count(n) AS n RETURN n, [$x, null] AS xs"
    for name, expected in (("before", 2), ("social", 2), ("copy", 0)):
        status, text = run("query", name, count, "--param", "x=1", *where)
        assert (status, text) == (0, f"n xs {expected} [1, null] 1 row")
    status, text = run("query", "before", count, "--param", "x=one", "--json", *where)
    assert (status, text) == (0, '{"results": [{"n": 2, "xs": ["one", null]}]}')
    for wrong in (
        ("query", "before", "CREATE ()"),
        ("query", "nobody", "RETURN 1"),
        ("query", "social", "RETURN"),
        ("query", "social", "RETURN 1", "--param", "x"),
        ("clone", "nobody", "x"),
    ):
        assert run(*wrong, *where)[0] == 1


def test_stores_are_looked_at_copied_and_rebuilt(
    data: Path, tmp_path: Path, bucket_url: str
) -> None:
    where = ("--data-dir", str(data))
    run("snapshot", "create", "social", "before", *where)
    status, text = run("store", "stats", str(data))
    assert status == 0
    assert "1 graphs, 1 snapshots" in text
    status, text = run("store", "copy", str(data), bucket_url)
    assert status == 0
    assert "1 snapshots copied" in text
    status, text = run("store", "verify", bucket_url, "--keys", str(data))
    assert status == 0, text
    assert "all as they were written" in text
    backup = str(tmp_path / "backup")
    assert run("store", "sync", bucket_url, backup, "--keys", str(data))[0] == 0
    assert run("store", "verify", backup)[0] == 1
    assert run("store", "verify", backup, "--keys", str(data))[0] == 0
    # Back from a folder without keys, into a bucket that has lost everything.
    status, text = run("store", "copy", backup, f"{bucket_url}-again", "--keys", str(data))
    assert (status, "1 snapshots copied" in text) == (0, True), text
    assert run("store", "verify", f"{bucket_url}-again", "--keys", str(data))[0] == 0
    shutil.copytree(data / "keys", tmp_path / "backup" / "keys")
    with seaglass.open(backup) as database:
        rows = database.restore("before", "again").query("MATCH (n:P) RETURN count(n) AS n").rows()
    assert rows == [{"n": 2}]
    for ref in (data / "snapshots").iterdir():
        ref.unlink()
    status, text = run("store", "rebuild", str(data))
    assert "1 snapshots to name again" in text
    assert "Nothing was written" in text
    assert "Wrote 1 refs" in run("store", "rebuild", str(data), "--write")[1]
    assert run("snapshot", "verify", "before", *where)[0] == 0
    with seaglass.open(data) as database:
        database.delete_snapshot("before")
    assert "1 snapshots are only there" in run("store", "sync", str(data), backup)[1]
    assert "Deleted 1 snapshots" in run("store", "sync", str(data), backup, "--delete")[1]
    (tmp_path / "not mounted").mkdir()
    status, text = run("store", "sync", str(tmp_path / "not mounted"), bucket_url, "--delete")
    assert (status, "is no store" in text) == (1, True)
    assert run("store", "verify", bucket_url, "--keys", str(data))[0] == 0
    status, text = run("store", "copy", str(data), backup, "--snapshot", "before")
    assert (status, "There is no snapshot 'before'" in text) == (1, True)
    status, text = run("store", "stats", "s3://")
    assert (status, "write s3://bucket/prefix" in text) == (1, True)


def test_a_snapshot_is_carried_in_a_file(data: Path, tmp_path: Path) -> None:
    where = ("--data-dir", str(data))
    run("snapshot", "create", "social", "before", *where)
    secret = tmp_path / "secret"
    secret.write_text("a passphrase\n")
    file = str(tmp_path / "before.seaglass")
    sealed = ("--passphrase-file", str(secret))
    status, text = run("snapshot", "export", "before", file, *where, *sealed)
    assert status == 0, text
    there = ("--data-dir", str(tmp_path / "other"))
    status, text = run("snapshot", "import", file, *there, *sealed, "--name", "theirs")
    assert status == 0, text
    assert "is the snapshot theirs: 2 nodes and 1 edges" in text
    assert run("snapshot", "verify", "theirs", *there)[0] == 0
    assert run("snapshot", "export", "before", file, *where, *sealed)[0] == 1
    status, text = run("snapshot", "export", "before", f"{file}2", *where, "--no-encryption")
    assert (status, "WARNING: anybody" in text) == (0, True)
    assert run("snapshot", "import", f"{file}2", *there)[0] == 0
    secret.write_text("another\n")
    status, text = run("snapshot", "import", file, *there, *sealed)
    assert (status, "is wrong" in text) == (1, True)
    assert run("snapshot", "import", str(secret), *there)[0] == 1


def test_files_are_imported_into_a_graph_that_is_made(data: Path, tmp_path: Path) -> None:
    where = ("--data-dir", str(data))
    files = tmp_path / "files"
    files.mkdir()
    (files / "nodes.csv").write_text("~id,~label,n:Int\na,A,1\nb,B,x\n")
    status, text = run("import", "new", str(files), *where)
    assert (status, "line 3" in text) == (1, True)
    fresh = ("--data-dir", str(tmp_path / "fresh"))
    assert run("import", "new", str(files), "--skip-errors", *fresh)[0] == 0
    status, text = run("import", "new", str(files), "--skip-errors", *where)
    assert status == 0
    assert "has 1 nodes and 0 edges" in text
    assert "1 errors" in text
    assert run("import", "social", str(files), "--skip-errors", *where)[0] == 1
    with seaglass.open(data) as database:
        assert database.graph("new").query("MATCH (n:A) RETURN n.n AS n").rows() == [{"n": 1}]
        assert len(database.graphs()) == 2

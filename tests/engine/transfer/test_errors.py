"""What is wrong is told with file and line; with failOnError false the rest is imported."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from seaglass.base import limits
from seaglass.base.errors import Conflict, Exhausted, Forbidden, Interrupted, Invalid
from seaglass.base.rng import SeededRng
from seaglass.engine.transfer import blocks
from seaglass.engine.transfer.load import bulk_import
from seaglass.engine.transfer.request import Format, LoadRequest, Status
from tests.engine.transfer.items import edges_of, imported, new_graph, nodes_of

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass.engine.transfer.request import LoadProgress


def test_what_is_wrong_is_left_out_and_told(tmp_path: Path) -> None:
    path = tmp_path / "1.csv"
    path.write_bytes(
        b'~id,~label,n:Int\na,A,1\n\nb,A\nc,A,x\n,A,2\n"d\nd",A,3\ne,A,1,2\nf,\xff,1\ng,A,9\n'
    )
    (tmp_path / "2.csv").write_text("nothing\n")
    (tmp_path / "3.csv").write_text("~from,~to\na,g\n,a\n")
    graph = new_graph()
    report = imported(graph, tmp_path, fail_on_error=False)
    assert set(nodes_of(graph)) == {"a", "d\nd", "g"}
    assert edges_of(graph) == [("a", "edge", "g", {})]
    progress = report.progress
    assert progress.status is Status.SUCCEEDED
    assert progress.errors == 7
    told = str(progress.error_details).splitlines()
    assert [line.rpartition("(")[2] for line in told] == [
        f"{tmp_path / '2.csv'}, line 1)",
        f"{path}, line 4)",
        f"{path}, line 5)",
        f"{path}, line 6)",
        f"{path}, line 9)",
        f"{path}, line 10)",
        f"{tmp_path / '3.csv'}, line 3)",
    ]
    assert told[1].startswith(
        "PARSING_ERROR: Failure encounted while parsing the `csv` file. Expected 3 columns, found 2"
    )


def test_many_errors_are_counted_and_the_first_told(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("~id,n:Int\n" + "a,x\n" * 25)
    report = imported(new_graph(), tmp_path, fail_on_error=False)
    assert report.progress.errors == 25
    details = str(report.progress.error_details).splitlines()
    assert len(details) == 11
    assert details[-1] == "and 15 more"


@pytest.mark.parametrize(
    ("rows", "line"), [('a,"x\nb,y\n', 2), ('a,x\nb,"""', 3), ('a,"x\ny"\n"b', 4)]
)
def test_a_quote_that_is_not_closed_is_told(tmp_path: Path, rows: str, line: int) -> None:
    (tmp_path / "1.csv").write_text("~id,t\n" + rows)
    graph = new_graph()
    report = imported(graph, tmp_path, fail_on_error=False)
    assert report.progress.error_details == (
        "PARSING_ERROR: Failure encounted while parsing the `csv` file. A quote is not closed."
        f" ({tmp_path / '1.csv'}, line {line})"
    )
    assert set(nodes_of(graph)) == ({"a"} if line > 2 else set())


@pytest.mark.parametrize("rows", ['a,"x"', 'a,"""x"""', 'a,"x\ny"', 'a,x"'])
def test_a_last_line_needs_no_end(tmp_path: Path, rows: str) -> None:
    (tmp_path / "1.csv").write_text("~id,t\n" + rows)
    graph = new_graph()
    imported(graph, tmp_path)
    assert set(nodes_of(graph)) == {"a"}


@pytest.mark.parametrize("more", [0, 1])
def test_lines_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: int) -> None:
    monkeypatch.setattr(blocks, "IMPORT_LINE_BYTES_MAX", 100)
    # The line is not whole before the next piece, so it is measured without its end.
    (tmp_path / "1.csv").write_text("~id,a:String\na," + "x" * (98 + more))
    if not more:
        imported(new_graph(), tmp_path)
        return
    with pytest.raises(Invalid) as caught:
        imported(new_graph(), tmp_path)
    assert caught.value.message.startswith(
        "LARGE_STRING_ERROR: Please check if you are loading lines longer than 100"
    )


def test_a_long_line_that_fits_is_read(tmp_path: Path) -> None:
    text = "é" * (limits.IMPORT_BLOCK_BYTES // 2 + 10)
    (tmp_path / "1.csv").write_text(f'~id,a:String\na,"{text}"\nb,x\n')
    graph = new_graph()
    imported(graph, tmp_path)
    assert nodes_of(graph) == {"a": (set(), {"a": text}), "b": (set(), {"a": "x"})}


@pytest.mark.parametrize("escaped", [0, 25, 50])
def test_blocks_are_put_together_whatever_their_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, escaped: int
) -> None:
    # From some row on quotes have quotes in them.
    texts = [f'{k}\n,"{k}' if k >= escaped else f"{k}\n,{k}" for k in range(50)]
    quoted = [text.replace('"', '""') for text in texts]
    (tmp_path / "1.csv").write_text(
        "~id,a\n" + "".join(f'n{k},"{text}"\n' for k, text in enumerate(quoted))
    )
    (tmp_path / "2.csv").write_text("~from,~to\n" + "".join(f"n{k},n{k + 1}\n" for k in range(50)))
    graph = new_graph()
    monkeypatch.setattr("seaglass.engine.transfer.reading.IMPORT_BLOCK_BYTES", 37)
    report = imported(graph, tmp_path, threads=3)
    assert nodes_of(graph) == {
        **{f"n{k}": (set(), {"a": text}) for k, text in enumerate(texts)},
        "n50": (set(), {}),
    }
    assert len(edges_of(graph)) == 50
    assert report.progress.records == 100


@pytest.mark.parametrize("after", range(0, 26, 3))
def test_an_import_can_be_stopped_after_any_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    (tmp_path / "1.csv").write_text("~id,a\n" + "".join(f"n{k},{k}\n" for k in range(50)))
    (tmp_path / "2.csv").write_text("~from,~to\n" + "".join(f"n{k},m{k}\n" for k in range(50)))
    monkeypatch.setattr("seaglass.engine.transfer.reading.IMPORT_BLOCK_BYTES", 30)
    graph = new_graph()
    asked = []

    def stop() -> bool:
        asked.append(None)
        return len(asked) > after

    told: list[LoadProgress] = []
    request = LoadRequest(str(tmp_path), Format.CSV, threads=2)
    with pytest.raises(Interrupted):
        bulk_import(graph, request, told.append, stop)
    assert told[-1].status is Status.FAILED
    assert graph.version.next_node == 0
    # It may be tried again.
    assert imported(graph, tmp_path).nodes == 100


def test_a_write_meanwhile_is_kept_and_the_import_fails(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("~id,a\na,1\n")
    graph = new_graph()

    def told(_: LoadProgress) -> None:
        if graph.version.next_node == 0:
            graph.query("CREATE (:Other {~id: 'x'})".replace("~id", "`~id`"))

    with pytest.raises(Conflict):
        bulk_import(graph, LoadRequest(str(tmp_path), Format.CSV), told, lambda: False)
    assert nodes_of(graph) == {"x": ({"Other"}, {})}


def test_a_source_without_files(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="There are no files under"):
        imported(new_graph(), tmp_path / "nothing")
    with pytest.raises(Invalid, match=r"A source is a path here, or s3://bucket/prefix\."):
        imported(new_graph(), "https://example.com/nodes.csv")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(Invalid, match="There are no files under"):
        imported(new_graph(), tmp_path)


def test_local_files_lie_below_folders_that_are_allowed(tmp_path: Path) -> None:
    for name in ("inside", "outside"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.csv").write_text(f"~id,a\n{name},1\n")
    (tmp_path / "inside" / "link.csv").symlink_to(tmp_path / "outside" / "1.csv")
    folders = (str(tmp_path / "inside"),)
    graph = new_graph()
    for source in ("outside", "inside/../outside/1.csv", "inside/link.csv", "outside/none"):
        with pytest.raises(Forbidden):
            imported(graph, tmp_path / source, folders=folders)
    with pytest.raises(Forbidden):
        imported(graph, tmp_path / "inside", folders=())
    imported(graph, f"file://{tmp_path}/inside/1", folders=folders)
    assert set(nodes_of(graph)) == {"inside"}


def test_what_stands_beside_a_folder_is_not_in_it(tmp_path: Path) -> None:
    """Where nothing has exactly the name, all that begin so are meant, as in a bucket."""
    for name in ("out", "out2", "o"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.csv").write_text(f"~id,a\n{name},1\n")
    for source, found in (
        (f"{tmp_path}/out", {"out"}),
        (f"{tmp_path}/out/", {"out"}),
        (f"{tmp_path}/out/1.csv", {"out"}),
        (f"{tmp_path}/out/1", {"out"}),
        (f"{tmp_path}/ou", {"out", "out2"}),
    ):
        graph = new_graph()
        imported(graph, source)
        assert set(nodes_of(graph)) == found


def test_what_comes_before_a_broken_part_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seaglass.engine.transfer.reading.IMPORT_BLOCK_BYTES", 32 * 64)
    rng = SeededRng(1)
    lines = [f"n{k},{rng.token(8).hex()}\n" for k in range(500)]
    packed = gzip.compress(("~id,a\n" + "".join(lines)).encode())
    found = []
    for threads in (1, 3):
        path = tmp_path / f"{threads}.csv.gz"
        path.write_bytes(packed[: len(packed) // 2])
        graph = new_graph()
        report = imported(graph, path, fail_on_error=False, threads=threads)
        assert report.progress.errors == 1
        found.append(nodes_of(graph))
    assert found[0] == found[1]
    assert 100 < len(found[0]) < 400


def test_files_that_do_not_fit_into_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "1.csv").write_text("~id,a\na,1\n")

    def build(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("seaglass.engine.transfer.load.build", build)
    graph = new_graph()
    with pytest.raises(Exhausted, match="OUT_OF_MEMORY"):
        imported(graph, tmp_path)
    assert graph.version.next_node == 0


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (b"~id,a\ra,1\r", "Lines end with a newline"),
        ("~id,a\n".encode("utf-16"), "The header is not UTF-8 text"),
        (b'~id,"a\nb"\n', "Failure encounted while parsing"),
    ],
)
def test_headers_that_are_no_lines_of_text(tmp_path: Path, header: bytes, told: str) -> None:
    (tmp_path / "1.csv").write_bytes(header)
    with pytest.raises(Invalid, match=told):
        imported(new_graph(), tmp_path)


def test_a_byte_order_mark_and_returns_are_no_part_of_the_data(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_bytes(b"\xef\xbb\xbf~id,a:Int\r\na,1\r\n\r\nb,2")
    graph = new_graph()
    imported(graph, tmp_path)
    assert nodes_of(graph) == {"a": (set(), {"a": 1}), "b": (set(), {"a": 2})}

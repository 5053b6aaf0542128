"""Files in a bucket: S3's own prefixes, pieces, lost answers, and credentials that will not do."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from seaglass.base.clock import SystemClock
from seaglass.base.errors import Forbidden, Invalid, Unavailable
from seaglass.base.rng import SystemRng
from seaglass.engine.transfer.request import Format
from seaglass.engine.transfer.sources import bucket_files
from seaglass.storage.bucket.client import Bucket
from seaglass.testkit.flaky_http import Plan
from tests.engine.transfer.items import edges_of, imported, new_graph, nodes_of

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass.testkit.flaky_http import FlakyProxy


@pytest.fixture
def bucket(bucket_url: str) -> Bucket:
    return Bucket(bucket_url, SystemClock(), SystemRng())


def test_a_source_is_all_keys_that_begin_so(bucket: Bucket) -> None:
    for key in ("a/bc", "ab/c", "ade", "b", "a/d/e"):
        bucket.put(key, key.encode())
    bucket.put("a/empty", b"")

    def keys(prefix: str) -> list[str]:
        found = bucket_files(f"{bucket.where}/{prefix}", None)
        return [file.name.removeprefix(f"{bucket.where}/") for file in found]

    assert sorted(keys("a")) == ["a/bc", "a/d/e", "ab/c", "ade"]
    assert keys("a/") == ["a/bc", "a/d/e"]
    assert keys("a/d") == ["a/d/e"]
    assert keys("ade") == ["ade"]
    assert keys("x") == []


def test_a_prefix_may_end_in_any_character(bucket: Bucket) -> None:
    """The search begins before the prefix, and before U+E000 no character comes for a while."""
    ends = ("b", "\u00e9", "\ud7ff", "\ue000", "\ue001", "\ufffd", "\U00010000")
    for end in ends:
        bucket.put(f"ends/a{end}.csv", b"~id\n")
    for end in ends:
        (found,) = bucket_files(f"{bucket.where}/ends/a{end}", None)
        assert found.name == f"{bucket.where}/ends/a{end}.csv"


def test_files_are_read_in_pieces(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seaglass.engine.transfer.reading.IMPORT_BLOCK_BYTES", 1000)
    bucket.put("load/1.csv", ("~id,a\n" + "".join(f"n{k},{k}\n" for k in range(999))).encode())
    bucket.put("load/2.csv", b"~from,~to\nn1,n2\n")
    graph = new_graph()
    imported(graph, f"{bucket.where}/load/", region="us-east-1", threads=2)
    assert nodes_of(graph) == {f"n{k}": (set(), {"a": str(k)}) for k in range(999)}
    assert edges_of(graph) == [("n1", "edge", "n2", {})]


def test_parquet_in_a_bucket(bucket: Bucket, tmp_path: Path) -> None:
    pq.write_table(
        pa.table({"~id": ["a", "b"], "n": [1, 2]}), tmp_path / "n.parquet", row_group_size=1
    )
    bucket.put("n.parquet", (tmp_path / "n.parquet").read_bytes())
    graph = new_graph()
    imported(graph, f"{bucket.where}/n", Format.PARQUET)
    assert nodes_of(graph) == {"a": (set(), {"n": 1}), "b": (set(), {"n": 2})}


def test_a_prefix_without_keys(bucket: Bucket) -> None:
    with pytest.raises(Invalid, match="There are no files under"):
        imported(new_graph(), f"{bucket.where}/nothing")


def test_a_server_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = "http://127.0.0.1:1"
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with pytest.raises(Unavailable, match=f"no connection to {endpoint}"):
        imported(new_graph(), "s3://bucket/a")
    with pytest.raises(Forbidden, match=rf"no connection to {endpoint}\.$"):
        new_graph().export("s3://bucket/a")


def test_credentials_that_will_not_do(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket.put("1.csv", b"~id\na\n")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    with pytest.raises(Forbidden, match="S3_ACCESS_DENIED"):
        imported(new_graph(), bucket.where)


def test_a_key_that_changes_meanwhile_is_not_mixed(bucket: Bucket) -> None:
    bucket.put("1.csv", b"~id\na\n")
    [file] = bucket_files(f"{bucket.where}/1", None)
    assert file.read_at(0, 3) == b"~id"
    assert file.read_at(4, 100) == b"a\n"
    bucket.put("1.csv", b"~id\nb\n")
    with pytest.raises(Unavailable):
        file.read_at(0, 3)


@pytest.mark.parametrize("seed", [1, 2])
def test_answers_that_are_lost_or_cut_off_are_asked_for_again(
    bucket: Bucket, flaky: FlakyProxy, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr("seaglass.engine.transfer.reading.IMPORT_BLOCK_BYTES", 1000)
    bucket.put("1.csv", ("~id,a\n" + "".join(f"n{k},{k}\n" for k in range(999))).encode())
    graph = new_graph()
    chosen = random.Random(seed)
    faults = ("500", "503", "cut", "half")
    flaky.plan = Plan(lambda _: chosen.choice(faults) if chosen.random() < 0.3 else None)
    imported(graph, bucket.where)
    assert flaky.plan.spoiled > 0
    assert nodes_of(graph) == {f"n{k}": (set(), {"a": str(k)}) for k in range(999)}

"""Buckets on a real S3 server, through a proxy that spoils requests."""

from __future__ import annotations

import itertools
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from seaglass.base.clock import SystemClock
from seaglass.base.errors import Conflict, Invalid, NotFound, SeaglassError, Unavailable
from seaglass.base.limits import BUCKET_PART_BYTES, GC_GRACE_MS
from seaglass.base.memory_files import MemoryFiles
from seaglass.base.rng import SeededRng, SystemRng
from seaglass.storage.bucket.choice import choose, chosen, open_store, probe_bucket
from seaglass.storage.bucket.client import Bucket, BucketOptions, canonical_url
from seaglass.storage.bucket.files import ROOT, BucketFiles
from seaglass.storage.bucket.lease import KEY, Lease
from seaglass.storage.bucket.objects import BucketObjects
from seaglass.testkit import flaky_http
from seaglass.testkit.objects_contract import ObjectsContract
from seaglass.testkit.seaweed import ACCESS_KEY, SECRET_KEY

if TYPE_CHECKING:
    from seaglass.storage.objects.store import ObjectStore
    from seaglass.testkit.flaky_http import FlakyProxy

# Impatient, so that a test of failures takes little time.
QUICK = BucketOptions(
    request_seconds=2.0, retries=3, retry_seconds=8, pause_seconds=0.01, lease_seconds=1.0
)
NAME = "ab" * 32


class LaterClock(SystemClock):
    """The machine's clock, so many seconds ahead."""

    def __init__(self, ahead: float) -> None:
        self.ahead = ahead

    def now(self) -> float:
        return super().now() + self.ahead


def opened(url: str, options: BucketOptions = QUICK, seed: int = 1) -> Bucket:
    return Bucket(url, SystemClock(), SeededRng(seed), options)


def lease_of(url: str, folder: str, seed: int, options: BucketOptions = QUICK) -> Lease:
    bucket = opened(url, options, seed)
    return Lease(bucket, BucketObjects(bucket, SystemClock()), folder, SeededRng(seed))


class TestBucketObjects(ObjectsContract):
    @pytest.fixture
    def store(self, bucket_url: str) -> ObjectStore:
        return BucketObjects(opened(bucket_url), SystemClock())


class TestBucketObjectsOnABadDay(ObjectsContract):
    """The contract holds although many requests are spoiled, each in some way."""

    @pytest.fixture(params=[1, 2, 3])
    def store(
        self, bucket_url: str, flaky: FlakyProxy, request: pytest.FixtureRequest
    ) -> ObjectStore:
        flaky.plan = flaky_http.seeded(request.param, 0.15)
        return BucketObjects(opened(bucket_url), SystemClock())


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("s3://bucket", "s3://bucket"),
        ("s3://bucket/", "s3://bucket"),
        ("s3://bucket/a/b/", "s3://bucket/a/b"),
    ],
)
def test_a_url_has_one_spelling(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical


@pytest.mark.parametrize(
    "url",
    ["s3://", "s3://B", "s3://b", "s3://bucket//a", "s3://bucket/../a", "gs://bucket/a", "bucket"],
)
def test_what_is_no_bucket_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match="write s3://bucket/prefix"):
        canonical_url(url)


def test_a_large_object_goes_in_parts_and_comes_back(bucket_url: str, flaky: FlakyProxy) -> None:
    data = SystemRng().token(2 * BUCKET_PART_BYTES + 7)
    bucket = opened(bucket_url, BucketOptions())
    flaky.plan = flaky_http.nth(3, "500")
    bucket.put("large", data)
    # Begin, three parts, one of them twice, complete.
    assert flaky.plan.count == 6
    assert bucket.get("large") == data


def test_a_listing_is_whole_and_in_order_over_several_pages(bucket_url: str) -> None:
    bucket = opened(bucket_url, BucketOptions())
    names = [f"many/{number:04d}" for number in range(1_003)]
    threads = [
        threading.Thread(target=lambda mine=names[n::8]: [bucket.put(k, b"") for k in mine])
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bucket.put("manya", b"")
    assert [found.key for found in bucket.list("many/")] == names
    bucket.delete(names[:1_000])
    assert [found.key for found in bucket.list("many/")] == names[1_000:]


def test_of_many_creators_one_wins(bucket_url: str) -> None:
    won: list[int] = []

    def create(number: int) -> None:
        if opened(bucket_url, seed=number).create("key", b"%d" % number) is not None:
            won.append(number)

    threads = [threading.Thread(target=create, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [b"%d" % number for number in won] == [opened(bucket_url).get("key")]


@pytest.mark.parametrize("fault", flaky_http.FAULTS)
@pytest.mark.parametrize("at", [1, 2])
def test_a_conditional_put_knows_its_outcome_when_the_answer_is_lost(
    bucket_url: str, flaky: FlakyProxy, fault: flaky_http.Fault, at: int
) -> None:
    bucket = opened(bucket_url)
    flaky.plan = flaky_http.nth(at, fault)
    tag = bucket.create("key", b"mine")
    assert tag is not None
    assert bucket.create("key", b"theirs") is None
    flaky.plan = flaky_http.nth(at, fault)
    moved = bucket.replace("key", b"mine again", tag)
    assert moved is not None
    assert bucket.replace("key", b"late", tag) is None
    assert bucket.replace("absent", b"late", tag) is None
    assert bucket.get("key") == b"mine again"


@pytest.mark.parametrize("fault", ["500", "503", "cut", "lost"])
def test_a_server_that_stays_bad_ends_in_an_error_of_ours(
    bucket_url: str, flaky: FlakyProxy, fault: flaky_http.Fault
) -> None:
    bucket = opened(bucket_url)
    bucket.put("key", bytes(1000))
    flaky.plan = flaky_http.nth(1, fault, forever=True)
    for call in (
        lambda: bucket.get("key"),
        lambda: bucket.create("new", b"x"),
        lambda: list(bucket.list("objects/")),
    ):
        with pytest.raises(Unavailable, match=f"cannot .* {bucket_url}") as caught:
            call()
        assert caught.value.kind == "storage"
    flaky.plan = flaky_http.nothing()
    assert bucket.get("key") == bytes(1000)


def test_wrong_credentials_and_missing_servers_are_told(
    bucket_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Unavailable, match="there is no such bucket; make it first"):
        next(opened("s3://absent/x").list("snapshots/"), None)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(Unavailable, match=r"SignatureDoesNotMatch.*check the credentials"):
        opened(bucket_url).get("key")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
    with pytest.raises(Unavailable, match="cannot read"):
        opened(bucket_url).get("key")


def test_credentials_come_from_where_aws_tools_look(
    bucket_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    with pytest.raises(Unavailable, match="There are no AWS credentials for s3://tests"):
        opened(bucket_url).put("key", b"x")
    (tmp_path / "credentials").write_text(
        f"[other]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n"
    )
    monkeypatch.setenv("AWS_PROFILE", "other")
    opened(bucket_url).put("key", b"x")
    assert opened(bucket_url).get("key") == b"x"


def test_an_object_that_is_old_is_put_again_when_relied_on(
    bucket_url: str, flaky: FlakyProxy
) -> None:
    BucketObjects(opened(bucket_url), SystemClock()).put(NAME, b"x")
    young = BucketObjects(opened(bucket_url), SystemClock())
    flaky.plan = flaky_http.nothing()
    assert young.refresh(NAME)
    assert young.refresh(NAME)
    assert flaky.plan.count == 1  # the second answer came from memory
    old = BucketObjects(opened(bucket_url), LaterClock(GC_GRACE_MS / 1000))
    flaky.plan = flaky_http.nothing()
    assert old.refresh(NAME)
    assert flaky.plan.count == 3  # look, read, write
    old.forget()
    assert old.refresh(NAME)
    assert flaky.plan.count > 3


def test_refs_are_files_of_a_bucket(bucket_url: str) -> None:
    files = BucketFiles(opened(bucket_url))
    folder = ROOT / "snapshots"
    path = folder / "gs-1.json"
    assert files.list(folder) == ()
    assert not files.exists(path)
    with pytest.raises(NotFound):
        files.read(path)
    with pytest.raises(NotFound):
        files.remove(path)
    assert files.create(path, b"1")
    assert not files.create(path, b"2")
    assert files.read(path) == b"1"
    files.write_atomic(path, b"3")
    files.write_atomic(folder / "below" / "other.json", b"4")
    assert files.read(path) == b"3"
    assert files.list(folder) == ("gs-1.json",)
    files.remove(path)
    assert not files.exists(path)


def test_one_folder_at_a_time_holds_the_lease(bucket_url: str) -> None:
    inside: list[str] = []
    most: list[int] = []

    def work(folder: str, seed: int) -> None:
        lease = lease_of(bucket_url, folder, seed)
        for _ in range(3):
            with lease.held(sweeping=False):
                inside.append(folder)
                threading.Event().wait(0.02)
                most.append(len(inside))
                inside.remove(folder)

    threads = [threading.Thread(target=work, args=(f"f{n}", n)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 12


def test_a_dead_holder_is_waited_for_and_a_lost_lease_is_noticed(bucket_url: str) -> None:
    first, second = lease_of(bucket_url, "first", 1), lease_of(bucket_url, "second", 2)
    with first.held(sweeping=False) as held:
        held.check()
        # It does not renew in time, as if its machine had stopped for a while.
        began = SystemClock().monotonic()
        with second.held(sweeping=True):
            assert SystemClock().monotonic() - began >= QUICK.lease_seconds
            with pytest.raises(Unavailable, match=r"lease of .* was lost"):
                held.check()
    with first.held(sweeping=False):
        pass


def test_a_folder_takes_back_what_its_dead_process_left(bucket_url: str) -> None:
    # A lease that it had to wait for would outlast the test.
    long = replace(QUICK, lease_seconds=3600.0)
    dead = lease_of(bucket_url, "mine", 1, long).held(sweeping=False)
    left = dead.__enter__()
    with lease_of(bucket_url, "mine", 2, long).held(sweeping=False):
        # What the dead one would have given back is not its own any more.
        assert lease_of(bucket_url, "mine", 3, long)._read()[0].holder == "mine"
        left.release()
        assert lease_of(bucket_url, "mine", 3, long)._read()[0].holder == "mine"


def test_a_lease_is_renewed_in_time(bucket_url: str) -> None:
    with lease_of(bucket_url, "mine", 1).held(sweeping=False) as held:
        before = opened(bucket_url).get(KEY)
        threading.Event().wait(QUICK.lease_seconds * 0.6)
        held.check()
        assert opened(bucket_url).get(KEY) != before
        threading.Event().wait(QUICK.lease_seconds * 0.6)
        held.check()


def test_a_lease_is_renewed_after_the_machine_has_slept(bucket_url: str) -> None:
    # The monotonic clock stands still meanwhile.
    clock = LaterClock(0)
    bucket = Bucket(bucket_url, clock, SeededRng(1), replace(QUICK, lease_seconds=60.0))
    first = Lease(bucket, BucketObjects(bucket, clock), "first", SeededRng(1))
    second = lease_of(bucket_url, "second", 2)
    with first.held(sweeping=False) as held:
        before = opened(bucket_url).get(KEY)
        clock.ahead += 600
        held.check()
        assert opened(bucket_url).get(KEY) != before
        clock.ahead += 600
        with second.held(sweeping=False), pytest.raises(Unavailable, match=r"lease of .* was lost"):
            held.check()


def test_a_sweep_elsewhere_makes_a_process_ask_again(bucket_url: str, flaky: FlakyProxy) -> None:
    bucket = opened(bucket_url)
    objects = BucketObjects(bucket, SystemClock())
    mine = Lease(bucket, objects, "mine", SeededRng(1))
    with mine.held(sweeping=False):
        objects.put(NAME, b"x")
    with lease_of(bucket_url, "theirs", 2).held(sweeping=True):
        opened(bucket_url).delete([f"objects/{NAME[:2]}/{NAME}"])
    assert objects.refresh(NAME)  # it does not know yet
    with mine.held(sweeping=False):
        assert not objects.refresh(NAME)


def test_clocks_that_differ_are_refused(bucket_url: str) -> None:
    bucket = Bucket(bucket_url, LaterClock(600), SeededRng(1), QUICK)
    lease = Lease(bucket, BucketObjects(bucket, LaterClock(600)), "mine", SeededRng(1))
    with pytest.raises(Unavailable, match=r"differ by 60\d s"), lease.held(sweeping=False):
        pass


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_lease_excludes_on_a_bad_day(bucket_url: str, flaky: FlakyProxy, seed: int) -> None:
    """Requests fail in all ways while two folders take turns; neither ever meets the other inside."""
    inside: list[str] = []
    met: list[str] = []
    turns = itertools.count()
    flaky.plan = flaky_http.seeded(seed, 0.1)

    def work(folder: str, number: int) -> None:
        lease = lease_of(bucket_url, folder, number)
        for _ in range(4):
            try:
                with lease.held(sweeping=False) as held:
                    inside.append(folder)
                    threading.Event().wait(0.02)
                    met.extend(other for other in inside if other != folder)
                    inside.remove(folder)
                    held.check()
                    next(turns)
            except SeaglassError:
                continue

    threads = [threading.Thread(target=work, args=(f"f{n}", n)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert met == []
    assert next(turns) > 0


def test_a_folder_remembers_its_store() -> None:
    files, root, rng = MemoryFiles(), Path("/data"), SeededRng(1)
    asked: list[str] = []
    assert chosen(files, root) is None
    choice = choose(files, root, "s3://bucket/a/", rng, asked.append)
    assert choice.url == "s3://bucket/a"
    assert chosen(files, root) == choice == choose(files, root, "s3://bucket/a", rng, asked.append)
    with pytest.raises(Conflict, match="in s3://bucket/a, not in s3://bucket/b"):
        choose(files, root, "s3://bucket/b", rng, asked.append)
    files.make_dir(Path("/own/objects"))
    with pytest.raises(Conflict, match="seaglass store copy /own s3://bucket/a"):
        choose(files, Path("/own"), "s3://bucket/a", rng, asked.append)
    assert asked == ["s3://bucket/a"]


def test_a_bucket_that_will_not_do_is_not_chosen(bucket_url: str) -> None:
    class Careless(Bucket):
        """A server that ignores conditions."""

        def create(self, key: str, data: bytes) -> str | None:
            self.put(key, data)
            return "tag"

    probe_bucket(opened(bucket_url), SeededRng(1))
    assert list(opened(bucket_url).list("")) == []
    with pytest.raises(Unavailable, match="does not honour conditional writes"):
        probe_bucket(Careless(bucket_url, SystemClock(), SeededRng(1), QUICK), SeededRng(1))
    files, root = MemoryFiles(), Path("/data")
    with pytest.raises(Unavailable, match="there is no such bucket"):
        open_store(files, root, "s3://absent/x", SystemClock(), SeededRng(1))
    assert chosen(files, root) is None

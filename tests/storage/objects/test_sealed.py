"""Sealed objects: addressing, sharing, damage, threads, and the frozen format."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.base.clock import ManualClock
from seaglass.base.errors import Corrupt, Exhausted, NotFound, Unavailable
from seaglass.base.limits import (
    PACK_STEP_BYTES,
    PUT_THREADS,
    PUT_TOGETHER_BYTES,
    PUT_TOGETHER_OBJECTS,
    PUTS_AT_ONCE,
)
from seaglass.base.memory_files import MemoryFiles
from seaglass.base.pace import Pace, breathe, paced
from seaglass.storage.keys.domain import domain_of
from seaglass.storage.objects import format as format_module
from seaglass.storage.objects import sealed as sealed_module
from seaglass.storage.objects.format import Body, Digest, WrongBytes, digest_of, seal, unseal
from seaglass.storage.objects.local import LocalObjects
from seaglass.storage.objects.memory import MemoryObjects
from seaglass.storage.objects.sealed import SealedObjects, name_of
from seaglass.testkit.files import Fault, FaultyFiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

DOMAIN = domain_of("AWS_OWNED_KEY", b"d" * 32)
OTHER = domain_of("another", b"d" * 32)
TEXT = b"the same words again and again, " * 20


class CountedFiles(MemoryFiles):
    """Notes how many files are placed together."""

    def __init__(self) -> None:
        super().__init__()
        self.together: list[int] = []

    def place_all(self, files: Sequence[tuple[Path, bytes]]) -> None:
        self.together.append(len(files))
        super().place_all(files)


def objects() -> SealedObjects:
    return SealedObjects(MemoryObjects(ManualClock()), DOMAIN)


@given(st.binary(max_size=2000))
def test_what_was_put_comes_back(plain: bytes) -> None:
    store = objects()
    digest = store.put(plain)
    assert len(digest) == 32
    assert store.get(digest) == plain
    assert store.contains(digest)


def test_equal_content_is_stored_once_and_as_equal_bytes() -> None:
    one, two = objects(), objects()
    digests = {one.put(TEXT), one.put(TEXT), two.put(TEXT)}
    (digest,) = digests
    assert one.store.get(name_of(digest)) == two.store.get(name_of(digest))
    assert len(list(one.store.list())) == 1


def test_a_put_of_what_is_there_only_makes_it_younger() -> None:
    clock = ManualClock(100.0)
    store = SealedObjects(MemoryObjects(clock), DOMAIN)
    digest = store.put(TEXT)
    marked = store.store.get(name_of(digest)) + b"!"
    store.store.put(name_of(digest), marked)
    clock.advance(9)
    store.put(TEXT)
    assert store.store.get(name_of(digest)) == marked
    assert [info.modified for info in store.store.list()] == [109.0]


def test_only_what_is_missing_is_made_ready_and_the_rest_is_younger() -> None:
    clock = ManualClock(100.0)
    store = SealedObjects(MemoryObjects(clock), DOMAIN)
    digest = store.put(TEXT)
    clock.advance(9)
    ready = store.missing([TEXT, b"other"])
    assert [name for name, _ in ready] == [name_of(digest_of(b"other", DOMAIN))]
    assert [(info.name, info.modified) for info in store.store.list()] == [(name_of(digest), 109.0)]
    store.store.put_all(ready)
    assert store.get(digest_of(b"other", DOMAIN)) == b"other"


def test_text_shrinks_and_noise_does_not_grow() -> None:
    store = objects()
    noise = bytes((i * i * 31 + i // 7) % 251 for i in range(64))
    sizes = [len(store.store.get(name_of(store.put(plain)))) for plain in (TEXT, noise)]
    assert sizes[0] < len(TEXT) // 2
    assert sizes[1] == 64 + len(noise) + 16


def test_domains_share_a_store_but_nothing_else() -> None:
    shared = MemoryObjects(ManualClock())
    ours, theirs = SealedObjects(shared, DOMAIN), SealedObjects(shared, OTHER)
    digest, foreign = ours.put(TEXT), theirs.put(TEXT)
    assert digest != foreign
    with pytest.raises(Corrupt, match=f"belongs to the domain {OTHER.id.hex()}"):
        ours.get(foreign)


def test_bytes_packed_otherwise_are_sealed_under_another_key() -> None:
    """Another zstd may pack the same plain bytes otherwise; one keystream must not serve both."""
    digest = digest_of(b"plain", DOMAIN)
    one = seal(Body(1, 5, b"packed"), digest, DOMAIN)
    two = seal(Body(1, 5, b"kcaped"), digest, DOMAIN)
    assert one[32:64] != two[32:64]
    keystreams = [
        bytes(a ^ b for a, b in zip(sealed[64:70], body, strict=True))
        for sealed, body in ((one, b"packed"), (two, b"kcaped"))
    ]
    assert keystreams[0] != keystreams[1]


def test_every_flipped_byte_is_corrupt() -> None:
    for plain in (TEXT, b"", b"short"):
        store = objects()
        digest = store.put(plain)
        name = name_of(digest)
        whole = store.store.get(name)
        for index in range(len(whole)):
            for flip in (0x01, 0xFF):
                changed = bytearray(whole)
                changed[index] ^= flip
                store.store.put(name, bytes(changed))
                with pytest.raises(Corrupt, match=f"object {name} in memory: ") as caught:
                    store.get(digest)
                assert caught.value.kind == "corrupt"


def test_every_other_length_is_corrupt() -> None:
    store = objects()
    digest = store.put(TEXT)
    whole = store.store.get(name_of(digest))
    for wrong in (*(whole[:size] for size in range(len(whole))), whole + b"\0"):
        store.store.put(name_of(digest), wrong)
        with pytest.raises(Corrupt):
            store.get(digest)


def test_an_object_under_the_name_of_another_is_corrupt() -> None:
    store = objects()
    one, two = store.put(TEXT), store.put(TEXT + b"!")
    store.store.put(name_of(one), store.store.get(name_of(two)))
    with pytest.raises(Corrupt, match="its seal is broken"):
        store.get(one)


def test_content_that_its_own_writer_garbled_is_corrupt() -> None:
    """Sealed rightly, but it is not what its name says: nothing but the digest can show it."""
    store = objects()
    digest = digest_of(b"right", DOMAIN)
    for body, reason in (
        (Body(0, 5, b"wrong"), "its content has another digest"),
        (Body(0, 6, b"right"), "it unpacks to 5 bytes instead of 6"),
        (Body(1, 5, b"right"), "zstd cannot unpack it"),
    ):
        store.store.put(name_of(digest), seal(body, digest, DOMAIN))
        with pytest.raises(Corrupt, match=reason):
            store.get(digest)


@pytest.mark.parametrize("at_once_bytes", [1, 7, len(TEXT) - 1, len(TEXT), 2 * len(TEXT)])
def test_what_is_sealed_in_pieces_has_the_same_bytes(
    at_once_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As objects are that are more than OpenSSL takes at once."""
    digest = digest_of(TEXT, DOMAIN)
    body = Body(0, len(TEXT), TEXT)
    whole = seal(body, digest, DOMAIN)
    monkeypatch.setattr(format_module, "AT_ONCE_BYTES", at_once_bytes)
    assert seal(body, digest, DOMAIN) == whole
    assert unseal(whole, digest, DOMAIN) == body
    for index in range(0, len(whole), 5):
        changed = bytearray(whole)
        changed[index] ^= 1
        with pytest.raises(WrongBytes):
            unseal(bytes(changed), digest, DOMAIN)
    with pytest.raises(WrongBytes):
        unseal(whole[:-1], digest, DOMAIN)


def test_a_frame_that_says_more_than_its_object_takes_no_memory() -> None:
    """As a file that somebody has made up may have."""
    frame = bytes.fromhex("28b52ffd e0") + (1 << 45).to_bytes(8, "little") + bytes.fromhex("010000")
    with pytest.raises(Corrupt, match=f"says {1 << 45} bytes and 5"):
        objects().unpacked(Body(1, 5, frame))


def test_what_is_missing_is_not_found() -> None:
    store = objects()
    digest = Digest(bytes(32))
    assert not store.contains(digest)
    with pytest.raises(NotFound, match="object " + "00" * 32):
        store.get(digest)


def test_the_largest_object(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed_module, "OBJECT_BYTES_MAX", 100)
    store = objects()
    for size in (99, 100):
        store.put(bytes(size))
    with pytest.raises(Exhausted, match="101 bytes is over 100"):
        store.put(bytes(101))


def test_put_many_keeps_the_order() -> None:
    store = SealedObjects(LocalObjects(MemoryFiles(), Path("/data/objects")), DOMAIN)
    plains = [b"%d" % (number % 150) * 50 for number in range(200)]
    digests = store.put_many(lambda plain=plain: plain for plain in plains)
    assert [store.get(digest) for digest in digests] == plains
    assert len(set(digests)) == 150
    assert store.put_many([]) == []


def test_put_many_draws_only_what_it_works_on() -> None:
    """With all puts held up, no more than one for each thread is drawn."""
    gate = threading.Event()
    drawn = threading.Semaphore(0)

    class GatedObjects(MemoryObjects):
        def put(self, name: str, data: bytes) -> None:
            gate.wait()
            super().put(name, data)

    count = 0

    def plains() -> Iterator[Callable[[], bytes]]:
        nonlocal count
        for count in range(1, 101):
            if count == PUTS_AT_ONCE:
                drawn.release()
            yield lambda count=count: b"%d" % count

    store = SealedObjects(GatedObjects(ManualClock()), DOMAIN)
    thread = threading.Thread(target=lambda: store.put_many(plains()))
    thread.start()
    drawn.acquire()
    assert count == PUTS_AT_ONCE
    gate.set()
    thread.join()
    assert count == 100
    assert len(list(store.store.list())) == 100


def test_put_many_works_on_few_while_more_wait_for_the_store() -> None:
    """All puts wait until as many have come as can; none of them works meanwhile."""
    together = threading.Barrier(PUTS_AT_ONCE)
    guard = threading.Lock()
    working = most = 0

    class SlowObjects(MemoryObjects):
        def put(self, name: str, data: bytes) -> None:
            together.wait()
            super().put(name, data)

    def make(number: int) -> bytes:
        nonlocal working, most
        with guard:
            working += 1
            most = max(most, working)
        plain = b"%d" % number * 100_000
        with guard:
            working -= 1
        return plain

    store = SealedObjects(SlowObjects(ManualClock()), DOMAIN)
    count = 4 * PUTS_AT_ONCE
    digests = store.put_many(partial(make, number) for number in range(count))
    assert len(set(digests)) == count
    assert 1 <= most <= PUT_THREADS


def test_put_many_puts_what_has_gathered_and_each_content_once() -> None:
    files = CountedFiles()
    store = SealedObjects(LocalObjects(files, Path("/data/objects")), DOMAIN)
    plains = [b"%d" % (number % 150) for number in range(300)]
    digests = store.put_many(lambda plain=plain: plain for plain in plains)
    assert [store.get(digest) for digest in digests] == plains
    full, rest = divmod(150, PUT_TOGETHER_OBJECTS)
    assert sorted(files.together) == [rest, *[PUT_TOGETHER_OBJECTS] * full]


def test_put_many_keeps_no_more_bytes_than_it_may() -> None:
    files = CountedFiles()
    store = SealedObjects(LocalObjects(files, Path("/data/objects")), DOMAIN)
    half = PUT_TOGETHER_BYTES // 2 + 1
    digests = store.put_many(partial(os.urandom, half) for _ in range(6))
    assert files.together == []
    assert len(files.list(Path("/data/objects/bundles"))) == 3
    assert all(len(store.get(digest)) == half for digest in digests)


def test_put_many_beside_others_goes_at_the_pace_of_its_caller() -> None:
    """One thread works, in steps, on what is large too; what is stored is the same."""
    files = CountedFiles()
    store = SealedObjects(LocalObjects(files, Path("/data/objects")), DOMAIN)
    clock = ManualClock()
    working = threading.Lock()

    def make(number: int) -> bytes:
        with not_taken(working):
            clock.work(0.01)
            breathe()
        return b"%d" % number * PACK_STEP_BYTES

    with paced(Pace(clock, lambda: True, 0.0)):
        digests = store.put_many(partial(make, number) for number in range(10, 30))
    assert clock.monotonic() == pytest.approx(20 * 0.01 * 2)
    assert [store.get(digest) for digest in digests] == [make(number) for number in range(10, 30)]


@contextmanager
def not_taken(lock: threading.Lock) -> Iterator[None]:
    assert lock.acquire(blocking=False), "somebody else works"
    try:
        yield
    finally:
        lock.release()


def test_put_many_raises_what_the_drawing_raises() -> None:
    def plains() -> Iterator[Callable[[], bytes]]:
        yield lambda: b"1"
        raise Unavailable("storage", "no more")

    with pytest.raises(Unavailable, match="no more"):
        objects().put_many(plains())


def test_put_many_raises_the_failure_of_one() -> None:
    files = FaultyFiles(MemoryFiles(), Fault(20, "before", forever=True))
    store = SealedObjects(LocalObjects(files, Path("/data/objects")), DOMAIN)
    with pytest.raises(Unavailable, match="injected failure"):
        store.put_many(lambda number=number: b"%d" % number for number in range(100))


def test_objects_of_format_1_open() -> None:
    """Written by format 1; must open for as long as that format is read."""
    digest = Digest(bytes.fromhex(DIGEST_1))
    assert digest_of(TEXT, DOMAIN) == digest
    store = objects()
    store.store.put(name_of(digest), bytes.fromhex(OBJECT_1))
    assert store.get(digest) == TEXT
    body = unseal(bytes.fromhex(OBJECT_1), digest, DOMAIN)
    assert seal(body, digest, DOMAIN).hex() == OBJECT_1


DIGEST_1 = "bf6d340eb082ad8e31a91ca12277733401c263e9e302433f4022d6cb152cfb31"
OBJECT_1 = (
    "53474f42010100008002000000000000965b38aa020e47abd3ff285fd56214813e2bfb7098a6baab3cab0a27"
    "1a3ea3713c032b2a7ce9656e1cc75e4b05a72b0c5d737694ecbddddf9ecb082834962c43dc22e51ed04ddfe4"
    "8360539c6bb95fe5123be9b2e0b55e8863e74ae66fcd3045dba5617cd09f942e2e5cb9bd5e5b"
)

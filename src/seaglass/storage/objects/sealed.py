"""Content-addressed objects: plain bytes in, digest out; digest in, verified plain bytes out.

    put   digest -> (there already: refresh) | compress -> seal -> store
    get   fetch -> unseal -> decompress -> digest again

zstd runs as at level 1, but for a window of 64 KiB, and words of 7 bytes at least that point back. What is
stored is packed numbers above all: smaller blocks have codes that suit them better, and short words
that point back repeat by chance. The 128 MiB of a graph of 1 M nodes and 10 M edges take 155 ms and
90.1 MiB where level 1 takes 201 ms and 92.3 MiB; JSON and URLs get no larger, program text that repeats
itself at a distance 0.32 in place of 0.29 of its size. Level 3 gains nothing on numbers.

Hashing, zstd, AES and file calls let go of the interpreter lock, so threads help `put_many`: a few
work at a time, and more wait for the store, which does several puts in little more time than one: a
local one puts what has gathered and waits for the disk once. They run at a low priority: queries
that want the same cores go first.

Above: engine/snapshot. Below: format, store, storage/keys.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING

import zstandard

from seaglass.base.errors import Corrupt, Exhausted
from seaglass.base.limits import (
    OBJECT_BYTES_MAX,
    PACK_STEP_BYTES,
    PUT_STEP_BYTES,
    PUT_STEP_OBJECTS,
    PUT_THREADS,
    PUT_TOGETHER_OBJECTS,
    PUTS_AT_ONCE,
)
from seaglass.base.pace import breathe, crowded, pace_of_thread, paced, turn
from seaglass.base.priority import let_others_go_first
from seaglass.storage.objects.format import (
    ENCODING_NONE,
    ENCODING_ZSTD,
    Body,
    Digest,
    WrongBytes,
    digest_of,
    seal,
    unseal,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from seaglass.storage.keys.domain import Domain
    from seaglass.storage.objects.store import ObjectStore

_ZSTD = zstandard.ZstdCompressionParameters(
    strategy=zstandard.STRATEGY_FAST,
    window_log=16,
    hash_log=13,
    chain_log=13,
    search_log=1,
    min_match=7,
    target_length=0,
)


class SealedObjects:
    """The objects of one domain in a store that other domains may share. Safe between threads."""

    def __init__(self, store: ObjectStore, domain: Domain) -> None:
        self.store = store
        self.domain = domain
        self._own = _Own()

    def put(self, plain: bytes) -> Digest:
        """Store `plain` unless it is there; durable after `sync`.

        Raises: Exhausted(internal_limit) above OBJECT_BYTES_MAX; as the store does
        """
        digest = self._checked_digest(plain)
        if not self.store.refresh(name_of(digest)):
            self.store.put(name_of(digest), self._sealed(plain, digest))
        return digest

    def missing(self, plains: Iterable[bytes]) -> list[tuple[str, bytes]]:
        """Those that are not there, ready to be put into the store by name; the others are refreshed.

        Raises: Exhausted(internal_limit) above OBJECT_BYTES_MAX; as the store does
        """
        digests = ((self._checked_digest(plain), plain) for plain in plains)
        return [
            (name_of(digest), self._sealed(plain, digest))
            for digest, plain in digests
            if not self.store.refresh(name_of(digest))
        ]

    def put_many(self, plains: Iterable[Callable[[], bytes]]) -> list[Digest]:
        """Store many; each is made and stored in a thread, and drawn as the work goes on.

        After an error some may be stored. Raises: as `put`, the first error
        """
        drawn = _Drawn(plains)
        digests: dict[int, Digest] = {}
        gathered = _Gathered(self.store)
        turns = threading.Semaphore(PUT_THREADS)
        pace = pace_of_thread()

        def work() -> None:
            # A thread that draws for itself need not be woken for each.
            with paced(pace):
                while not drawn.done:
                    # One is held for work, and not for what waits for the store.
                    with turns, turn():
                        sealed = self._sealed_some(drawn, gathered, digests)
                    gathered.put(sealed)

        threads = max(PUTS_AT_ONCE, self.store.threads)
        with ThreadPoolExecutor(threads, "put", let_others_go_first) as pool:
            try:
                for done in as_completed([pool.submit(work) for _ in range(threads)]):
                    done.result()
            except BaseException:
                drawn.stop()
                raise
        gathered.put_rest()
        return [digests[number] for number in range(len(digests))]

    def _sealed_some(
        self, drawn: _Drawn, gathered: _Gathered, digests: dict[int, Digest]
    ) -> list[tuple[str, bytes]]:
        """Draws some, and gives those of them that are to be put; one where puts gain nothing together."""
        some: dict[Digest, bytes] = {}
        size = 0
        while (item := drawn.next()) is not None:
            number, make = item
            plain = make()
            breathe()
            digests[number] = digest = self._checked_digest(plain)
            if gathered.is_new(digest):
                some[digest] = plain
                size += len(plain)
            if (
                size >= min(PUT_STEP_BYTES, self.store.together_bytes)
                or len(some) >= PUT_STEP_OBJECTS
            ):
                break
        there = self.store.refresh_all([name_of(digest) for digest in some])
        return [
            (name_of(digest), self._sealed(plain, digest))
            for (digest, plain), is_there in zip(some.items(), there, strict=True)
            if not is_there
        ]

    def _checked_digest(self, plain: bytes) -> Digest:
        if len(plain) > OBJECT_BYTES_MAX:
            raise Exhausted(
                "internal_limit", f"an object of {len(plain)} bytes is over {OBJECT_BYTES_MAX}"
            )
        return digest_of(plain, self.domain)

    def _sealed(self, plain: bytes, digest: Digest) -> bytes:
        packed = self._packed(plain)
        breathe()
        if len(packed) < len(plain):
            return seal(Body(ENCODING_ZSTD, len(plain), packed), digest, self.domain)
        return seal(Body(ENCODING_NONE, len(plain), plain), digest, self.domain)

    def _packed(self, plain: bytes) -> bytes:
        compressor = self._own.compressor
        if len(plain) <= PACK_STEP_BYTES or not crowded():
            return compressor.compress(plain)
        packing = compressor.compressobj(size=len(plain))
        rest = memoryview(plain)
        parts = []
        while rest:
            parts.append(packing.compress(rest[:PACK_STEP_BYTES]))
            # Else it gathers what makes a block of its own size, and packs that at once.
            parts.append(packing.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK))
            breathe()
            rest = rest[PACK_STEP_BYTES:]
        parts.append(packing.flush())
        return b"".join(parts)

    def get(self, digest: Digest) -> bytes:
        """The plain bytes, every one of them checked.

        Raises: NotFound(object), Corrupt
        """
        return self.unsealed(self.store.get(name_of(digest)), digest)

    def body(self, digest: Digest) -> Body:
        """What is sealed, as it was packed; its seal is checked, and that is enough to trust it.

        Raises: NotFound(object), Corrupt
        """
        data = self.store.get(name_of(digest))
        try:
            return unseal(data, digest, self.domain)
        except WrongBytes as error:
            raise self._corrupt(digest, error) from error

    def unpacked(self, body: Body) -> bytes:
        """The plain bytes of what somebody else has packed.

        Raises: Corrupt
        """
        try:
            return self._unpacked(body)
        except WrongBytes as error:
            raise Corrupt("corrupt", f"what an object holds is damaged: {error}") from error

    def unsealed(self, data: bytes, digest: Digest) -> bytes:
        """What the bytes of an object hold, every one of them checked.

        Raises: Corrupt
        """
        try:
            body = unseal(data, digest, self.domain)
            plain = self._unpacked(body)
            if digest_of(plain, self.domain) != digest:
                raise WrongBytes("its content has another digest")
        except WrongBytes as error:
            raise self._corrupt(digest, error) from error
        return plain

    def _corrupt(self, digest: Digest, error: WrongBytes) -> Corrupt:
        where = self.store.where
        return Corrupt("corrupt", f"object {name_of(digest)} in {where}: {error}")

    def contains(self, digest: Digest) -> bool:
        """Whether the object is there; if so it is young again, and durable after `sync`.

        This asks the store each time, a few microseconds on a local disk: an answer from memory
        could be wrong after another process has collected garbage.
        """
        return self.store.refresh(name_of(digest))

    def contain(self, digests: Sequence[Digest]) -> list[bool]:
        """`contains` for many, some at a time where each takes a request."""
        if self.store.threads <= PUT_THREADS:
            return self.store.refresh_all([name_of(digest) for digest in digests])
        with ThreadPoolExecutor(self.store.threads, thread_name_prefix="look") as pool:
            return list(pool.map(self.contains, digests))

    def sync(self) -> None:
        """Make everything put or found so far durable: the step before a manifest is named."""
        self.store.sync()

    def _unpacked(self, body: Body) -> bytes:
        plain = body.data
        if body.encoding == ENCODING_ZSTD:
            try:
                # The frame says itself how much it is, and that much would be taken from the memory.
                told = zstandard.frame_content_size(plain)
                if told not in (-1, body.plain_bytes):
                    raise WrongBytes(f"it says {told} bytes and {body.plain_bytes}")
                plain = self._own.decompressor.decompress(
                    body.data, max_output_size=body.plain_bytes
                )
            except zstandard.ZstdError as error:
                raise WrongBytes(f"zstd cannot unpack it: {error}") from error
        if len(plain) != body.plain_bytes:
            raise WrongBytes(f"it unpacks to {len(plain)} bytes instead of {body.plain_bytes}")
        return plain


class _Drawn:
    """Numbers what is drawn from an iterator. Safe between threads; what one raises ends it."""

    def __init__(self, plains: Iterable[Callable[[], bytes]]) -> None:
        self._guard = threading.Lock()
        self._plains = enumerate(plains)
        self.done = False

    def next(self) -> tuple[int, Callable[[], bytes]] | None:
        """The next one; None where there is none."""
        with self._guard:
            item = None if self.done else next(self._plains, None)
            if item is None:
                self.done = True
            return item

    def stop(self) -> None:
        """Let nobody draw any more."""
        self.done = True


class _Gathered:
    """The puts of one `put_many`, as many together as the store likes. Safe between threads."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._guard = threading.Lock()
        self._met: set[Digest] = set()
        self._waiting: list[tuple[str, bytes]] = []
        self._waiting_bytes = 0

    def is_new(self, digest: Digest) -> bool:
        """Whether nobody has asked so before."""
        with self._guard:
            is_new = digest not in self._met
            self._met.add(digest)
        return is_new

    def put(self, objects: Iterable[tuple[str, bytes]]) -> None:
        """Put them now, or with others that come later."""
        full = []
        with self._guard:
            for name, data in objects:
                self._waiting.append((name, data))
                self._waiting_bytes += len(data)
                if (
                    self._waiting_bytes >= self._store.together_bytes
                    or len(self._waiting) >= PUT_TOGETHER_OBJECTS
                ):
                    full.append(self._taken())
        for together in full:
            self._store.put_all(together)

    def put_rest(self) -> None:
        """Put what waits for others."""
        with self._guard:
            objects = self._taken()
        if objects:
            self._store.put_all(objects)

    def _taken(self) -> list[tuple[str, bytes]]:
        taken, self._waiting, self._waiting_bytes = self._waiting, [], 0
        return taken


class _Own(threading.local):
    """What each thread has: two zstd contexts, which are costly to make and serve one call at a time."""

    def __init__(self) -> None:
        self.compressor = packer()
        self.decompressor = zstandard.ZstdDecompressor()


def packer() -> zstandard.ZstdCompressor:
    """What packs objects. One call at a time."""
    return zstandard.ZstdCompressor(compression_params=_ZSTD)


def name_of(digest: Digest) -> str:
    """The name of an object in its store."""
    return digest.hex()

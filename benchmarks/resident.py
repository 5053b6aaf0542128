"""How long until all of a restored graph is in memory, beside what the disk takes to read as many bytes?

Through the library, in a new process each time, which has loaded a small graph before, so that its machine code is
there. In turns: with the page cache as it is, with the store's files dropped from it, and one file read from end to
end, dropped as well, that is as large as what lies on disk, as what is in memory, or as the same when it is plain:
with eight bytes for an integer of a property, which is what the values are, however narrow they are held. What is in
memory is counted by arrays, one that several columns share once.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import seaglass
from benchmarks.figures import QUICK, Figure, Scale
from benchmarks.restore import prepare
from seaglass.engine.graph.adjacency import CsrSegment
from seaglass.engine.graph.chunk import Bitmap
from seaglass.engine.graph.id_index import IdPartition
from seaglass.engine.snapshot.describe import chunk_refs
from seaglass.engine.values.column import Column
from seaglass.engine.values.narrow import Narrow, held
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.engine.graph.version import GraphVersion

ROUNDS = 5
READ_BYTES = 1 << 20
SEED = 11


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one process measured: of the restore, and of loading everything after it."""

    restore_seconds: float
    seconds: float
    core_seconds: float
    system_seconds: float
    faults: int
    resident_bytes: int
    plain_bytes: int


def measure(scale: Scale) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small, whole = folder / "small", folder / "whole"
        snapshots = prepare(small, QUICK), prepare(whole, scale)
        stored = sum(path.stat().st_size for path in objects_of(whole))
        first = in_process(small, whole, snapshots, cold=False)
        sizes = {
            "on disk": stored,
            "in memory": first.resident_bytes,
            "plain": first.plain_bytes,
        }
        files = {size: folder / str(size) for size in sizes.values()}
        for size, path in files.items():
            fill(path, size)
        warm, cold = [], []
        reads: dict[int, list[float]] = {size: [] for size in files}
        for _ in range(ROUNDS):
            warm.append(in_process(small, whole, snapshots, cold=False))
            cold.append(in_process(small, whole, snapshots, cold=True))
            for size, path in files.items():
                reads[size].append(read_through(path))
    size = f"{scale.nodes:,} nodes, {scale.edges:,} edges"
    for what, count in sizes.items():
        yield Figure(f"{size}: {what}", count / 2**20, "MiB")
        yield Figure(f"{size}: {what}, each edge", count / scale.edges, "bytes")
    for what, runs in (("page cache as it is", warm), ("dropped from the page cache", cold)):
        name = f"{size}: in memory, {what}"
        restored = statistics.median(run.restore_seconds for run in runs)
        yield Figure(f"{name}: the restore before", restored, "s")
        yield Figure(name, statistics.median(run.seconds for run in runs), "s")
        yield Figure(f"{name}, cores", statistics.median(run.core_seconds for run in runs), "s")
        system = statistics.median(run.system_seconds for run in runs)
        yield Figure(f"{name}, of them the system's", system, "s")
        yield Figure(
            f"{name}, page faults", statistics.median(run.faults for run in runs), "faults"
        )
    spent = statistics.median(run.seconds for run in cold)
    for what, count in sizes.items():
        alone = statistics.median(reads[count])
        yield Figure(f"{size}: the disk reads as many bytes as {what}", alone, "s")
        yield Figure(f"{size}: bytes {what} a second, of the disk's", alone / spent * 100, "%")


def in_process(small: Path, whole: Path, snapshots: tuple[str, str], *, cold: bool) -> Loaded:
    """`load` in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(load, (small, whole, snapshots, cold))


def load(small: Path, whole: Path, snapshots: tuple[str, str], cold: bool) -> Loaded:
    with seaglass.open(small) as database:
        database.restore(snapshots[0], "warm").prefetch(wait=True)
        database.delete_graph("warm")
    if cold:
        for path in objects_of(whole):
            drop(path)
    with seaglass.open(whole) as database:
        asked = time.perf_counter()
        graph = database.restore(snapshots[1], "again")
        before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        graph.prefetch(wait=True)
        spent, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
        assert graph.residence.loaded == graph.residence.total
        resident, plain = bytes_of(graph.version)
        database.delete_graph("again")
    system = after.ru_stime - before.ru_stime
    cores = after.ru_utime - before.ru_utime + system
    faults = after.ru_minflt - before.ru_minflt
    return Loaded(began - asked, spent, cores, system, faults, resident, plain)


def objects_of(data: Path) -> list[Path]:
    return [path for path in (data / "objects").rglob("*") if path.is_file()]


def bytes_of(version: GraphVersion) -> tuple[int, int]:
    """Bytes of the arrays of all chunks, and of the same when narrow integers take eight bytes."""
    held_bytes: dict[int, int] = {}
    plain_bytes: dict[int, int] = {}
    for ref in chunk_refs(version):
        assert ref.loaded
        payload = ref.get()
        for array in arrays_of(payload):
            address = array.__array_interface__["data"][0]
            held_bytes[address] = plain_bytes[address] = array.nbytes
            if isinstance(payload, Narrow) and array is held(payload):
                plain_bytes[address] = array.size * np.dtype(np.int64).itemsize
    return sum(held_bytes.values()), sum(plain_bytes.values())


def arrays_of(payload: object) -> list[np.ndarray[Any, Any]]:
    match payload:
        case Bitmap(bits):
            return [bits]
        case CsrSegment(indptr, neighbours, edges):
            return [indptr, neighbours, edges]
        case IdPartition(hashes, nodes):
            return [hashes, nodes]
        case Column(kind=Kind.STRING, data=texts):
            return [np.frombuffer(buffer, np.uint8) for buffer in texts.buffers() if buffer]
        case Narrow():
            return [held(payload)] if payload.valid is None else [held(payload), payload.valid]
        case Column(kind=Kind.INT | Kind.FLOAT | Kind.BOOL, data=data):
            return [data] if payload.valid is None else [data, payload.valid]
        case _:
            raise AssertionError(payload)


def fill(path: Path, size_bytes: int) -> None:
    """Write a file that nothing can pack, durably."""
    rng = np.random.default_rng(SEED)
    with path.open("wb", buffering=0) as file:
        while size_bytes:
            size_bytes -= file.write(rng.bytes(min(size_bytes, READ_BYTES)))
        os.fsync(file.fileno())


def read_through(path: Path) -> float:
    """Seconds to read a file that is not in the page cache, a piece at a time, in order."""
    drop(path)
    piece = bytearray(READ_BYTES)
    with path.open("rb", buffering=0) as file:
        began = time.perf_counter()
        while file.readinto(piece):
            pass
        return time.perf_counter() - began


def drop(path: Path) -> None:
    """Have the system forget a file that is durable; it reads it from the disk next time."""
    with path.open("rb", buffering=0) as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

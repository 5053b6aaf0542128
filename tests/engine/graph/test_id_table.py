"""One call finds an id: right for every version that shares the table, older ones and newer ones."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from seaglass.base import limits
from seaglass.engine.graph import id_index, read
from seaglass.engine.graph.apply import apply
from seaglass.engine.graph.delta import CreateNodes, DeleteNodes
from seaglass.engine.graph.fold import fold, plan_folds, with_folds
from seaglass.engine.graph.id_index import IdPartition
from seaglass.engine.graph.id_table import IdTable
from seaglass.engine.graph.version import GraphVersion, empty
from seaglass.engine.kernels.hashing import hash_text
from seaglass.engine.values import column as cols


def created(version: GraphVersion, ids: list[str], label: str = "Person") -> GraphVersion:
    return apply(
        version, CreateNodes(version.next_node, len(ids), (label,), cols.from_values(ids), {})
    )


def folded(version: GraphVersion) -> GraphVersion:
    return with_folds(version, [fold(version, place) for place in plan_folds(version, 1)])


def of(partitions: list[list[tuple[int, int]]], texts: list[str]) -> IdTable:
    """A table of (hash, node) pairs, in one group of nodes."""
    table = IdTable()
    for place, pairs in enumerate(partitions):
        hashes, nodes = zip(*sorted(pairs), strict=True) if pairs else ((), ())
        chunk = IdPartition(np.array(hashes, np.uint64), np.array(nodes, np.int32))
        table.enter_partition(place, len(partitions), chunk)
    table.enter_group(0, cols.strings(texts))
    return table


@pytest.mark.parametrize("bits", [0, 1, 3])
def test_what_is_entered_is_found_and_nothing_else(bits: int) -> None:
    texts = [f"person-{number}" for number in range(3_000)] + ["", "é", "a" * 100]
    partitions: list[list[tuple[int, int]]] = [[] for _ in range(1 << bits)]
    for node, text in enumerate(texts):
        hashed = hash_text(text)
        partitions[hashed >> (64 - bits) if bits else 0].append((hashed, node))
    table = of(partitions, texts)
    assert [table.find(text) for text in texts] == list(range(len(texts)))
    for absent in ("person-3000", "person-", "e", "a" * 99, "\ud800"):
        assert table.find(absent) == -1
    assert IdTable().find("person-1") == -1


@pytest.mark.parametrize("others", [range(500), range(2**64 - 500, 2**64)])
def test_hashes_that_crowd_at_one_end_are_searched_all_the_same(others: range) -> None:
    pairs = [(hashed, 1 + place) for place, hashed in enumerate(others)]
    table = of([[(hash_text("x"), 0), *pairs]], ["x"] + [f"y{place}" for place in range(500)])
    assert table.find("x") == 0


def test_of_ids_with_one_hash_the_text_decides() -> None:
    same = hash_text("x")
    table = of([[(same, node) for node in range(4)]], ["a", "xx", "x", "y"])
    assert table.find("x") == 2


@pytest.mark.parametrize("seed", range(8))
def test_every_version_finds_what_it_has(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Versions that come from each other share a table; ids are taken again once they are free."""
    monkeypatch.setattr(limits, "GROUP_ROWS", 16)
    monkeypatch.setattr(limits, "PATCH_BULK_ROWS", 6)
    monkeypatch.setattr(id_index, "PARTITION_ROWS", 24)
    monkeypatch.setattr(id_index, "RECENT_MAX", 5)
    monkeypatch.setattr(id_index, "FOLDED_AT_ONCE", 4)
    rng = np.random.default_rng(seed)
    version, known = empty(), dict[str, tuple[int, str]]()
    kept: list[tuple[GraphVersion, dict[str, tuple[int, str]]]] = []
    names = [f"n{number}" for number in range(120)]
    for _ in range(60):
        free = [name for name in names if name not in known]
        match rng.choice(["create", "delete", "fold"], p=[0.5, 0.3, 0.2]):
            case "create" if free:
                chosen = [str(name) for name in rng.permutation(free)[: int(rng.choice([1, 2, 9]))]]
                label = str(rng.choice(["Person", "Cat"]))
                known = known | {
                    name: (version.next_node + place, label) for place, name in enumerate(chosen)
                }
                version = created(version, chosen, label)
            case "delete" if known:
                gone = [str(n) for n in rng.permutation(list(known))[: int(rng.choice([1, 7]))]]
                numbers = np.array([known[name][0] for name in gone], np.int64)
                version = apply(version, DeleteNodes(numbers))
                known = {name: what for name, what in known.items() if name not in gone}
            case _:
                version = folded(version)
        kept.append((version, known))
        for older, then in [kept[int(rng.integers(len(kept)))], kept[-1]]:
            for name in names:
                number, label = then.get(name, (-1, "Person"))
                assert read.find_node(older, name) == number
                assert read.find_node(older, name, (label,)) == number
                assert read.find_node(older, name, ("Dog",)) == -1


def test_what_is_found_once_is_in_the_table_then() -> None:
    version = folded(created(empty(), [f"p{number}" for number in range(2_000)]))
    assert version.ids.table.find("p7") == -1
    assert read.find_node(version, "p7") == 7
    assert version.ids.table.find("p7") == 7
    assert version.ids.table.find("p1999") == 1_999
    later = created(version, ["new"])
    assert later.ids.table is version.ids.table
    assert read.find_node(later, "new") == 2_000
    assert read.find_node(version, "new") == -1


def test_threads_ask_while_chunks_are_entered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks come, grow and go while others are in the middle of a look-up."""
    monkeypatch.setattr(limits, "GROUP_ROWS", 64)
    monkeypatch.setattr(id_index, "PARTITION_ROWS", 128)
    versions = [empty()]
    for step in range(40):
        more = [f"{step}-{number}" for number in range(30)]
        versions.append(folded(created(versions[-1], more)))
    wrong: list[tuple[int, str]] = []

    def ask(first: int) -> None:
        chance = np.random.default_rng(first)
        for _ in range(3_000):
            at = int(chance.integers(1, len(versions)))
            step, number = int(chance.integers(len(versions) - 1)), int(chance.integers(30))
            expected = step * 30 + number if step < at else -1
            if read.find_node(versions[at], f"{step}-{number}") != expected:
                wrong.append((at, f"{step}-{number}"))

    threads = [threading.Thread(target=ask, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []

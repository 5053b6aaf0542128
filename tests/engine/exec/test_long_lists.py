"""Sets and sorting of long lists: the same for items of one kind as by their keys, and a query may
end, or come to its limit of memory, within one list.

Method: lists on both sides of the length from which columns are made, against Python's sets and
sorting of `order_key`; for the way, an interrupt that counts the looks, and a purse.
"""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

import pytest

from seaglass.base.errors import Exhausted, Interrupted
from seaglass.engine.exec.expressions import long_lists, sorting
from seaglass.engine.exec.run import run
from seaglass.engine.values import lists
from seaglass.engine.values.order import order_key
from seaglass.engine.values.types import Node
from tests.engine.exec.test_memory import Counted, Purse
from tests.engine.exec.tools import Never, compile_query, context_of, ran, text_view

if TYPE_CHECKING:
    from collections.abc import Callable

_CHANCE = random.Random(5)
_ITEMS: dict[str, Callable[[], object]] = {
    "integers": lambda: _CHANCE.randrange(-900, 900),
    "far integers": lambda: _CHANCE.choice((-(2**63), 2**63 - 1, 0, _CHANCE.getrandbits(40))),
    "integers and nulls": lambda: _CHANCE.choice((None, _CHANCE.randrange(99))),
    "floats": lambda: _CHANCE.choice((math.nan, -0.0, 0.0, math.inf, _CHANCE.uniform(-9, 9))),
    "booleans": lambda: _CHANCE.random() < 0.5,
    "texts": lambda: chr(_CHANCE.randrange(97, 300)) * _CHANCE.randrange(3),
    "texts and nulls": lambda: _CHANCE.choice((None, "", chr(_CHANCE.randrange(97, 130)))),
    "both kinds of numbers": lambda: _CHANCE.choice((1, 1.0, 2.5, _CHANCE.randrange(50))),
    "lists": lambda: [_CHANCE.randrange(9)] * _CHANCE.randrange(3),
    "nulls": lambda: None,
}


def firsts(items: list[object]) -> dict[bytes, object]:
    return {order_key(item): item for item in reversed(items)}


def exact(items: object) -> list[str]:
    assert isinstance(items, list)
    return list(map(repr, items))


@pytest.mark.parametrize("name", _ITEMS)
@pytest.mark.parametrize("count", [0, 1, 2_000, 40_000])
def test_long_lists_are_told_apart_and_sorted_as_short_ones(name: str, count: int) -> None:
    items = [_ITEMS[name]() for _ in range(count)]
    other = [_ITEMS[name]() for _ in range(30)]
    ((found, ascending, descending, only, both),) = ran(
        "RETURN collToSet($l) AS a, collSort($l) AS b, collSort($l, {order: 'desc'}) AS c, "
        "collSubtract($l, $o) AS d, collIntersection($l, $o) AS e",
        l=items,
        o=other,
    ).rows
    known, others = firsts(items), firsts(other)
    assert exact(found) == exact(_each(items))
    assert exact(ascending) == exact(sorted(items, key=order_key))
    assert exact(descending) == exact(sorted(items, key=order_key, reverse=True))
    assert exact(only) == exact([known[key] for key in sorted(known) if key not in others])
    assert exact(both) == exact([known[key] for key in sorted(known) if key in others])


def _each(items: list[object]) -> list[object]:
    found: dict[bytes, object] = {}
    for item in items:
        found.setdefault(order_key(item), item)
    return list(found.values())


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("name", _ITEMS)
def test_long_lists_are_sorted_by_keys_as_short_ones(name: str, order: str) -> None:
    down = order == "desc"
    maps = [{"k": _ITEMS[name](), "t": _CHANCE.randrange(9), "n": n} for n in range(3_000)]
    del maps[7]["k"]
    ((one, two, cut),) = ran(
        "RETURN collSortMaps($l, {key: 'k', order: $o}) AS a, "
        "collSortMulti($l, [{key: 't'}, {key: 'k', order: $o}]) AS b, "
        "collSortMulti($l, [{key: 't'}, {key: 'k', order: $o}], 50, 7) AS c",
        l=maps,
        o=order,
    ).rows
    by_key = sorted(maps, key=lambda item: order_key(item.get("k")), reverse=down)
    assert exact(one) == exact(by_key)
    by_both = sorted(by_key, key=lambda item: item["t"])
    assert exact(two) == exact(by_both)
    assert exact(cut) == exact(by_both[7:57])


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_many_nodes_are_sorted_as_few(order: str) -> None:
    values = [_CHANCE.choice((None, _CHANCE.randrange(50), "a", 0.5)) for _ in range(3_000)]
    view = text_view("CREATE ({n: -1})")
    ran("UNWIND $l AS v CREATE (:A {v: v})", view, l=values)
    ((found,),) = ran(
        "MATCH (a:A) WITH collect(a) AS l RETURN collSortNodes(l, {key: 'v', order: $o}) AS a",
        view,
        o=order,
    ).rows
    places = sorted(
        range(3_000), key=lambda place: order_key(values[place]), reverse=order == "desc"
    )
    # The first node is another one.
    assert exact(found) == exact([Node(place + 1) for place in places])


def test_python_sorts_no_long_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Since it looks for no cancel meanwhile."""
    monkeypatch.setattr(long_lists, "sorted", None, raising=False)
    monkeypatch.setattr(sorting, "sorted", None, raising=False)
    items = [x if x % 2 else f"t{x}" for x in range(3_000)]
    text = (
        "WITH $l AS l, [x IN $l | {k: x}] AS m RETURN collSort(l), collSubtract(l, [1]), "
        "collIntersection(l, l), collSortMaps(m, {key: 'k'}), collSortMulti(m, [{key: 'k'}])"
    )
    assert ran(text, l=items).rows


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RETURN reverse(l) AS x", list(range(5000, 0, -1))),
        ("RETURN toStringList(l) AS x", list(map(str, range(1, 5001)))),
        ("RETURN [y IN l | [y]] = [y IN l | [y]] AS x", True),
        ("RETURN l < tail(l) AS x", True),
        ("RETURN size(l + 'a' + l) AS x", 10_001),
        (
            "WITH [z IN l | [z]] AS m UNWIND range(1, 20) AS y WITH [y] IN m AS x RETURN DISTINCT x",
            True,
        ),
    ],
)
def test_a_long_list_becomes_values_a_part_at_a_time(
    text: str, expected: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = compile_query("WITH range(1, 5000) AS l " + text)

    def looks() -> int:
        context = context_of()
        (frame,) = run(query, context)
        assert frame.columns["x"].to_list() == [expected]
        assert isinstance(context.interrupt, Never)
        return context.interrupt.checks

    few = looks()
    monkeypatch.setattr(lists, "_OBJECTS_AT_ONCE", 100)
    assert looks() > few + 45


_CALLS = ("collToSet(l)", "collSort(l)", "collSubtract(l, [1])", "collIntersection(l, l)")
_LISTS = ("range(1, 300000)", "[0.5] + range(1, 300000)")


@pytest.mark.parametrize("items", _LISTS)
@pytest.mark.parametrize("called", _CALLS)
def test_a_query_may_end_within_one_list(called: str, items: str) -> None:
    looks = []
    for text in (f"WITH {items} AS l RETURN size({what}) AS s" for what in (called, "l")):
        context = context_of()
        list(run(compile_query(text), context))
        assert isinstance(context.interrupt, Never)
        looks.append(context.interrupt.checks)
    assert looks[0] >= looks[1] + 15
    context.interrupt = Counted(looks[1] + 5)
    with pytest.raises(Interrupted):
        list(run(compile_query(f"WITH {items} AS l RETURN size({called}) AS s"), context))


@pytest.mark.parametrize("items", _LISTS)
@pytest.mark.parametrize("called", _CALLS)
def test_what_is_made_of_a_long_list_counts(called: str, items: str) -> None:
    peaks = []
    for what in ("l", called):
        context = context_of()
        context.budget = purse = Purse(math.inf)
        list(run(compile_query(f"WITH {items} AS l RETURN size({what}) AS s"), context))
        assert purse.held == 0
        peaks.append(purse.peak)
    # The list was made before, and what is made of it takes more: numbers and a table, or keys.
    assert peaks[1] > peaks[0]
    context.budget = purse = Purse(peaks[1] - 1)
    with pytest.raises(Exhausted, match="room"):
        list(run(compile_query(f"WITH {items} AS l RETURN size({called}) AS s"), context))
    assert purse.held == 0

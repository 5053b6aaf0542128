"""Expressions with local variables: comprehensions, quantifiers, reduce(), map projection.

Every query runs on typed columns, on mixed columns, and on frames of one row; all three must agree.
"""

from __future__ import annotations

import pytest

from seaglass.base.errors import SeaglassError
from seaglass.engine.exec.context import Options
from tests.engine.exec.tools import ran, text_view

_WAYS = (Options(), Options(force_mixed=True), Options(frame_rows=1))


def _rows(text: str, *graph: str) -> list[tuple[object, ...]]:
    found = [ran(text, text_view(*graph), options).rows for options in _WAYS]
    assert found[0] == found[1] == found[2]
    return found[0]


def test_inner_expressions_see_row_local_and_outer_local() -> None:
    text = (
        "UNWIND [1, 2, 3] AS n"
        " RETURN [x IN range(1, n) WHERE x <> 2 | [y IN [x, n] WHERE y < n | x * 10 + y]] AS found"
    )
    assert _rows(text) == [([[]],), ([[11]],), ([[11], []],)]


def test_a_local_hides_what_has_its_name_and_ends_with_its_brackets() -> None:
    text = "WITH 5 AS x RETURN [x IN [1, x] | x] AS a, x AS b, reduce(x = x, y IN [x] | x + y) AS c"
    assert _rows(text) == [([1, 5], 5, 10)]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        # all, any, none, single of `x > 0`
        ("[]", (True, False, True, False)),
        ("[1]", (True, True, False, True)),
        ("[1, 2]", (True, True, False, False)),
        ("[0, 1]", (False, True, False, True)),
        ("[0]", (False, False, True, False)),
        ("[null]", (None, None, None, None)),
        ("[0, null]", (False, None, None, None)),
        ("[1, null]", (None, True, False, None)),
        ("[1, 2, null]", (None, True, False, False)),
        ("null", (None, None, None, None)),
    ],
)
def test_quantifiers_have_three_values(items: str, expected: tuple[bool | None, ...]) -> None:
    names = ("all", "any", "none", "single")
    calls = ", ".join(f"{name}(x IN {items} WHERE x > 0)" for name in names)
    columns = ", ".join(f"{name}(x IN l WHERE x > 0)" for name in names)
    assert _rows(f"RETURN {calls}") == [expected]
    # Beside lists of other lengths, from columns.
    others = "[[1, 1, 1], [], [0]]"
    text = f"UNWIND [{items}] + {others} AS l WITH l WHERE true RETURN {columns}"
    if items != "null":
        assert _rows(text)[0] == expected


def test_reduce_goes_on_for_the_lists_that_are_longer() -> None:
    text = (
        "UNWIND [[1, 2, 3], [], null, [4]] AS l"
        " RETURN reduce(text = 'a', x IN l | text + x) AS text, reduce(s = null, x IN l | x) AS s"
    )
    assert _rows(text) == [("a123", 3), ("a", None), (None, None), ("a4", 4)]


@pytest.mark.parametrize("rows", [1, 60])
def test_reduce_of_one_operation(rows: int) -> None:
    """It takes another way than other steps where there are few lists; both give the same."""
    pairs = [("s - x * n", "(s - x * n) + 0"), ("x - s", "(x - s) + 0"), ("s + s", "s * 2")]
    for one, other in pairs:
        text = (
            f"UNWIND range(1, {rows}) AS i"
            " UNWIND [[1, 2, 3], [], null, [4, 5]] AS l WITH l, size(l) AS n"
            f" RETURN reduce(s = n, x IN l | {one}) AS one, reduce(s = n, x IN l | {other}) AS other"
        )
        found = _rows(text)
        assert [one for one, _ in found] == [other for _, other in found]


def test_map_projection() -> None:
    graph = "CREATE (:P {name: 'a', age: 1})-[:T {since: 2}]->(:P)"
    text = (
        "MATCH (p:P)-[t:T]->(q) WITH p, t, q, 7 AS seven"
        " RETURN p {.name, .nothing, seven, `~id`: 1} AS a, p {.*, age: p.age + 1} AS b,"
        " t {.*} AS c, q {.*} AS d, [n IN [p, null] | n {.age}] AS e"
    )
    assert _rows(text, graph) == [
        (
            {"name": "a", "nothing": None, "seven": 7, "~id": 1},
            {"name": "a", "age": 2},
            {"since": 2},
            {},
            [{"age": 1}, None],
        )
    ]


def test_entities_in_lists_are_read_from_the_graph() -> None:
    graph = "UNWIND range(1, 4) AS i CREATE (:P {i: i})"
    text = (
        "MATCH (p:P) WITH collect(p) AS ps"
        " RETURN [p IN ps WHERE p.i % 2 = 0 | p.i] AS even, all(p IN ps WHERE p:P) AS labelled"
    )
    assert _rows(text, graph) == [([2, 4], True)]


def test_equal_comprehensions_are_one_column_to_order_by_and_grouping() -> None:
    text = (
        "UNWIND [[2], [1], [2]] AS l RETURN [x IN l | x + 1] AS found, count(*) AS c"
        " ORDER BY [y IN l | y + 1]"
    )
    assert _rows(text) == [([2], 1), ([3], 2)]
    assert _rows("UNWIND [1, 2] AS n RETURN [x IN collect(n) | x * 2] AS found") == [([2, 4],)]


def test_each_row_draws_its_own_random_values() -> None:
    text = "UNWIND range(1, 50) AS i WITH [x IN [1] | rand()] AS r RETURN count(DISTINCT r) AS c"
    for options in _WAYS:
        assert ran(text, options=options).rows == [(50,)]


def test_old_forms() -> None:
    text = "RETURN filter(x IN [1, 2] WHERE x > 1) AS a, extract(x IN [1, 2] | -x) AS b"
    assert _rows(text) == [([2], [-1, -2])]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("RETURN [x IN [1] | x, 2]", "Expected `|` or `]`"),
        ("RETURN any(x IN [1])", "Expected `WHERE`"),
        ("RETURN [x IN 1 | x]", "A list comprehension needs a list, but this is an integer"),
        ("RETURN [x IN [1] | y]", "The variable `y` is not defined"),
        ("RETURN [x IN [1] | x] + x", "The variable `x` is not defined"),
        ("RETURN [x IN [1] | count(x)]", "The aggregate count() cannot stand inside a list"),
        ("RETURN all(x IN [1] WHERE max(x) = 1)", "The aggregate max() cannot stand inside all()"),
        ("RETURN any(x IN ['a'] WHERE x % 2 = 0)", "`%` needs numbers, but this is a string"),
        ("RETURN reduce(x = 1, x IN [1] | x)", "reduce() needs two variables"),
        ("WITH 1 AS a RETURN a {.*}", "A map projection needs a node, a relationship or a map"),
        ("UNWIND [1] AS l RETURN [x IN l | x]", "A list comprehension expected a list"),
    ],
)
def test_refusals(text: str, sentence: str) -> None:
    with pytest.raises(SeaglassError) as caught:
        ran(text)
    assert caught.value.message.startswith(sentence)


def test_a_list_whose_first_item_is_a_predicate_is_a_list() -> None:
    assert _rows("WITH 1 AS x RETURN [x IN [1, 2], (x IN [3] OR true)] AS found") == [
        ([True, True],)
    ]


@pytest.mark.parametrize("rows", [1, 60])
@pytest.mark.parametrize("start", ["''", "'s'", "[]", "[0]", "0", "null"])
@pytest.mark.parametrize("step", ["a + x", "x + a"])
def test_reduce_that_grows_a_text_or_a_list(rows: int, start: str, step: str) -> None:
    """What is added to in place is what is made anew at each step."""
    lists = "[['a', 1], [1.5, 'b', 2], [], null, [[1], [], 'c', [2, 3]], ['a', null], [[1], 2], ['a', [1], 'b']]"
    anew = f"CASE WHEN true THEN {step} END"
    text = (
        f"UNWIND range(1, {rows}) AS i UNWIND {lists} AS l"
        f" RETURN reduce(a = {start}, x IN l | {step}) AS one, reduce(a = {start}, x IN l | {anew}) AS other"
    )
    found = _rows(text)
    assert len(found) == 8 * rows
    assert all(repr(one) == repr(other) for one, other in found)


def test_reduce_leaves_alone_the_list_that_it_begins_with() -> None:
    text = "WITH [0] AS start RETURN reduce(a = start, x IN [1, 2] | a + x) AS made, start"
    assert _rows(text) == [([0, 1, 2], [0])]


def test_reduce_says_what_cannot_be_added() -> None:
    with pytest.raises(SeaglassError, match=r"\+ cannot be applied to a string and a boolean"):
        ran("RETURN reduce(a = '', x IN ['a', true] | a + x) AS x")

"""No text makes the compiler fail in another way than by a refusal that says where.

Method: soups of tokens, and real queries with parts cut out, doubled, swapped or replaced.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seaglass.base.errors import Invalid, SeaglassError, Unsupported
from seaglass.engine.cypher.compile import compile as compile_query
from seaglass.engine.cypher.logical import text as plan_text
from tests.engine.cypher.test_client_shapes import SHAPES
from tests.engine.cypher.test_plans import PLANS

WORDS = [
    "MATCH",
    "WHERE",
    "RETURN",
    "WITH",
    "UNWIND",
    "CREATE",
    "MERGE",
    "SET",
    "REMOVE",
    "DELETE",
    "DETACH",
    "ON",
    "AS",
    "BY",
    "ORDER",
    "SKIP",
    "LIMIT",
    "DISTINCT",
    "AND",
    "OR",
    "XOR",
    "NOT",
    "IN",
    "IS",
    "NULL",
    "STARTS",
    "ENDS",
    "CONTAINS",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "TRUE",
    "ASC",
    "DESC",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "<",
    ">",
    "<=",
    ">=",
    "<>",
    "=",
    "+=",
    "-",
    "+",
    "*",
    "/",
    "%",
    "^",
    ".",
    "..",
    ",",
    ";",
    ":",
    "|",
    "$p",
    "$1",
    "a",
    "b",
    "n",
    "r",
    "n.x",
    "`~id`",
    "id",
    "count",
    "collect",
    "size",
    "sum",
    "rand",
    "labels",
    "exists",
    "toUpper",
    "0",
    "1",
    "2.5",
    "0x1",
    "9223372036854775808",
    "'a'",
    '"b"',
    "'open",
    "`",
    "//",
    "/*",
    "*/",
    "é",
    "—",
    "~",
    "#",
    "any",
    "(n)",
    "(a:A)",
    "-[r:T]->",
    "-->",
    "<--",
    "--",
    "[x",
    "*1..2",
    "OPTIONAL",
    "CALL",
    "UNION",
    "=~",
    "==",
    "!=",
]

QUERIES = [*SHAPES, *PLANS]


def check(query: str) -> None:
    refused: SeaglassError | None = None
    try:
        plan_text.query(compile_query(query))
    except (Invalid, Unsupported) as error:
        refused = error
    if refused is not None:
        assert refused.kind in ("malformed_query", "unsupported_operation", "illegal_argument")
        assert "(line " in refused.message


@given(st.lists(st.sampled_from(WORDS), max_size=40), st.sampled_from([" ", "", "\n"]))
def test_soup(words: list[str], between: str) -> None:
    check(between.join(words))


@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    check(text)


@given(st.data())
def test_mutated_queries(data: st.DataObject) -> None:
    words = data.draw(st.sampled_from(QUERIES)).replace("(", " ( ").replace(")", " ) ").split()
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(words) - 1))
        other = data.draw(st.integers(0, len(words) - 1))
        match data.draw(st.sampled_from(["cut", "double", "swap", "replace", "insert"])):
            case "cut" if len(words) > 1:
                del words[place]
            case "double":
                words.insert(place, words[place])
            case "swap":
                words[place], words[other] = words[other], words[place]
            case "replace":
                words[place] = data.draw(st.sampled_from(WORDS))
            case _:
                words.insert(place, data.draw(st.sampled_from(WORDS)))
    check(" ".join(words))


@given(st.data())
def test_queries_cut_off(data: st.DataObject) -> None:
    query = data.draw(st.sampled_from(QUERIES))
    check(query[: data.draw(st.integers(0, len(query)))])

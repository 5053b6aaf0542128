"""Expressions: what the text means, shown with all its parentheses."""

from __future__ import annotations

import pytest

from seaglass.base.errors import Invalid
from seaglass.engine.cypher.compile import compile as compile_query
from seaglass.engine.cypher.logical import expressions as ex
from seaglass.engine.cypher.logical import plan
from seaglass.engine.cypher.logical import text as plan_text
from seaglass.engine.cypher.logical.walk import walk
from tests.engine.exec.tools import ran

MEANINGS = [
    ("1 + 2 * 3", "1 + (2 * 3)"),
    ("1 - 2 - 3", "(1 - 2) - 3"),
    ("2 ^ 3 ^ 2", "(2 ^ 3) ^ 2"),
    ("-3 ^ 2", "(-3) ^ 2"),
    ("-(3)", "-3"),
    ("- -3", "-(-3)"),
    ("+ $a", "+$a"),
    ("NOT true = false", "NOT (true = false)"),
    ("NOT NOT true", "NOT (NOT true)"),
    ("true OR false XOR true AND NOT false", "true OR (false XOR (true AND (NOT false)))"),
    ("true or FALSE Or null", "true OR false OR null"),
    ("1 < 2 <= 3", "(1 < 2) AND (2 <= 3)"),
    ("1 = 2 <> 3", "(1 = 2) AND (2 <> 3)"),
    ("1 + 2 IN [3] + 4", "(1 + 2) IN ([3] + 4)"),
    ("false = true IN [true]", "false = (true IN [true])"),
    ("false = true IS NULL", "false = (true IS NULL)"),
    ("$a.b.c[0]['x'][1..2][..3][4..][..]", "$a.b.c[0]['x'][1..2][..3][4..][..]"),
    (
        "$s STARTS WITH 'a' AND $s ENDS WITH 'b' OR $s CONTAINS 'c'",
        "(($s STARTS WITH 'a') AND ($s ENDS WITH 'b')) OR ($s CONTAINS 'c')",
    ),
    ("$a IS NOT NULL", "$a IS NOT NULL"),
    ("CASE $a WHEN 1 THEN 'x' ELSE 'y' END", "CASE WHEN $a = 1 THEN 'x' ELSE 'y' END"),
    ("CASE WHEN true THEN 1 WHEN false THEN 2 END", "CASE WHEN true THEN 1 WHEN false THEN 2 END"),
    ("{a: 1, `b c`: [2, {}], match: 3}", "{a: 1, `b c`: [2, {}], match: 3}"),
    ("TOUPPER('a') + ID($n)", "toUpper('a') + id($n)"),
    ("$n:A:B", "$n:A:B"),
    ("$`a b` + $1", "$`a b` + $`1`"),
    ("2<-1", "2 < (-1)"),
    ("[1,2][0]", "[1, 2][0]"),
    ("1/*c*/+2//d", "1 + 2"),
]


def bound(text: str) -> ex.Expression:
    root = compile_query(f"RETURN {text}\nAS x").root
    assert isinstance(root, plan.Project)
    return root.items[0][1]


@pytest.mark.parametrize(("text", "meaning"), MEANINGS)
def test_meaning(text: str, meaning: str) -> None:
    assert plan_text.expression(bound(text)) == meaning


VALUES = [
    ("0", 0),
    ("-0", 0),
    ("9223372036854775807", 2**63 - 1),
    ("-9223372036854775808", -(2**63)),
    ("0x1F", 31),
    ("0Xff", 255),
    ("-0x8000000000000000", -(2**63)),
    ("0o17", 15),
    (".5", 0.5),
    ("1.5e3", 1500.0),
    ("1e-2", 0.01),
    ("''", ""),
    ('"it\'s"', "it's"),
    (r"'a\'b\"c\\d\/e'", "a'b\"c\\d/e"),
    (r"'\b\f\n\r\t'", "\b\f\n\r\t"),
    (r"'\u00e9\U0001F600\uD83D\uDE00'", "é😀😀"),
    ("'two\nlines // no comment'", "two\nlines // no comment"),
    ("TRUE", True),
    ("False", False),
    ("nuLL", None),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_literal(text: str, value: object) -> None:
    literal = bound(text)
    assert isinstance(literal, ex.Literal)
    assert literal.value == value
    assert type(literal.value) is type(value)


def test_positions_are_those_of_the_text() -> None:
    expression = bound("1 +\n  $p")
    assert isinstance(expression, ex.Binary)
    assert (expression.right.at.line, expression.right.at.column) == (2, 3)
    assert expression.right.at.offset == 13


def test_words_of_the_language_can_be_names() -> None:
    query = "MATCH (end:Match {set: 1})-[on:WITH|:ORDER]->(`match`) RETURN end.return AS start, on AS by, `match`.`a``b`"
    assert compile_query(query).columns == ("start", "by", "`match`.`a``b`")


def test_keywords_in_any_case_and_arrows_of_any_kind() -> None:
    compile_query(
        "match (a)-->(b)<--(c)--(d)<-->(e)-[]-(f)<-[]-(g)<-[]->(h) Return DISTINCT a oRdEr By a.x Asc"
    )


def test_many_alternatives_are_not_deep() -> None:
    condition = " OR ".join(f"n.x = {number}" for number in range(5_000))
    root = compile_query(f"MATCH (n) WHERE {condition} RETURN n").root
    assert isinstance(root, plan.Filter)
    depth, level = 0, [root.predicate]
    while level:
        depth += 1
        level = [
            part
            for node in level
            if isinstance(node, ex.Binary)
            for part in (node.left, node.right)
        ]
    assert depth <= 16


def test_what_is_used_twice_is_drawn_once() -> None:
    draws = "UNWIND range(1, 200) AS i "
    case = "CASE toInteger(rand() * 3) WHEN 0 THEN 'a' WHEN 1 THEN 'b' WHEN 2 THEN 'c' END"
    assert ran(f"{draws} WITH {case} AS x RETURN count(x)").rows == [(200,)]
    chain = "0.0 <= rand() < 0.5"
    meant = bound(chain)
    assert sum(part == ex.FunctionCall("rand", (), meant.at) for part in walk(meant)) == 1
    assert ran(f"{draws} WITH i WHERE {chain} RETURN 50 < count(*) < 150").rows == [(True,)]
    grouped = f"{draws} RETURN CASE toInteger(rand()) WHEN 1 THEN -1 WHEN 0 THEN count(*) END AS n"
    assert ran(grouped).rows == [(200,)]


@pytest.mark.parametrize("name", ["नाम", "cafe\u0301", "ชื่อ", "ім'я".replace("'", "\u0301"), "x·y"])
def test_names_may_have_the_marks_of_their_script(name: str) -> None:
    text = f"MATCH ({name}:{name} {{{name}: ${name}}}) RETURN {name}.{name} AS {name}"
    assert compile_query(text).columns == (name,)
    assert compile_query(text).parameters.keys() == {name}
    with pytest.raises(Invalid, match=r"Unexpected .* \(COMBINING ACUTE ACCENT\)"):
        compile_query(f"RETURN 1 AS \u0301{name}")

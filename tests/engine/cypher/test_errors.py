"""Queries that are wrong: what is said, and where."""

from __future__ import annotations

import pytest

from seaglass.base.errors import Invalid
from seaglass.engine.cypher.compile import compile as compile_query
from tests.engine.cypher.refused import refusal

# Query, the column of the caret (line 1), and what the message must contain.
WRONG = [
    ("", 1, "The query is empty"),
    ("  ;", 3, "The query is empty"),
    ("RETURN 1; RETURN 2", 11, "ends at `;`"),
    ("MACTH (n) RETURN n", 1, "did you mean `MATCH`?"),
    ("MATCH (n) RETRUN n", 11, "did you mean `RETURN`?"),
    (
        "MATCH (n) RETURN n foo",
        20,
        "Expected `,`, `AS`, an operator or the next clause, but found `foo`",
    ),
    (
        "RETURN (1 + 2",
        14,
        "Expected `)` to close the `(` of line 1, column 8, but found end of the query",
    ),
    ("RETURN [1, 2", 13, "Expected `,` or `]` to close the `[` of line 1, column 8"),
    ("RETURN {a: 1", 13, "Expected `,` or `}` to close the `{` of line 1, column 8"),
    ("RETURN {1}", 9, "Expected a key of the map, but found `1`"),
    ("RETURN size([1]", 16, "to close the `(` of line 1, column 12"),
    ("RETURN 1 AS x UNION", 20, "Expected a query after `UNION`, but found end of the query"),
    ("RETURN 1 AS x UNION RETURN 2 AS y", 21, "here they are `y`, before `x`"),
    ("RETURN EXISTS { (a) RETURN 1 }", 21, "to close the `{` of line 1, column 15"),
    ("MATCH (n) RETURN [(n)--(m)]", 27, "Expected `|` and a result"),
    (
        "MATCH (n) RETURN (n)--()",
        18,
        "A pattern is a condition and stands where a boolean is needed",
    ),
    ("MATCH (n) WHERE (n)--(m) RETURN n", 22, "The variable `m` is not defined"),
    ("MATCH (n) RETURN COUNT { MATCH (n) SET n.x = 1 }", 36, "COUNT { } only reads"),
    ("RETURN COLLECT { CREATE (n) RETURN n }", 18, "COLLECT { } only reads"),
    ("RETURN COLLECT { MATCH (n) RETURN n, n.x }", 8, "a list of one column"),
    ("RETURN COLLECT { MATCH (n) }", 8, "its query ends with a RETURN of one item"),
    ("MATCH (n) CALL { WITH n RETURN n } RETURN n", 11, "`n`, which is already bound outside"),
    (
        "MATCH (n) CALL { WITH n LIMIT 1 RETURN 1 AS x } RETURN x",
        18,
        "put those into a second WITH",
    ),
    ("CALL { RETURN 1 AS x }", 1, "A query cannot end with CALL { } that returns rows"),
    ("RETURN 1 == 1", 10, "write `=`"),
    ("RETURN 1 != 1", 10, "write `<>`"),
    ("RETURN 1 +", 11, "Expected an expression, but found end of the query"),
    ("RETURN 1 = NOT true", 12, "needs parentheses"),
    ("RETURN", 7, "Expected an expression"),
    ("MATCH n RETURN n", 7, "Expected a pattern such as `(n:Label)` after `MATCH`, but found `n`"),
    ("MATCH (n RETURN n", 10, "to close the `(` of line 1, column 7"),
    ("MATCH (n)-[r>(m) RETURN n", 13, "to close the `[` of line 1, column 11"),
    ("MATCH (n)->(m) RETURN n", 11, "Expected `-` or `[` in the relationship pattern"),
    ("MATCH (a)-[r:A:B]->(b) RETURN a", 15, "write `|` between alternatives"),
    ("MATCH (a)-[r]-> RETURN a", 17, "Expected a node pattern"),
    (
        "MATCH (match) RETURN 1",
        8,
        "`match` is a reserved word; to use it as a variable, put it in back-ticks",
    ),
    ("RETURN 1 AS where", 13, "`where` is a reserved word"),
    ("WHERE x RETURN 1", 1, "`WHERE` belongs right after"),
    ("RETURN 1 SKIP 1 ORDER BY 2", 17, "ORDER BY, SKIP, LIMIT"),
    ("RETURN 'abc", 8, "This string is not closed"),
    ("RETURN `abc", 8, "This name is not closed"),
    ("RETURN 1 /* no end", 10, "This comment is not closed"),
    ("RETURN 42 — 41", 11, "(EM DASH) is not a minus sign; write `-`"),
    ("RETURN “x”", 8, "does not open a string"),
    ("RETURN $", 8, "A parameter needs a name"),
    ("RETURN '\\x'", 9, "write `\\\\` for a backslash"),
    ("RETURN '\\uH'", 9, "four hexadecimal digits"),
    ("RETURN '\\uD800'", 8, "half a surrogate pair"),
    ("RETURN 12abc", 8, "`12abc` is not a number"),
    ("RETURN 0x", 8, "`0x` is not a number"),
    ("RETURN 017", 8, "without the leading zero"),
    ("RETURN 9223372036854775808", 8, "does not fit in 64 bits"),
    ("RETURN -9223372036854775809", 9, "-9223372036854775809 does not fit in 64 bits"),
    ("RETURN 1e999", 8, "too large for a 64-bit float"),
    ("RETURN 1 RETURN 2", 10, "RETURN is the last clause"),
    ("MATCH (n)", 1, "cannot end with MATCH"),
    ("CREATE (n) MATCH (m) RETURN m", 12, "Between CREATE and MATCH a WITH is needed"),
    # Names.
    ("MATCH (person) RETURN persn", 23, "`persn` is not defined; did you mean `person`?"),
    ("MATCH (n) WITH n.x AS x RETURN n", 32, "`n` is not defined"),
    ("RETURN toUper('a')", 8, "There is no function toUper(); did you mean toUpper()?"),
    (
        "RETURN left('a')",
        8,
        "left() takes 2 arguments, but 1 stands here; write left(text, length)",
    ),
    ("RETURN coalesce()", 8, "coalesce() takes at least 1 argument"),
    ("RETURN toLower(DISTINCT 'a')", 8, "`DISTINCT` belongs to aggregates"),
    ("RETURN sum(*)", 8, "`*` belongs to count()"),
    ("RETURN exists(1)", 15, "exists() needs a property"),
    ("UNWIND [1] AS x UNWIND [2] AS x RETURN x", 31, "`x` is already bound"),
    (
        "MATCH ()-[r]->() MATCH (r) RETURN r",
        24,
        "already bound to a relationship and cannot be a node",
    ),
    ("MATCH (n)-[n]->() RETURN n", 10, "already bound to a node and cannot be a relationship"),
    ("WITH 1 AS n MATCH (n) RETURN n", 19, "already bound to an integer"),
    ("MATCH ()-[r]->()-[r]->() RETURN r", 17, "stands twice in one MATCH"),
    ("MATCH (n $p) RETURN n", 10, "A parameter cannot stand for all properties in MATCH"),
    ("MERGE (n $p)", 10, "A parameter cannot stand for all properties in MERGE"),
    # Projections.
    ("MATCH () RETURN *", 10, "needs at least one variable"),
    ("RETURN 1 AS a, 2 AS a", 16, "Two columns have the name `a`"),
    ("MATCH (n) WITH n, n.x RETURN n", 19, "needs an alias: `n.x AS name`"),
    ("MATCH (n) WHERE count(n) > 1 RETURN n", 17, "The aggregate count() cannot stand in WHERE"),
    ("RETURN count(count(*))", 14, "cannot stand inside another aggregate"),
    ("MATCH (n) RETURN count(rand())", 24, "cannot take a random value"),
    ("MATCH (n) RETURN n.x + count(n)", 18, "`n` beside an aggregate is ambiguous"),
    (
        "MATCH (n) RETURN n.x + n.y, n.x + n.y + count(*)",
        29,
        "`n` beside an aggregate is ambiguous",
    ),
    (
        "MATCH (n) RETURN n.x ORDER BY count(*)",
        31,
        "cannot stand in ORDER BY of a projection without",
    ),
    ("MATCH (n) RETURN DISTINCT n.x ORDER BY n.y", 40, "`n` is not defined after DISTINCT"),
    ("MATCH (n) RETURN count(*) ORDER BY n.y", 36, "`n` is not defined after aggregation"),
    (
        "MATCH (n) RETURN count(*) AS c ORDER BY sum(n.x)",
        41,
        "can only use aggregates that are columns",
    ),
    ("MATCH (n) RETURN n LIMIT n.x", 26, "needs a constant or a parameter, not the variable `n`"),
    ("RETURN 1 LIMIT -1", 16, "at least 0, but this is -1"),
    ("RETURN 1 SKIP 1.5", 15, "at least 0, but this is a float"),
    ("RETURN 1 LIMIT null", 16, "at least 0, but this is null"),
    # Writes.
    ("CREATE (a)-->(b)", 11, "exactly one type"),
    ("CREATE (a)-[:A|B]->(b)", 11, "exactly one type"),
    ("CREATE (a)-[:A]-(b)", 11, "needs one direction"),
    ("CREATE (a)-[:A*2]->(b)", 15, "CREATE cannot make a path of variable length"),
    ("MATCH (a) CREATE (a)", 18, "`a` is already bound"),
    ("MATCH (a) CREATE (a:L)-[:T]->()", 18, "`a` is already bound"),
    ("MATCH ()-[r]->() CREATE ()-[r:T]->()", 27, "`r` is already bound"),
    ("MERGE (a {x: 1})-[:T]->(b {x: a.x})", 31, "`a` has no value yet"),
    ("MATCH (a) MERGE (a)", 17, "`a` is already bound"),
    ("MERGE (n) ON CREATE SET x.y = 1", 25, "`x` is not defined"),
    ("MATCH (n) DELETE n:A", 19, "DELETE takes a variable without labels"),
    (
        "MATCH (x {y: size(r)}), shortestPath((a)-[r*]->(b)) RETURN x",
        19,
        "The variable `r` has no value yet: it is made by this same clause; use it in the next one",
    ),
    (
        "MATCH shortestPath((a)-[*2..]->(b)) RETURN a",
        23,
        "The least length in shortestPath() is 0 or 1",
    ),
    (
        "MATCH shortestPath((a)-->()-->(b)) RETURN a",
        20,
        "shortestPath() takes one relationship pattern, as in `(a)-[:TYPE*]->(b)`",
    ),
    (
        "MATCH (n) DELETE 1 + 1",
        20,
        "Only nodes, relationships and paths can be deleted, but this is a number",
    ),
    (
        "WITH {a: 1} AS m SET m.a = 2",
        22,
        "Only a node or a relationship can be changed, but this is a map",
    ),
    ("MATCH ()-[r]->() SET r:L", 22, "Labels are of nodes"),
    ("MATCH (n) SET n = 1", 19, "set from a map or an entity, but this is an integer"),
    ("MATCH (n) SET n", 16, "Expected `=`, `+=`"),
    ("MATCH (n) REMOVE n", 18, "REMOVE needs a property"),
    # Kinds.
    ("MATCH (n) WHERE n RETURN n", 17, "WHERE needs a boolean, but this is a node"),
    ("RETURN 1 AND true", 8, "AND needs booleans, but this is an integer"),
    ("RETURN NOT 'x'", 12, "NOT needs a boolean, but this is a string"),
    ("RETURN 1 IN 'x'", 13, "IN needs a list on its right, but this is a string"),
    (
        "WITH 1 AS x RETURN x.y",
        21,
        "`.y` needs a node, a relationship, a map or a temporal value, but this is an integer",
    ),
    ("MATCH (n) RETURN type(n)", 23, "type() needs a relationship, but this is a node"),
    ("RETURN labels(1)", 15, "labels() needs a node, but this is an integer"),
    ("UNWIND 'x' AS c RETURN c", 8, "UNWIND needs a list, but this is a string"),
]


@pytest.mark.parametrize(("text", "column", "part"), WRONG, ids=[case[0] for case in WRONG])
def test_wrong_query(text: str, column: int, part: str) -> None:
    kind, sentence, line, found = refusal(text)
    assert kind == "malformed_query"
    assert part in sentence
    assert (line, found) == (1, column)


def test_message_has_position_line_and_caret() -> None:
    with pytest.raises(Invalid) as caught:
        compile_query("MATCH (n)\nWHERE n.x = 1\n  AND m.y = 2\nRETURN n")
    assert caught.value.message == (
        "The variable `m` is not defined (line 3, column 7 (offset: 30))\n  AND m.y = 2\n      ^"
    )


def test_all_line_breaks_count() -> None:
    assert refusal("RETURN 1,\r\n 2,\n3,\n x")[2:] == (4, 2)


def test_a_long_line_is_cut_around_the_place() -> None:
    with pytest.raises(Invalid) as caught:
        compile_query("RETURN [" + "1, " * 80 + "x" + ", 1" * 80 + "]")
    sentence, line, caret = caught.value.message.split("\n")
    assert "column 249" in sentence
    assert line.startswith("...")
    assert line.endswith("...")
    assert line[caret.index("^")] == "x"
    assert len(line) == 106


def test_a_tab_stays_a_tab_above_the_caret() -> None:
    with pytest.raises(Invalid) as caught:
        compile_query("RETURN\tx")
    assert caught.value.message.endswith("RETURN\tx\n      \t^")


@pytest.mark.parametrize("clause", ["SET n.`~id` = 1", "REMOVE n.`~id`"])
def test_identity_cannot_change(clause: str) -> None:
    assert refusal(f"MATCH (n) {clause}")[0] == "illegal_argument"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("RETURN", "SyntaxError.UnexpectedSyntax"),
        ("RETURN missing", "SyntaxError.UndefinedVariable"),
        ("MATCH (a)-[a]->() RETURN a", "SyntaxError.VariableTypeConflict"),
        ("RETURN count(count(*))", "SyntaxError.NestedAggregation"),
        ("RETURN size(1)", "SyntaxError.InvalidArgumentType"),
        ("WITH 1 AS x RETURN x.y", "TypeError.InvalidArgumentType"),
        ("WITH ['a'][0] AS x, 1 + 2 RETURN x", "SyntaxError.NoExpressionAlias"),
        ("RETURN 1 LIMIT -1", "SyntaxError.NegativeIntegerArgument"),
        ("RETURN 42 — 41", "SyntaxError.InvalidUnicodeCharacter"),
        ("MATCH (``) RETURN 1", "SyntaxError.UnexpectedSyntax"),
    ],
)
def test_codes(query: str, code: str) -> None:
    with pytest.raises(Invalid) as raised:
        compile_query(query)
    assert raised.value.code == code


def test_half_a_surrogate_pair_is_no_character() -> None:
    with pytest.raises(Invalid) as raised:
        compile_query("RETURN 'a\ud800b'")
    assert raised.value.code == "SyntaxError.InvalidUnicodeLiteral"
    # The wire could not carry it.
    assert raised.value.message.encode().decode().endswith("'a\ufffdb'\n         ^")


def test_names_of_any_length_make_short_messages() -> None:
    for query in ("RETURN sum" + ".x" * 5_000 + "()", "RETURN " + "x" * 5_000):
        with pytest.raises(Invalid) as raised:
            compile_query(query)
        assert len(raised.value.message) < 700
        assert " ... " in raised.value.message


def test_a_key_may_be_empty() -> None:
    compile_query("WITH {``: 1} AS map RETURN map.``")

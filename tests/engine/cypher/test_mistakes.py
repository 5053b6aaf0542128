"""What people who know another language, or are in a hurry, write: the whole message for each.

The message is the product here, so the table has it word for word: what was expected, what was found,
and what to write instead.
"""

from __future__ import annotations

import pytest

from tests.engine.cypher.refused import refusal

# Query, line and column of the caret, message.
MISTAKES = [
    # What one query loses, another has never had.
    (
        "MATCH (n) WITH 1 AS x RETURN x UNION RETURN n AS x",
        1,
        45,
        "The variable `n` is not defined",
    ),
    (
        "SELECT n.name FROM people n WHERE n.age > 3",
        1,
        1,
        "Expected a clause, but found `SELECT`; that is SQL; begin with a pattern and end with what you want: `MATCH (n:Label) RETURN n.x`",
    ),
    (
        "MATCH (n) RETURN n.city, count(*) GROUP BY n.city",
        1,
        35,
        "Expected `,`, `AS`, an operator or the next clause, but found `GROUP`; there is no GROUP BY: rows are grouped by all items that are no aggregates",
    ),
    (
        "MATCH (n) RETURN count(*) AS c HAVING c > 1",
        1,
        32,
        "Expected `,`, `AS`, an operator or the next clause, but found `HAVING`; aggregate in a WITH and filter after it, as in `WITH n.x AS x, count(*) AS c WHERE c > 1`",
    ),
    (
        "MATCH (n) WHERE n.name LIKE 'a%' RETURN n",
        1,
        24,
        "Expected an operator or the next clause, but found `LIKE`; write `STARTS WITH`, `ENDS WITH` or `CONTAINS`, or a regular expression as in `n.x =~ 'a.*'`",
    ),
    (
        "MATCH (n) WHERE n.age BETWEEN 1 AND 5 RETURN n",
        1,
        23,
        "Expected an operator or the next clause, but found `BETWEEN`; write `1 <= n.x <= 5`",
    ),
    (
        "MATCH (n) ORDER BY n.name RETURN n",
        1,
        11,
        "Expected an operator or the next clause, but found `ORDER`; it belongs behind the items of RETURN or WITH, as in `WITH n ORDER BY n.x`",
    ),
    (
        "MATCH (n) LIMIT 5 RETURN n",
        1,
        11,
        "Expected an operator or the next clause, but found `LIMIT`; it belongs behind the items of RETURN or WITH, as in `WITH n LIMIT 10`",
    ),
    ("MATCH (n) WHERE n.name == 'a' RETURN n", 1, 24, "`==` is not an operator; write `=`"),
    ("MATCH (n) WHERE n.name != 'a' RETURN n", 1, 24, "`!=` is not an operator; write `<>`"),
    (
        "MATCH (n) WHERE n.name IS 'a' RETURN n",
        1,
        27,
        "Expected `NULL` or `NOT NULL` after `IS`, but found a string; write `=`",
    ),
    (
        "MATCH (n) WHERE n.a = 1 && n.b = 2 RETURN n",
        1,
        25,
        "Expected an operator or the next clause, but found `&`; write `AND`",
    ),
    (
        "MATCH (n) WHERE n.a = 1 || n.b = 2 RETURN n",
        1,
        25,
        "Expected an operator or the next clause, but found `|`; write `OR`, or `+` between texts",
    ),
    (
        "MATCH (n) WHERE !n.a RETURN n",
        1,
        17,
        "Expected an expression, but found `!`; write `NOT`, or `<>` for unequal",
    ),
    (
        "MATCH (n) WHERE n.x = 1",
        1,
        1,
        "A query cannot end with MATCH; it ends with a RETURN of what is wanted, or a write",
    ),
    ("MACTH (n) RETURN n", 1, 1, "`MACTH` begins no clause; did you mean `MATCH`?"),
    ("MATCH (n) RETRUN n", 1, 11, "`RETRUN` begins no clause; did you mean `RETURN`?"),
    (
        "MATCH (n) WEHRE n.x = 1 RETURN n",
        1,
        11,
        "Expected an operator or the next clause, but found `WEHRE`; did you mean `WHERE`?",
    ),
    (
        "MATCH (n) RETURN n ODER BY n.x",
        1,
        20,
        "Expected `,`, `AS`, an operator or the next clause, but found `ODER`; did you mean `ORDER`?",
    ),
    ("MATCH (n) RETURN n ORDER n.x", 1, 26, "Expected `BY` after `ORDER`, but found `n`"),
    (
        "MATCH (n) RETURN n.x ORDER BY n.x DSC",
        1,
        35,
        "Expected `,`, `AS`, an operator or the next clause, but found `DSC`; did you mean `DESC`?",
    ),
    (
        "MATCH (n RETURN n",
        1,
        10,
        "Expected `)` to close the `(` of line 1, column 7, but found `RETURN`",
    ),
    (
        "MATCH (n) RETURN size([1, 2)",
        1,
        28,
        "Expected `,` or `]` to close the `[` of line 1, column 23, but found `)`",
    ),
    (
        "MATCH (n:Person {name: 'a') RETURN n",
        1,
        27,
        "Expected `,` or `}` to close the `{` of line 1, column 17, but found `)`",
    ),
    (
        "MATCH (n:Person {name = 'a'}) RETURN n",
        1,
        23,
        "Expected `:` after the key `name`, but found `=`; write `{name: ...}`",
    ),
    (
        "MATCH (n:Person {'name': 'a'}) RETURN n",
        1,
        18,
        "Expected a key of the map, but found a string; keys are written without quotes, as in `{name: 'x'}`",
    ),
    (
        "MATCH (n:Person name: 'a') RETURN n",
        1,
        17,
        "Expected `)` to close the `(` of line 1, column 7, but found `name`; properties stand in braces: `{name: ...}`",
    ),
    (
        "MATCH (n)-[:KNOWS]>(m) RETURN n",
        1,
        19,
        "Expected `-` in the relationship pattern, but found `>`; write `->`",
    ),
    (
        "MATCH (n)-KNOWS->(m) RETURN n",
        1,
        11,
        "Expected `-` or `[` in the relationship pattern, but found `KNOWS`; its type stands in square brackets: `-[:KNOWS]->`",
    ),
    (
        "MATCH (n)->(m) RETURN n",
        1,
        11,
        "Expected `-` or `[` in the relationship pattern, but found `>`; write `-->`",
    ),
    (
        "MATCH (n)-[:KNOWS*1-3]->(m) RETURN n",
        1,
        20,
        "Expected `]` to close the `[` of line 1, column 11, but found `-`; a range is written with two points, as in `*1..3`",
    ),
    (
        "MATCH n RETURN n",
        1,
        7,
        "Expected a pattern such as `(n:Label)` after `MATCH`, but found `n`; a node stands in parentheses: `(n)`",
    ),
    (
        "MATCH (person) RETURN persn",
        1,
        23,
        "The variable `persn` is not defined; did you mean `person`?",
    ),
    (
        "MATCH (n) WITH count(*) AS c RETURN n",
        1,
        37,
        "The variable `n` is not defined; WITH passes on only its items: write `n` there too",
    ),
    ("RETURN toUper('a')", 1, 8, "There is no function toUper(); did you mean toUpper()?"),
    ("RETURN lenght('a')", 1, 8, "There is no function lenght(); did you mean length()?"),
    (
        "RETURN substring('a')",
        1,
        8,
        "substring() takes 2 to 3 arguments, but 1 stands here; write substring(text, start[, length])",
    ),
    ("RETURN concat('a', 'b')", 1, 8, "There is no function concat(); texts are joined by `+`"),
    ("RETURN ifnull(1, 2)", 1, 8, "There is no function ifnull(); write coalesce(value, other)"),
    ("RETURN now()", 1, 8, "There is no function now(); write datetime()"),
    (
        "RETURN upper('a', 'b')",
        1,
        8,
        "toUpper() takes 1 argument, but 2 stand here; write toUpper(text)",
    ),
    (
        "MATCH (n) RETURN n,",
        1,
        20,
        "Expected an expression, but found end of the query; the `,` before it is one too many",
    ),
    ("MATCH (n) SET n.x == 1", 1, 19, "`==` is not an operator; write `=`"),
    (
        "MATCH (n) UPDATE n.x = 1",
        1,
        11,
        "Expected an operator or the next clause, but found `UPDATE`; write `SET n.x = 1` after a MATCH",
    ),
    (
        "INSERT INTO people VALUES (1)",
        1,
        1,
        "Expected a clause, but found `INSERT`; write `CREATE (n:Label {key: 1})`",
    ),
    ("MATCH (n) DELET n", 1, 11, "`DELET` begins no clause; did you mean `DELETE`?"),
    (
        "CREATE (n)-[r]->(m)",
        1,
        11,
        "A relationship to CREATE needs exactly one type, as in `-[:TYPE]->`; this one has 0",
    ),
    (
        "CREATE n",
        1,
        8,
        "Expected a pattern such as `(n:Label)` after `CREATE`, but found `n`; a node stands in parentheses: `(n)`",
    ),
    (
        "CREATE TABLE t (a int)",
        1,
        8,
        "Expected a pattern such as `(n:Label)` after `CREATE`, but found `TABLE`; there are no tables; nodes are made as in `CREATE (n:Label {key: 1})`",
    ),
    (
        "RETURN 'it's'",
        1,
        13,
        "This string is not closed: the `'` has no partner; inside a string write `\\'`",
    ),
    (
        "RETURN \u2018abc\u2019",
        1,
        8,
        "`\u2018` (LEFT SINGLE QUOTATION MARK) does not open a string; write `'` or `\"`",
    ),
    (
        "UNWIND [1,2] RETURN 1",
        1,
        14,
        "Expected `AS` and a variable, as in `UNWIND list AS item`, but found `RETURN`",
    ),
    (
        "MATCH (n) WHERE n.x IN (1, 2) RETURN n",
        1,
        26,
        "Expected an operator or `)`, but found `,`; a list is written in square brackets: `[1, 2]`",
    ),
    (
        "MATCH (n) WHERE n.x NOT IN [1, 2] RETURN n",
        1,
        21,
        "Expected an operator or the next clause, but found `NOT`; it stands before the whole condition, as in `NOT n.x IN [1, 2]`; or write `IS NOT NULL`",
    ),
    (
        "MATCH (n) WHERE n.x NOT NULL RETURN n",
        1,
        21,
        "Expected an operator or the next clause, but found `NOT`; it stands before the whole condition, as in `NOT n.x IN [1, 2]`; or write `IS NOT NULL`",
    ),
    (
        "MATCH (n) RETURN CASE n.x WHEN 1 THEN 2",
        1,
        40,
        "Expected `END` to close `CASE`, but found end of the query",
    ),
    (
        "MATCH (n) RETURN IF(n.x, 1, 2)",
        1,
        18,
        "There is no function IF(); write `CASE WHEN condition THEN a ELSE b END`",
    ),
    ("MATCH (n) WITH n.x RETURN 1", 1, 16, "An expression in WITH needs an alias: `n.x AS name`"),
    (
        "MATCH (n) WHERE count(n) > 1 RETURN n",
        1,
        17,
        "The aggregate count() cannot stand in WHERE; compute it in a WITH before",
    ),
    ("-- a comment", 1, 1, "Expected a clause, but found `-`; comments begin with `//`"),
    (
        "MATCH (n) RETURN n->name",
        1,
        20,
        "Expected an expression, but found `>`; a property is written with a point, as in `n.name`",
    ),
    (
        "MATCH (n) WHERE n.x = ? RETURN n",
        1,
        23,
        "`?` is not part of the language; a parameter is written `$name`",
    ),
    (
        "MATCH (n) WHERE n.x = :name RETURN n",
        1,
        23,
        "Expected an expression, but found `:`; a parameter is written `$name`",
    ),
    (
        "MATCH (n) WHERE n.x = @name RETURN n",
        1,
        23,
        "`@` is not part of the language; a parameter is written `$name`",
    ),
    (
        "MATCH (n) WHERE n.x = {name} RETURN n",
        1,
        28,
        "Expected `:` after the key `name`, but found `}`; a parameter is written `$name`",
    ),
    (
        "MATCH (n) WHERE n.x > 1, n.y > 2 RETURN n",
        1,
        24,
        "Expected an operator or the next clause, but found `,`; conditions are joined by `AND` or `OR`",
    ),
    (
        "MATCH (n), WHERE n.x > 1 RETURN n",
        1,
        12,
        "Expected a pattern such as `(n:Label)` after `MATCH`, but found `WHERE`; the `,` before it is one too many",
    ),
    (
        "MATCH (n) AND (m) RETURN n",
        1,
        11,
        "Expected an operator or the next clause, but found `AND`; the first condition begins with `WHERE`",
    ),
    (
        "MATCH (a) JOIN (b) RETURN a",
        1,
        11,
        "Expected an operator or the next clause, but found `JOIN`; patterns join: `(a)-[:TYPE]->(b)`, or several with `,` between",
    ),
    (
        "MATCH (n) RETURN n.x)",
        1,
        21,
        "Expected `,`, `AS`, an operator or the next clause, but found `)`; no `(` is open here",
    ),
    (
        "MATCH (n) RETURN n LIMIT 5 OFFSET 3",
        1,
        28,
        "Expected `,`, `AS`, an operator or the next clause, but found `OFFSET`; write `SKIP`, before LIMIT",
    ),
    (
        "MATCH (n) WHERE n:Person|Animal RETURN n",
        1,
        25,
        "Expected an operator or the next clause, but found `|`; alternatives of labels stand in parentheses, as in `n:(A|B)`",
    ),
    (
        "MATCH (n:Person OR Animal) RETURN n",
        1,
        17,
        "Expected `)` to close the `(` of line 1, column 7, but found `OR`; write `:A:B` for all of some labels, `:A|B` for any of them",
    ),
    (
        "MERGE (n:A), (m:B)",
        1,
        12,
        "Expected an operator or the next clause, but found `,`; MERGE takes one pattern; write another MERGE for the next",
    ),
    ("MATCH (n) RETURN n.x =< 2", 1, 23, "Expected an expression, but found `<`; write `<=`"),
    ("MATCH (n) RETURN n.x => 2", 1, 23, "Expected an expression, but found `>`; write `>=`"),
    ("RETURN nul", 1, 8, "The variable `nul` is not defined; did you mean `null`?"),
    ("RETURN True AND Flase", 1, 17, "The variable `Flase` is not defined; did you mean `false`?"),
    (
        "MATCH (n) IF n.x = 1 RETURN n",
        1,
        11,
        "Expected an operator or the next clause, but found `IF`; write `WHERE condition`, or `CASE WHEN condition THEN a ELSE b END`",
    ),
    (
        "MATCH (n) WHERE n.x = 1 THEN RETURN n",
        1,
        25,
        "Expected an operator or the next clause, but found `THEN`; it belongs to `CASE WHEN condition THEN value END`",
    ),
    ("LET x = 1 RETURN x", 1, 1, "Expected a clause, but found `LET`; write `WITH 1 AS x`"),
    (
        "MATCH (a) CALL { RETURN a.x AS x } RETURN x",
        1,
        25,
        "The variable `a` is not defined; begin the subquery with `WITH a` to see the one outside",
    ),
    (
        "MATCH (n)\nWHERE n.age > 3\n  AND n.nme == 'x'\nRETURN n",
        3,
        13,
        "`==` is not an operator; write `=`",
    ),
    (
        "MATCH (n:Person)\nRETURN n.name,",
        2,
        15,
        "Expected an expression, but found end of the query; the `,` before it is one too many",
    ),
]


@pytest.mark.parametrize(
    ("text", "line", "column", "message"), MISTAKES, ids=[case[0] for case in MISTAKES]
)
def test_mistake(text: str, line: int, column: int, message: str) -> None:
    _, sentence, *place = refusal(text)
    assert sentence == message
    assert place == [line, column]

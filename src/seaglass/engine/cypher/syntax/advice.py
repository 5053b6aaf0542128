"""What to write instead, where what was meant is clear from the token that does not fit.

Above: the cursor, which adds it to its errors. Below: `lexer`, `tokens`.
Each piece of advice completes the sentence `Expected X, but found Y; ...`.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from seaglass.engine.cypher.syntax.lexer import NO_VALUE
from seaglass.engine.cypher.syntax.tokens import (
    END,
    FLOAT,
    INTEGER,
    NAME,
    NAME_KINDS,
    PARAMETER,
    RESERVED,
    STRING,
)

if TYPE_CHECKING:
    from collections.abc import Container

    from seaglass.engine.cypher.syntax.cursor import Cursor
    from seaglass.engine.cypher.syntax.tokens import Token

_TYPES = "write `valueType(n.x) STARTS WITH 'INTEGER'`"
UNEQUAL = "in braces values are equal; write other conditions as in `WHERE n.x > 1`"
_AFTER_ITEMS = "it belongs behind the items of RETURN or WITH, as in `WITH n {}`"
# Words of SQL and of programming languages, and words of openCypher at a place that is not theirs.
_WORDS = {
    "BEGIN": "every query is one transaction; send it by itself",
    "BETWEEN": "write `1 <= n.x <= 5`",
    "COMMIT": "every query is one transaction; send it by itself",
    "CYPHER": 'leave it out; options are query hints, as in `USING QUERY:PLANCACHE "disabled"`',
    "DIV": "write `/`: of two integers it gives an integer",
    "EXCEPT": "write a condition, as in `WHERE NOT EXISTS { (n)-->() }`",
    "FILTER": "write `WITH * WHERE condition`, or `count(CASE WHEN condition THEN 1 END)`",
    "FOR": "write `UNWIND list AS item`, or `[item IN list | item.x]`",
    "FROM": "that is SQL; begin with a pattern, as in `MATCH (n:Label) RETURN n`",
    "GROUP": "there is no GROUP BY: rows are grouped by all items that are no aggregates",
    "HAVING": "aggregate in a WITH and filter after it, as in `WITH n.x AS x, count(*) AS c WHERE c > 1`",
    "IF": "write `WHERE condition`, or `CASE WHEN condition THEN a ELSE b END`",
    "ILIKE": "write `toLower(n.x) CONTAINS 'a'`",
    "INSERT": "write `CREATE (n:Label {key: 1})`",
    "INTERSECT": "write a condition, as in `WHERE EXISTS { (n)-->() }`",
    "JOIN": "patterns join: `(a)-[:TYPE]->(b)`, or several with `,` between",
    "LET": "write `WITH 1 AS x`",
    "LIKE": "write `STARTS WITH`, `ENDS WITH` or `CONTAINS`, or a regular expression as in `n.x =~ 'a.*'`",
    "LIMIT": _AFTER_ITEMS.format("LIMIT 10"),
    "MOD": "write `%`",
    "NOT": "it stands before the whole condition, as in `NOT n.x IN [1, 2]`; or write `IS NOT NULL`",
    "NULLS": "nulls come last, and first with DESC",
    "OFFSET": "write `SKIP`, before LIMIT",
    "ORDER": _AFTER_ITEMS.format("ORDER BY n.x"),
    "ROLLBACK": "every query is one transaction; send it by itself",
    "SELECT": "that is SQL; begin with a pattern and end with what you want: `MATCH (n:Label) RETURN n.x`",
    "SKIP": _AFTER_ITEMS.format("SKIP 10"),
    "SORT": "write `ORDER BY n.x`",
    "TABLE": "there are no tables; nodes are made as in `CREATE (n:Label {key: 1})`",
    "THEN": "it belongs to `CASE WHEN condition THEN value END`",
    "TYPED": _TYPES,
    "UPDATE": "write `SET n.x = 1` after a MATCH",
    "UPSERT": "write `MERGE (n:Label {key: 1}) SET n.x = 2`",
    "VALUES": "write `CREATE (n:Label {key: 1})`",
}
# The words of this language that a name may have been meant to be, where a name does not fit.
_MEANT = (
    *(
        "AND",
        "AS",
        "ASC",
        "ASCENDING",
        "CONTAINS",
        "CREATE",
        "DELETE",
        "DESC",
        "DESCENDING",
        "DETACH",
    ),
    *(
        "ENDS",
        "LIMIT",
        "MATCH",
        "MERGE",
        "OPTIONAL",
        "ORDER BY",
        "ORDER",
        "REMOVE",
        "RETURN",
        "SKIP",
        "STARTS WITH",
        "STARTS",
        "ENDS WITH",
    ),
    *("UNION", "UNWIND", "WHEN", "WHERE", "WITH", "YIELD", "ELSE", "THEN", "NULL"),
)
_CLOSERS = {")": "(", "]": "[", "}": "{"}
_OPENERS = frozenset(_CLOSERS.values())
_CLAUSES = frozenset(
    {"MATCH", "WHERE", "WITH", "RETURN", "UNWIND", "CREATE", "MERGE", "SET", "DELETE", "REMOVE"}
)
# What to do about a `,` behind these.
_COMMAS = {
    **dict.fromkeys(_CLAUSES, ""),
    "WHERE": "conditions are joined by `AND` or `OR`",
    "MERGE": "MERGE takes one pattern; write another MERGE for the next",
}
_RANGE = "a range is written with two points, as in `*1..3`"
_UNQUOTED = "names are written without quotes, or in back-ticks: `` `a b` ``"
# What to do about a token right behind another: the kinds of both.
_PAIRS = {
    (".", STRING): _UNQUOTED,
    (":", STRING): _UNQUOTED,
    ("AS", STRING): _UNQUOTED,
    ("IS", STRING): "write `=`",
    ("NOT", STRING): "write `<>`",
    ("IS", "::"): _TYPES,
    (":", PARAMETER): NO_VALUE,
    ("|", PARAMETER): NO_VALUE,
    (":", "!"): "write `WHERE type(r) <> 'TYPE'`",
    (":", "%"): "leave it out: `(n)` is a node of any labels",
    (":", "="): "write `1 AS x`",
    (":", "<"): UNEQUAL,
    (":", ">"): UNEQUAL,
    (".", "*"): "write `n {.*}` or `properties(n)`",
    ("*", "*"): "write `^`",
    ("..", FLOAT): _RANGE,
}
_PATTERNS = ("MATCH", "CREATE", "MERGE")
_TWICE = {"&": "write `AND`", "|": "write `OR`, or `+` between texts"}
_TURNED = {"<": "<=", ">": ">="}


def advice(cursor: Cursor, *, closing: bool) -> str:
    """What to do about the next token, or nothing. Args: closing: whether a bracket was to close"""
    token, before = cursor.token, cursor.tokens[max(cursor.index - 1, 0)]
    ends = token.kind == END or token.kind in RESERVED or token.kind in _CLOSERS
    if before.kind == "," and ends:
        return "the `,` before it is one too many"
    if token.kind in NAME_KINDS:
        return _of_word(cursor, before, closing=closing)
    if token.kind in _CLOSERS and not closing and not _opened(cursor):
        return f"no `{_CLOSERS[token.kind]}` is open here"
    return _of_symbol(cursor, before, closing=closing)


def _of_word(cursor: Cursor, before: Token, *, closing: bool) -> str:
    token, word = cursor.token, cursor.token.text.upper()
    clause = _last_of(cursor, _CLAUSES)
    if closing and cursor.peek(1).kind == ":":
        return f"properties stand in braces: `{{{token.text}: ...}}`"
    if word == "DISTINCT" and before.kind in NAME_KINDS:
        return f"write `{before.text}(DISTINCT n.x)`"
    if word == "IS" and closing and clause in _PATTERNS:
        return "a label is written `(n:Label)`"
    if word in ("AND", "OR"):
        if closing and before.kind in NAME_KINDS and clause == "MATCH":
            return "write `:A:B` for all of some labels, `:A|B` for any of them"
        return "the first condition begins with `WHERE`" if clause == "MATCH" else ""
    if word in ("ORDER", "SKIP", "LIMIT") and (closing or clause in ("RETURN", "WITH")):
        return ""
    if word in _WORDS:
        return _WORDS[word]
    if token.kind != NAME:
        return ""
    near = difflib.get_close_matches(word, _MEANT, 1, 0.75)
    return f"did you mean `{near[0]}`?" if near else ""


def _of_symbol(cursor: Cursor, before: Token, *, closing: bool) -> str:
    token, after = cursor.token, cursor.peek(1)
    kind = token.kind
    adjoins = before.end == token.start
    twice = kind == after.kind and token.end == after.start
    fix = ""
    if (before.kind, kind) in _PAIRS:
        fix = _PAIRS[before.kind, kind]
    elif kind in _TWICE and twice:
        fix = _TWICE[kind]
    elif kind == "-" and twice:
        fix = "comments begin with `//`"
    elif kind == "!":
        fix = "write `NOT`, or `<>` for unequal"
    elif kind == "|" and before.kind in NAME_KINDS:
        fix = "alternatives of labels stand in parentheses, as in `n:(A|B)`"
    elif kind in _TURNED and before.kind == "=" and adjoins:
        fix = f"write `{_TURNED[kind]}`"
    elif kind == ">" and before.kind == "-" and adjoins:
        fix = "a property is written with a point, as in `n.name`"
    elif kind == ":" and after.kind in NAME_KINDS and after.start == token.end:
        fix = f"a parameter is written `${after.text}`"
    elif kind == "," and not closing:
        fix = _COMMAS.get(_last_of(cursor, _COMMAS), "")
    elif closing:
        fix = _of_pattern(cursor)
    elif before.kind == ")" and _last_of(cursor, _CLAUSES) in _PATTERNS:
        if kind == "=" and after.kind == ">":
            fix = "write `-->`"
        elif kind == "(":
            fix = "between two nodes stands a relationship, as in `(a)-[:TYPE*1..3]->(b)`, or `,`"
    return fix


def _of_pattern(cursor: Cursor) -> str:
    """What to do about a symbol that stands where a bracket of a pattern was to close."""
    kind = cursor.token.kind
    place = _open_place(cursor)
    if cursor.tokens[place].kind == "[" and cursor.tokens[place - 1].kind == "-":
        if cursor.peek(1).kind == INTEGER and kind in ("-", ","):
            return _RANGE
        return "write `|` between types" if kind in (",", "&") else ""
    if cursor.tokens[place].kind == "(" and _last_of(cursor, _CLAUSES) in _PATTERNS:
        if kind == ",":
            return "each node stands in its own parentheses: `(a), (b)`; labels are joined by `|`"
        if kind == ".":
            return "write `(n {x: 1})`, or `WHERE n.x > 1` behind the pattern"
        return _UNQUOTED if kind == STRING else ""
    return ""


def _open_place(cursor: Cursor) -> int:
    """The place of the innermost bracket that is open before the next token."""
    depth = 0
    for place in range(cursor.index - 1, 0, -1):
        depth += (cursor.tokens[place].kind in _CLOSERS) - (cursor.tokens[place].kind in _OPENERS)
        if depth < 0:
            return place
    return 0


def _last_of(cursor: Cursor, kinds: Container[str]) -> str:
    """The last token of these kinds before the next one."""
    for place in range(cursor.index - 1, -1, -1):
        if cursor.tokens[place].kind in kinds:
            return cursor.tokens[place].kind
    return ""


def _opened(cursor: Cursor) -> bool:
    """Whether a bracket like that which stands next is open."""
    closer, depth = cursor.token.kind, 0
    for token in cursor.tokens[: cursor.index]:
        depth += (token.kind == _CLOSERS[closer]) - (token.kind == closer)
    return depth > 0

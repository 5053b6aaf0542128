"""What to write instead, where what was meant is clear from the token that does not fit.

Above: the cursor, which adds it to its errors. Below: `tokens`.
Each piece of advice completes the sentence `Expected X, but found Y; ...`.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from seaglass.engine.cypher.syntax.tokens import (
    END,
    INTEGER,
    NAME,
    NAME_KINDS,
    RESERVED,
    STRING,
)

if TYPE_CHECKING:
    from collections.abc import Container

    from seaglass.engine.cypher.syntax.cursor import Cursor
    from seaglass.engine.cypher.syntax.tokens import Token

_AFTER_ITEMS = "it belongs behind the items of RETURN or WITH, as in `WITH n {}`"
# Words of SQL and of programming languages, and words of openCypher at a place that is not theirs.
_WORDS = {
    "BETWEEN": "write `1 <= n.x <= 5`",
    "FOR": "write `UNWIND list AS item`, or `[item IN list | item.x]`",
    "FROM": "that is SQL; begin with a pattern, as in `MATCH (n:Label) RETURN n`",
    "GROUP": "there is no GROUP BY: rows are grouped by all items that are no aggregates",
    "HAVING": "aggregate in a WITH and filter after it, as in `WITH n.x AS x, count(*) AS c WHERE c > 1`",
    "IF": "write `WHERE condition`, or `CASE WHEN condition THEN a ELSE b END`",
    "ILIKE": "write `toLower(n.x) CONTAINS 'a'`",
    "INSERT": "write `CREATE (n:Label {key: 1})`",
    "JOIN": "patterns join: `(a)-[:TYPE]->(b)`, or several with `,` between",
    "LET": "write `WITH 1 AS x`",
    "LIKE": "write `STARTS WITH`, `ENDS WITH` or `CONTAINS`, or a regular expression as in `n.x =~ 'a.*'`",
    "LIMIT": _AFTER_ITEMS.format("LIMIT 10"),
    "NOT": "it stands before the whole condition, as in `NOT n.x IN [1, 2]`; or write `IS NOT NULL`",
    "OFFSET": "write `SKIP`, before LIMIT",
    "ORDER": _AFTER_ITEMS.format("ORDER BY n.x"),
    "SELECT": "that is SQL; begin with a pattern and end with what you want: `MATCH (n:Label) RETURN n.x`",
    "SKIP": _AFTER_ITEMS.format("SKIP 10"),
    "TABLE": "there are no tables; nodes are made as in `CREATE (n:Label {key: 1})`",
    "THEN": "it belongs to `CASE WHEN condition THEN value END`",
    "UPDATE": "write `SET n.x = 1` after a MATCH",
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
        "STARTS",
    ),
    *("UNION", "UNWIND", "WHEN", "WHERE", "WITH", "YIELD", "ELSE", "THEN", "NULL"),
)
_CLOSERS = {")": "(", "]": "[", "}": "{"}
_CLAUSES = frozenset(
    {"MATCH", "WHERE", "WITH", "RETURN", "UNWIND", "CREATE", "MERGE", "SET", "DELETE", "REMOVE"}
)
# What to do about a `,` behind these.
_COMMAS = {
    **dict.fromkeys(_CLAUSES, ""),
    "WHERE": "conditions are joined by `AND` or `OR`",
    "MERGE": "MERGE takes one pattern; write another MERGE for the next",
}
_TWICE = {"&": "AND", "|": "OR"}
_TURNED = {"<": "<=", ">": ">="}


def advice(cursor: Cursor, *, closing: bool) -> str:
    """What to do about the next token, or nothing. Args: closing: whether a bracket was to close"""
    token, before = cursor.token, cursor.tokens[max(cursor.index - 1, 0)]
    if before.kind == "," and (token.kind == END or token.kind in RESERVED):
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
    if kind in _TWICE and twice:
        fix = f"write `{_TWICE[kind]}`"
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
    elif kind == "-" and after.kind == INTEGER and closing:
        fix = "a range is written with two points, as in `*1..3`"
    elif kind == STRING and before.kind == "IS":
        fix = "write `=`"
    return fix


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

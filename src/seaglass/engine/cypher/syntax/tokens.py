"""Tokens: what the lexer gives to the parser.

A symbol's kind is its own text (`(`, `<=`), a keyword's kind its upper-case form, and the rest have
the kinds named here. Arrows are not tokens: `<` and `-` come apart, because `a<-1` is a comparison;
the pattern parser joins them.
"""

from __future__ import annotations

from typing import NamedTuple

NAME = "name"
INTEGER = "integer"
FLOAT = "float"
STRING = "string"
PARAMETER = "parameter"
# A name that was written with a prefix; `text` is what it stands for.
IRI = "IRI"
# A pair of back-ticks with nothing between: only a key of a map can be so.
EMPTY = "an empty name"
END = "end of the query"


class Token(NamedTuple):
    """`text` is as written, except that an escaped name or parameter comes without its marks."""

    kind: str
    text: str
    start: int
    end: int


# Words that cannot name a variable unless they stand in back-ticks. Labels, types, keys and
# functions may be any word.
RESERVED = frozenset(
    {
        "AND",
        "AS",
        "CASE",
        "CONTAINS",
        "CREATE",
        "DELETE",
        "DETACH",
        "DISTINCT",
        "ELSE",
        "ENDS",
        "EXISTS",
        "FALSE",
        "IN",
        "IS",
        "LIMIT",
        "MATCH",
        "MERGE",
        "NOT",
        "NULL",
        "OPTIONAL",
        "OR",
        "ORDER",
        "REMOVE",
        "RETURN",
        "SET",
        "SKIP",
        "STARTS",
        "THEN",
        "TRUE",
        "UNION",
        "UNWIND",
        "WHEN",
        "WHERE",
        "WITH",
        "XOR",
    }
)

# Words that steer the parser somewhere and are plain names elsewhere.
_SOFT = frozenset(
    {
        "ALL",
        "ANY",
        "ASC",
        "ASCENDING",
        "BY",
        "CALL",
        "COUNT",
        "CSV",
        "DESC",
        "DESCENDING",
        "DROP",
        "END",
        "EXPLAIN",
        "FOREACH",
        "FROM",
        "LOAD",
        "MANDATORY",
        "NONE",
        "ON",
        "PREFIX",
        "PROFILE",
        "SHOW",
        "SINGLE",
        "START",
        "USE",
        "USING",
        "YIELD",
    }
)

KEYWORDS = RESERVED | _SOFT
# Kinds of tokens that may name a variable, and kinds that may name anything else.
VARIABLE_KINDS = _SOFT | {NAME}
NAME_KINDS = KEYWORDS | {NAME, IRI}


def describe(token: Token) -> str:
    """The token as an error message shows it."""
    if token.kind == END:
        return END
    if token.kind == STRING:
        return "a string"
    if token.kind == PARAMETER:
        return f"the parameter `${token.text}`"
    return f"`{token.text if len(token.text) <= 40 else token.text[:40] + '...'}`"

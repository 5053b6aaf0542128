"""A place in the list of tokens, and what every parser needs there: look, take, demand, refuse.

Above: the parsers. Below: the lexer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.base.errors import Invalid
from seaglass.base.limits import QUERY_DEPTH_MAX
from seaglass.engine.cypher.syntax.advice import advice
from seaglass.engine.cypher.syntax.lexer import NAMELESS, tokenize
from seaglass.engine.cypher.syntax.tokens import (
    EMPTY,
    END,
    NAME_KINDS,
    RESERVED,
    VARIABLE_KINDS,
    Token,
    describe,
)

if TYPE_CHECKING:
    from seaglass.engine.cypher.syntax.source import Source

_CLOSERS = {"(": ")", "[": "]", "{": "}"}


class Cursor:
    """`token` is the next one; the last token is END and is never taken."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.tokens = tokenize(source)
        self.index = 0
        self.token = self.tokens[0]
        self.depth = 0

    def take(self) -> Token:
        """The next token, and steps over it."""
        token = self.token
        self.index += 1
        self.token = self.tokens[self.index]
        return token

    def peek(self, ahead: int) -> Token:
        """The token `ahead` places behind the next one."""
        return self.tokens[min(self.index + ahead, len(self.tokens) - 1)]

    def accept(self, kind: str) -> bool:
        """Steps over the next token if it is of this kind."""
        if self.token.kind != kind:
            return False
        self.take()
        return True

    def expect(self, kind: str, where: str, *, instead: str = "") -> Token:
        """Takes a token of this kind, or fails; `where` ends the sentence `Expected X ...`.

        Args: instead: what to write, where that is clear
        """
        if self.token.kind == kind:
            return self.take()
        raise self.unexpected(f"`{kind}` {where}", instead=instead)

    def close(self, opened: Token, *, also: str = "") -> Token:
        """Takes the bracket that closes `opened`; `also` names what could have stood here too."""
        closer = _CLOSERS[opened.kind]
        if self.token.kind == closer:
            return self.take()
        at = self.source.position(opened.start)
        opening = f"the `{opened.kind}` of line {at.line}, column {at.column}"
        raise self.unexpected(f"{also}`{closer}` to close {opening}", closing=True)

    def name(self, what: str) -> str:
        """Takes a name of something that may be any word: a label, type, key or function."""
        if self.token.kind in NAME_KINDS:
            return self.take().text
        raise self.unexpected(what)

    def key(self, what: str) -> str:
        """Takes the name of a property or of a key of a map, which may be empty."""
        return self.take().text if self.token.kind == EMPTY else self.name(what)

    def variable(self) -> Token:
        """Takes a name of a variable."""
        token = self.token
        if token.kind in VARIABLE_KINDS:
            return self.take()
        if token.kind in RESERVED:
            raise self.reserved(token)
        raise self.unexpected("the name of a variable")

    def reserved(self, token: Token) -> Invalid:
        """The error of a reserved word where a variable was expected."""
        return self.source.malformed(
            token.start,
            f"`{token.text}` is a reserved word;"
            f" to use it as a variable, put it in back-ticks: `` `{token.text}` ``",
        )

    def unexpected(self, expected: str, *, closing: bool = False, instead: str = "") -> Invalid:
        """The error of a next token that does not fit.

        Args: closing: whether a bracket was to close here; instead: what to write, if the caller
        knows
        """
        token = self.token
        if token.kind == EMPTY:
            return self.source.malformed(token.start, NAMELESS)
        found = describe(token)
        fix = instead or advice(self, closing=closing)
        hint = f"; {fix}" if fix else ""
        return self.source.malformed(token.start, f"Expected {expected}, but found {found}{hint}")

    def enter(self, levels: int = 1) -> None:
        """Counts more levels of nesting; the caller takes them off `depth` again."""
        self.depth += levels
        self.check_depth(self.depth)

    def check_depth(self, depth: int) -> None:
        """Fails where brackets or operators are nested too deep."""
        if depth > QUERY_DEPTH_MAX:
            message = f"The query is nested more than {QUERY_DEPTH_MAX} deep"
            raise Invalid("query_too_large", self.source.locate(self.token.start, message))

    def at_end(self) -> bool:
        return self.token.kind == END

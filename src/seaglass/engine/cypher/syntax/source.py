"""The text of a query and how errors point into it.

Above: the lexer, the parser and the binder, which know places as offsets. Below: `position`.
An offset becomes a line and a column only when a bound expression or an error needs it.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from seaglass.base.codes import Code
from seaglass.base.errors import Invalid, Unsupported
from seaglass.engine.cypher.syntax.position import Position

_LINE_BREAK = re.compile(r"\r\n|\n|\r")
# Messages quote names of the text, which may have any length.
_MESSAGE_CHARS_MAX = 400
_SURROGATE = re.compile("[\ud800-\udfff]")
# An excerpt wider than a terminal hides the caret that it is there for.
_EXCERPT_CHARS_MAX = 100


class Source:
    """The text with its line starts."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._line_starts = [0, *(found.end() for found in _LINE_BREAK.finditer(text))]

    def position(self, offset: int) -> Position:
        """Line and column of an offset."""
        line = bisect_right(self._line_starts, offset)
        return Position(line, offset - self._line_starts[line - 1] + 1, offset)

    def malformed(self, offset: int, message: str, code: Code = Code.UNEXPECTED_SYNTAX) -> Invalid:
        """The error of a query that is wrong at `offset`; `message` has no full stop."""
        return Invalid("malformed_query", self.locate(offset, message), code=code)

    def surrogate(self) -> int | None:
        """The offset of the first half of a surrogate pair, which is no character."""
        if self.text.isascii():
            return None
        found = _SURROGATE.search(self.text)
        return None if found is None else found.start()

    def unsupported(
        self, offset: int, what: str, why: str | None = None, instead: str = ""
    ) -> Unsupported:
        """The error of a query that asks for `what`, which is right but not served.

        Args: why: it never will be; None where it may be one day; instead: what to do
        """
        message = f"{what} not supported yet" if why is None else f"{what} not supported: {why}"
        message = f"{message}; {instead}" if instead else message
        return Unsupported("unsupported_operation", self.locate(offset, message))

    def locate(self, offset: int, message: str) -> str:
        """`message` with the position, the line of the source and a caret below the place."""
        at = self.position(offset)
        line, caret = self._excerpt(at)
        if len(message) > _MESSAGE_CHARS_MAX:
            half = _MESSAGE_CHARS_MAX // 2
            message = f"{message[:half]} ... {message[-half:]}"
        return (
            f"{message} (line {at.line}, column {at.column} (offset: {at.offset}))\n{line}\n{caret}"
        )

    def _excerpt(self, at: Position) -> tuple[str, str]:
        start = self._line_starts[at.line - 1]
        following = self._line_starts[at.line : at.line + 1]
        line = self.text[start : following[0] if following else len(self.text)].rstrip("\r\n")
        column = at.column - 1
        first = max(0, min(column - _EXCERPT_CHARS_MAX // 2, len(line) - _EXCERPT_CHARS_MAX))
        # Messages go over the wire: half of a surrogate pair cannot.
        excerpt = _SURROGATE.sub("\ufffd", line[first : first + _EXCERPT_CHARS_MAX])
        lead = "..." if first else ""
        tail = "..." if first + _EXCERPT_CHARS_MAX < len(line) else ""
        # Tabs stay tabs, so that the caret stands right however wide they are shown.
        blank = "".join("\t" if char == "\t" else " " for char in line[first:column])
        return f"{lead}{excerpt}{tail}", f"{' ' * len(lead)}{blank}^"

"""Text -> tokens, with one compiled expression.

Above: the parser. Below: `tokens`, `source`, `prefixes`, and `literals`, which turns the text of
numbers and strings into values. Every character of the text belongs to exactly one match; what no rule knows
falls to the last group and is an error.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from seaglass.base.codes import Code
from seaglass.base.errors import Invalid
from seaglass.base.limits import QUERY_CHARS_MAX
from seaglass.engine.cypher.syntax.prefixes import declared, expanded
from seaglass.engine.cypher.syntax.tokens import (
    EMPTY,
    END,
    FLOAT,
    INTEGER,
    KEYWORDS,
    NAME,
    PARAMETER,
    STRING,
    Token,
)

if TYPE_CHECKING:
    from seaglass.engine.cypher.syntax.source import Source

_PATTERN = r"""
    (?:[\s\ufeff]+|//[^\r\n]*|/\*.*?\*/)*+
    (?:
    (?P<name>[^\W\d][\w…]*)
    |(?P<symbol><=|>=|<>|=~|==|!=|\+=|\.\.|::|[-+*%^=<>()\[\]{},:;|!&]|\.(?![0-9])|/(?!\*))
    |(?P<number>(?:[0-9]+\.[0-9]+|\.[0-9]+|[0-9]+)(?:[eE][+-]?[0-9]+)?\w*)
    |(?P<string>'[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*")
    |(?P<escaped>`[^`]*(?:``[^`]*)*`)
    |(?P<parameter>\$(?:[\w…]+|`[^`]*(?:``[^`]*)*`))
    |(?P<end>\Z)
    |(?P<other>.)
    )
    """


@lru_cache(64)
def _tokens_with(marks: str) -> re.Pattern[str]:
    """The expression, where a name may have these characters behind its first, besides what Python
    takes for a word: marks, of which names in many scripts are full."""
    return re.compile(_PATTERN.replace("…", re.escape(marks)), re.VERBOSE | re.DOTALL)


_TOKEN = _tokens_with("")
_WORD = re.compile(r"\w")
_FLOAT_MARKS = re.compile(r"[.eE]")
_RADIX = re.compile(r"0[xXoO]")

NAMELESS = "A name between back-ticks cannot be empty"
NO_VALUE = (
    "labels and types are part of the text; to choose by a value, write"
    " `$label IN labels(n)` or `type(r) = $type`"
)
_UNCLOSED = {
    "'": "This string is not closed: the `'` has no partner; inside a string write `\\'`",
    '"': 'This string is not closed: the `"` has no partner',
    "`": "This name is not closed: the back-tick has no partner",
    "$": "A parameter needs a name right after `$`, as in `$name`",
    "?": "`?` is not part of the language; a parameter is written `$name`",
    "@": "`@` is not part of the language; a parameter is written `$name`",
    "#": "`#` is not part of the language; comments begin with `//`",
}


def tokenize(source: Source) -> list[Token]:
    """The tokens of the text, the last of kind END.

    Raises: Invalid(malformed_query) at a character that begins no token; Invalid(query_too_large).
    """
    text = source.text
    if len(text) > QUERY_CHARS_MAX:
        raise Invalid(
            "query_too_large",
            f"The query has {len(text)} characters; the limit is {QUERY_CHARS_MAX}."
            " Pass data as parameters, or load it in bulk.",
        )
    broken = source.surrogate()
    if broken is not None:
        half = f"U+{ord(text[broken]):04X} is half of a surrogate pair, which is no character"
        raise source.malformed(broken, half, Code.INVALID_UNICODE)
    prefixes, begin = declared(source)
    tokens: list[Token] = []
    make = tuple.__new__
    pattern = _TOKEN if text.isascii() else _tokens_with(_marks(text))
    for found in pattern.finditer(text, begin):
        group = found.lastgroup
        assert group is not None
        word = found[group]
        start, end = found.span(group)
        if group == "name":
            upper = word.upper()
            # `isascii`: the upper-case form of the dotless i would make keywords of names.
            kind = upper if upper in KEYWORDS and word.isascii() else NAME
        elif group == "symbol":
            kind = word
        elif group == "end":
            break
        else:
            kind, word = _literal(source, group, word, start)
        # What Token(...) does, in half the time.
        tokens.append(make(Token, (kind, word, start, end)))
    tokens.append(Token(END, "", len(text), len(text)))
    return expanded(source, tokens, prefixes) if prefixes else tokens


def _marks(text: str) -> str:
    """The characters of the text that continue a name, as Unicode has it, and are no `\\w`."""
    return "".join(
        [one for one in sorted(set(text)) if _WORD.match(one) is None and f"a{one}".isidentifier()]
    )


def _literal(source: Source, group: str, word: str, start: int) -> tuple[str, str]:
    match group:
        case "string":
            return STRING, word
        case "number":
            whole = _RADIX.match(word) or not _FLOAT_MARKS.search(word)
            return (INTEGER if whole else FLOAT), word
        case "escaped":
            return (NAME if len(word) > 2 else EMPTY), _unescaped(word)
        case "parameter":
            name = word[1:]
            escaped = name.startswith("`")
            if name == "``":
                raise source.malformed(start + 1, NAMELESS)
            return PARAMETER, _unescaped(name) if escaped else name
        case _:
            code = Code.UNEXPECTED_SYNTAX if word.isascii() else Code.INVALID_CHARACTER
            raise source.malformed(start, _complaint(source, word, start), code)


def _unescaped(word: str) -> str:
    return word[1:-1].replace("``", "`")


def _complaint(source: Source, char: str, start: int) -> str:
    if source.text.startswith("/*", start):
        return "This comment is not closed: `/*` has no `*/`"
    if source.text.startswith("$(", start):
        return f"A value cannot stand here; {NO_VALUE}"
    if char in _UNCLOSED:
        return _UNCLOSED[char]
    name = unicodedata.name(char, "")
    if "DASH" in name or "HYPHEN" in name or "MINUS" in name:
        return f"`{char}` ({name}) is not a minus sign; write `-`"
    if "QUOTATION" in name:
        return f"`{char}` ({name}) does not open a string; write `'` or `\"`"
    shown = f"`{char}` ({name})" if name else f"character U+{ord(char):04X}"
    return f"Unexpected {shown}"

"""`PREFIX ex: <http://example.com/>` before a query: then `ex::Alice` is `<http://example.com/Alice>`.

Above: the lexer. Below: `source`, `tokens`.
What came from RDF has ids, labels, types and keys that are IRIs in angle brackets. Such a name is
one token: as a label, type or key it is a name, and as a value the text of the IRI.
Source: spec 04 section 8.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seaglass.engine.cypher.syntax.tokens import IRI, NAME_KINDS, Token

if TYPE_CHECKING:
    from seaglass.engine.cypher.syntax.source import Source

_BLANK = r"(?:[\s\ufeff]+|//[^\r\n]*|/\*.*?\*/)*+"
_WORD = re.compile(_BLANK + r"PREFIX(?!\w)", re.DOTALL | re.IGNORECASE)
_DECLARATION = re.compile(
    _BLANK + r"""([^\W\d]\w*)\s*:\s*(<[^\s<>"{}|\\^`]*)>""", re.DOTALL | re.IGNORECASE
)


def declared(source: Source) -> tuple[dict[str, str], int]:
    """The prefixes, each with the IRI that it stands for up to the `>`, and where the query begins.

    Raises: Invalid(malformed_query) where one has another form, or stands twice
    """
    prefixes: dict[str, str] = {}
    begin = 0
    while word := _WORD.match(source.text, begin):
        found = _DECLARATION.match(source.text, word.end())
        if found is None:
            raise source.malformed(
                word.end(), "A prefix is written `PREFIX ex: <http://example.com/>`"
            )
        if found[1] in prefixes:
            raise source.malformed(found.start(1), f"The prefix `{found[1]}` stands twice")
        prefixes[found[1]] = found[2]
        begin = found.end()
    return prefixes, begin


def expanded(source: Source, tokens: list[Token], prefixes: dict[str, str]) -> list[Token]:
    """The tokens with each `ex::Alice` as one.

    Raises: Invalid(malformed_query) for a prefix that is not declared
    """
    result: list[Token] = []
    for token in tokens:
        result.append(token)
        if len(result) < 3 or result[-2].kind != "::":
            continue
        prefix, _, local = result[-3:]
        joined = prefix.end == result[-2].start and result[-2].end == local.start
        if not joined or {prefix.kind, local.kind} - NAME_KINDS:
            continue
        if prefix.text not in prefixes:
            known = ", ".join(prefixes)
            raise source.malformed(
                prefix.start, f"The prefix `{prefix.text}` is not declared; there is {known}"
            )
        iri = f"{prefixes[prefix.text]}{local.text}>"
        result[-3:] = [Token(IRI, iri, prefix.start, local.end)]
    return result

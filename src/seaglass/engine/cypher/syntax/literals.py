"""The text of numbers and strings -> values."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from seaglass.base.codes import Code

if TYPE_CHECKING:
    from seaglass.engine.cypher.syntax.source import Source
    from seaglass.engine.cypher.syntax.tokens import Token

_DECIMAL = re.compile(r"0|[1-9][0-9]*")
_HEX = re.compile(r"0[xX]([0-9a-fA-F]+)")
_OCTAL = re.compile(r"0[oO]([0-7]+)")
_FLOAT = re.compile(r"(?:[0-9]*\.)?[0-9]+(?:[eE][+-]?[0-9]+)?")
# 2**63 has 19 decimal, 16 hexadecimal and 22 octal digits; int() of a longer text is work for
# nothing.
_DIGITS_MAX = 22

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_PLAIN_ESCAPES = {
    "\\": "\\",
    "'": "'",
    '"': '"',
    "/": "/",
    "`": "`",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
}


def integer(source: Source, token: Token, *, negative: bool) -> int:
    """The value of an integer token; `negative` where a minus sign stands before it."""
    text = token.text
    if _DECIMAL.fullmatch(text):
        digits, radix = text, 10
    elif found := _HEX.fullmatch(text):
        digits, radix = found.group(1), 16
    elif found := _OCTAL.fullmatch(text):
        digits, radix = found.group(1), 8
    elif text.isdecimal() and text.isascii():
        fix = "write it without the leading zero, or as `0o...` if it is octal"
        raise source.malformed(
            token.start, f"`{text[:40]}` is not a number: {fix}", Code.INVALID_NUMBER
        )
    else:
        raise source.malformed(token.start, f"`{text[:40]}` is not a number", Code.INVALID_NUMBER)
    digits = digits.lstrip("0") or "0"
    value = int(digits, radix) if len(digits) <= _DIGITS_MAX else 2**64
    value = -value if negative else value
    if not -(2**63) <= value < 2**63:
        sign = "-" if negative else ""
        raise source.malformed(
            token.start,
            f"The integer {sign}{text[:40]} does not fit in 64 bits",
            Code.INTEGER_OVERFLOW,
        )
    return value


def floating(source: Source, token: Token) -> float:
    """The value of a float token."""
    if not _FLOAT.fullmatch(token.text):
        raise source.malformed(
            token.start, f"`{token.text[:40]}` is not a number", Code.INVALID_NUMBER
        )
    value = float(token.text)
    if math.isinf(value):
        raise source.malformed(
            token.start,
            f"The number {token.text[:40]} is too large for a 64-bit float",
            Code.FLOAT_OVERFLOW,
        )
    return value


def string(source: Source, token: Token) -> str:
    """The value of a string token."""
    text = token.text[1:-1]
    if "\\" not in text:
        return text
    parts: list[str] = []
    end = 0
    for found in _ESCAPE.finditer(text):
        parts.append(text[end : found.start()])
        parts.append(_escaped(source, found, token.start + 1 + found.start()))
        end = found.end()
    parts.append(text[end:])
    value = "".join(parts)
    if "\\u" not in text:
        return value
    try:
        # Two escapes of a surrogate pair are one character, as in JSON.
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        raise source.malformed(
            token.start,
            "This string has half a surrogate pair (`\\uD800` to `\\uDFFF`)",
            Code.INVALID_UNICODE,
        ) from None


def _escaped(source: Source, found: re.Match[str], offset: int) -> str:
    short, long, plain = found.groups()
    if plain is not None and plain in _PLAIN_ESCAPES:
        return _PLAIN_ESCAPES[plain]
    if plain == "u":
        raise source.malformed(offset, "`\\u` needs four hexadecimal digits", Code.INVALID_UNICODE)
    if plain == "U":
        raise source.malformed(offset, "`\\U` needs eight hexadecimal digits", Code.INVALID_UNICODE)
    if plain is not None:
        fix = "write `\\\\` for a backslash"
        raise source.malformed(offset, f"`\\{plain}` is not an escape sequence: {fix}")
    code = int(short or long, 16)
    if code > 0x10FFFF or (long and 0xD800 <= code <= 0xDFFF):
        raise source.malformed(
            offset, f"U+{code:X} is not a Unicode character", Code.INVALID_UNICODE
        )
    return chr(code)

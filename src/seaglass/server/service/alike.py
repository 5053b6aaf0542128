"""Requests whose head is that of the request before over the same connection, but for what a client says anew.

Above: patience. Below: nothing. An SDK asks for the same thing again and again: of a dozen lines a date, a
signature and the number of the call are others. To find that out takes a tenth of parsing the head again.

What is told of a request here is what the parser would have told: a line that differs is one of `ANEW`, has the same
name, and a value of printable characters without spaces around it. Everything else is left to the parser.
"""

from __future__ import annotations

import re

Header = tuple[bytes, bytes]

# The headers that are told anew.
ANEW = frozenset(
    {
        b"authorization",
        b"x-amz-date",
        b"x-amz-content-sha256",
        b"amz-sdk-invocation-id",
        b"amz-sdk-request",
        b"content-length",
    }
)
_LENGTH = b"content-length"
_LENGTH_DIGITS_MAX = 9
_plain = re.compile(rb"[!-~](?:[ -~]*[!-~])?").fullmatch


class Alike:
    """The head of a request.

    Attributes: known: what others have found out from it, but for the headers of `ANEW`; by whatever name
    """

    __slots__ = ("_anew", "_headers", "_length_at", "_lines", "known")

    def __init__(self, lines: list[bytes], headers: list[Header]) -> None:
        self.known: dict[str, object] = {}
        self._headers = headers
        # For each of `ANEW`: which header it is, how its line begins, and its name.
        self._anew: list[tuple[int, bytes, bytes]] = []
        self._lines = lines
        for at, (name, _) in enumerate(headers):
            if name in ANEW:
                self._anew.append((at, lines[at + 1][: len(name)] + b": ", name))
                lines[at + 1] = b""
                if name == _LENGTH:
                    self._length_at = at

    def again(self, data: bytes) -> tuple[list[Header], bytes, int] | None:
        """The headers of a request that begins with this head, what there is of its body, and how long that is;
        None of any other.
        """
        head, end, body = data.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        if not end or len(lines) != len(self._lines):
            return None
        headers = self._headers.copy()
        for at, start, name in self._anew:
            line = lines[at + 1]
            value = line[len(start) :]
            if not line.startswith(start) or not _plain(value):
                return None
            headers[at] = (name, value)
            lines[at + 1] = b""
        if lines != self._lines:
            return None
        length = headers[self._length_at][1]
        if not length.isdigit() or len(length) > _LENGTH_DIGITS_MAX:
            return None
        return headers, body, int(length)


def alike(data: bytes, headers: list[Header]) -> Alike | None:
    """The head of a request; None if there is anything unusual about it.

    Args: data: begins with all of it; headers: as the parser told them
    """
    lines = data.partition(b"\r\n\r\n")[0].split(b"\r\n")
    names = [name for name, _ in headers]
    if len(lines) != len(headers) + 1 or len(set(names)) != len(names) or _LENGTH not in names:
        return None
    if b"expect" in names or b"upgrade" in names or b"transfer-encoding" in names:
        return None
    for line, (name, value) in zip(lines[1:], headers, strict=True):
        if line[: len(name)].lower() != name or line[len(name) :] != b": " + value:
            return None
    found = Alike(lines, headers.copy())
    again = found.again(data)
    return None if again is None or again[0] != headers else found

"""Inputs that have been found right before, for requests that differ in the parameters of their query alone.

Above: the service's chain. Below: document. Programs ask the same texts with other parameters. What a
request says besides, read and checked once, need not be read and checked again; parameters, as a map, may be
anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.base.errors import Invalid
from seaglass.server.wire.document import read_json

if TYPE_CHECKING:
    from seaglass.server.wire.router import Match

# Texts of one client that are remembered, and how long each may be.
INPUTS_MAX = 16
INPUT_CHARACTERS_MAX = 4_096

_PARAMETERS = "parameters"
_TEXTS = frozenset({str})


class Repeats:
    """The inputs of requests for one query operation whose heads say the same.

    Attributes: match: the operation
    """

    __slots__ = ("_inputs", "match")

    def __init__(self, match: Match) -> None:
        self.match = match
        # By what their bodies say besides the parameters.
        self._inputs: dict[tuple[tuple[str, object], ...], dict[str, object]] = {}

    def values(self, body: bytes | bytearray) -> dict[str, object] | None:
        """The whole input, right as it is; None where that is not known yet."""
        if not self._inputs:
            return None
        read = _read(body)
        if read is None:
            return None
        rest, parameters = read
        known = self._inputs.get(rest)
        return None if known is None else {**known, _PARAMETERS: parameters}

    def learn(self, body: bytes | bytearray, values: dict[str, object]) -> None:
        """Remember an input that was found right. Args: values: all of it"""
        if len(self._inputs) >= INPUTS_MAX:
            return
        read = _read(body)
        if read is None or values.get(_PARAMETERS) != read[1]:
            return
        if sum(len(str(value)) for _, value in read[0]) <= INPUT_CHARACTERS_MAX:
            self._inputs[read[0]] = {k: v for k, v in values.items() if k != _PARAMETERS}


def _read(
    body: bytes | bytearray,
) -> tuple[tuple[tuple[str, object], ...], dict[str, object]] | None:
    """What a body says besides its parameters, and those; None unless all the rest are texts, of which no two
    are equal that are not the same."""
    try:
        content = read_json(body)
    except Invalid:
        return None
    if type(content) is not dict:
        return None
    parameters = content.pop(_PARAMETERS, None)
    if type(parameters) is not dict or not _TEXTS.issuperset(map(type, content.values())):
        return None
    return tuple(content.items()), parameters

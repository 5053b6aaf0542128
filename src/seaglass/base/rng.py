"""Randomness: the only module that asks the machine for chance.

Above: keys, ids and query functions take an `Rng`. Below: nothing.
Invariants: `SystemRng` is fit for keys (the kernel's generator); `SeededRng` is not, and gives the
same sequence for the same seed on every machine. Both are safe to share between threads.
"""

from __future__ import annotations

import os
import random
import secrets
import threading
from typing import Protocol

ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
ID_LETTERS = 10  # AWS's length for g-, gs- and t- identifiers

_VERSION_4 = bytes(0x40 | value & 0x0F for value in range(256))
_VARIANT_RFC = bytes(0x80 | value & 0x3F for value in range(256))
# Bytes from here on would make the first letters of the alphabet likelier than the last ones.
_FAIR_BYTES = 256 - 256 % len(ID_ALPHABET)


class Rng(Protocol):
    """A source of chance."""

    def token(self, size_bytes: int) -> bytes:
        """Random bytes."""
        ...

    def uuid(self) -> str:
        """One random UUID (version 4) as text."""
        ...

    def uuids(self, count: int) -> list[str]:
        """Many random UUIDs as text, from one draw."""
        ...

    def short_id(self, prefix: str) -> str:
        """`prefix` and ten letters of [a-z0-9]."""
        ...


class SystemRng:
    """The kernel's generator."""

    __slots__ = ()

    def token(self, size_bytes: int) -> bytes:
        return secrets.token_bytes(size_bytes)

    def uuid(self) -> str:
        try:
            return _READY.pop()
        except IndexError:
            made = self.uuids(_MADE_AT_ONCE)
            one = made.pop()
            _READY.extend(made)
            return one

    def uuids(self, count: int) -> list[str]:
        return uuids_of(self.token(16 * count))

    def short_id(self, prefix: str) -> str:
        return prefix + _letters(self)


# Version 4 UUIDs that nobody has had yet: one by one they take three times as long. A process that
# comes of a fork makes its own.
_READY: list[str] = []
_MADE_AT_ONCE = 64
os.register_at_fork(after_in_child=_READY.clear)


class SeededRng:
    """The same sequence for the same seed: for tests and simulations, never for keys."""

    __slots__ = ("_lock", "_random")

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self._lock = threading.Lock()

    def token(self, size_bytes: int) -> bytes:
        with self._lock:
            return self._random.randbytes(size_bytes)

    def uuid(self) -> str:
        return uuids_of(self.token(16))[0]

    def uuids(self, count: int) -> list[str]:
        return uuids_of(self.token(16 * count))

    def short_id(self, prefix: str) -> str:
        return prefix + _letters(self)


def uuids_of(token: bytes) -> list[str]:
    """Cut random bytes into version 4 UUIDs, 16 bytes each."""
    assert len(token) % 16 == 0
    raw = bytearray(token)
    raw[6::16] = raw[6::16].translate(_VERSION_4)
    raw[8::16] = raw[8::16].translate(_VARIANT_RFC)
    text = raw.hex()
    return [
        f"{text[i : i + 8]}-{text[i + 8 : i + 12]}-{text[i + 12 : i + 16]}"
        f"-{text[i + 16 : i + 20]}-{text[i + 20 : i + 32]}"
        for i in range(0, len(text), 32)
    ]


def _letters(rng: Rng) -> str:
    letters: list[str] = []
    while len(letters) < ID_LETTERS:
        letters += [ID_ALPHABET[b % 36] for b in rng.token(ID_LETTERS) if b < _FAIR_BYTES]
    return "".join(letters[:ID_LETTERS])

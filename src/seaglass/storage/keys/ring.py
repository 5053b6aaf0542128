"""The seam to whatever holds the wrapping keys: the local key ring, AWS KMS, or both.

Above: domain. Below: nothing.
A wrapping key never leaves its ring; data keys travel through it, wrapped and unwrapped.
"""

from __future__ import annotations

from typing import Protocol

from seaglass.base.errors import NotFound

# The id that AWS shows for graphs whose owner named no key.
AWS_OWNED_KEY = "AWS_OWNED_KEY"


class KeyRing(Protocol):
    """Wraps and unwraps data keys under named keys."""

    def check(self, key_id: str) -> None:
        """Make sure that the key can be used now.

        Raises: NotFound(key); Conflict(key) for a key that is disabled or waits for its deletion
        """
        ...

    def wrap(self, key_id: str, data_key: bytes) -> bytes:
        """Seal `data_key`, so that only this ring opens it again.

        Raises: as `check`
        """
        ...

    def unwrap(self, key_id: str, wrapped: bytes) -> bytes:
        """Open what `wrap` gave.

        Raises: as `check`; Corrupt
        """
        ...


class KeyRings:
    """The local ring, and another one for the keys that it does not have."""

    def __init__(self, local: LocalRing, other: KeyRing) -> None:
        self._local = local
        self._other = other

    def check(self, key_id: str) -> None:
        self._of(key_id).check(key_id)

    def wrap(self, key_id: str, data_key: bytes) -> bytes:
        return self._of(key_id).wrap(key_id, data_key)

    def unwrap(self, key_id: str, wrapped: bytes) -> bytes:
        return self._of(key_id).unwrap(key_id, wrapped)

    def _of(self, key_id: str) -> KeyRing:
        return self._local if self._local.has(key_id) else self._other


class LocalRing(KeyRing, Protocol):
    """A ring that knows which keys are its own."""

    def has(self, key_id: str) -> bool:
        """Whether the key is, or will be when it is first used, in this ring."""
        ...


def unknown_key(key_id: str, advice: str, detail: str = "") -> NotFound:
    """Say that a key is in no ring that we know. What only our log may tell is `detail`."""
    return NotFound("key", f"There is no key {key_id}: {advice}", detail=detail)

"""The seam to whatever holds the wrapping keys: a local key ring, or AWS KMS.

Above: domain. Below: nothing.
A wrapping key never leaves its ring; data keys travel through it, wrapped and unwrapped.
"""

from __future__ import annotations

from typing import Protocol

# The id that AWS shows for graphs whose owner named no key.
AWS_OWNED_KEY = "AWS_OWNED_KEY"


class KeyRing(Protocol):
    """Wraps and unwraps data keys under named keys."""

    def wrap(self, key_id: str, data_key: bytes) -> bytes:
        """Seal `data_key`, so that only this ring opens it again.

        Raises: Conflict(state) for a disabled key; NotFound(key) where the ring makes no keys
        """
        ...

    def unwrap(self, key_id: str, wrapped: bytes) -> bytes:
        """Open what `wrap` gave.

        Raises: NotFound(key), Conflict(state) for a disabled key, Corrupt
        """
        ...

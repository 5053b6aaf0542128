"""Where wrapping keys come from that are not in the local key ring."""

from __future__ import annotations

from enum import StrEnum


class Kms(StrEnum):
    """Another source of keys: none, or AWS KMS with the credentials of this process."""

    LOCAL = "local"
    AWS = "aws"

"""Small checked JSON files of keys and domains.

    {"body": {…, "format": 1}, "check": "<BLAKE3 of the body's bytes, hex>"}

The body's bytes are its canonical JSON: keys sorted, no white space, UTF-8.

Above: local, domain. Below: base/errors.
"""

from __future__ import annotations

import binascii
import json
from typing import TYPE_CHECKING

from blake3 import blake3

from seaglass.base.errors import Corrupt

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMAT = 1


def encode_record(body: Mapping[str, str]) -> bytes:
    """The bytes of a record."""
    return _encoded(body, FORMAT)


def _encoded(body: Mapping[str, str], number: int) -> bytes:
    full = {**body, "format": number}
    record = {"body": full, "check": blake3(_canonical(full)).hexdigest()}
    return json.dumps(record, indent=1, sort_keys=True).encode() + b"\n"


def decode_record(
    data: bytes, path: Path, wanted: tuple[str, ...], known: tuple[str, ...] = ()
) -> dict[str, str]:
    """The members of the record in `path`: the `wanted` ones, and what there is of the others that
    are `known`; all text.

    Raises: Corrupt
    """
    try:
        record = json.loads(data)
        body = record["body"]
        found_format = body["format"]
        # Comparing the whole text finds damage in the white space too.
        if _encoded({k: v for k, v in body.items() if k != "format"}, found_format) != data:
            raise _damaged(path)
        if isinstance(found_format, int) and found_format > FORMAT:
            raise Corrupt(
                "corrupt",
                f"{path} has format {found_format}, and this program reads {FORMAT}. Open it with the "
                "version of seaglass that wrote it.",
            )
        if found_format != FORMAT:
            raise _damaged(path)
        found = {name: body[name] for name in wanted}
        found |= {name: body[name] for name in known if name in body}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(path) from error
    if not all(isinstance(value, str) for value in found.values()):
        raise _damaged(path)
    return found


def bytes_of(text: str, path: Path) -> bytes:
    """The bytes that a record holds as hex.

    Raises: Corrupt
    """
    try:
        return binascii.unhexlify(text)
    except ValueError as error:
        raise _damaged(path) from error


def _canonical(body: Mapping[str, object]) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _damaged(path: Path) -> Corrupt:
    return Corrupt("corrupt", f"{path} is damaged: it is no record of format {FORMAT}, or changed")

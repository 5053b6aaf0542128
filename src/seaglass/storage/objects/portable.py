"""The bytes of a portable file, `.seaglass`. Rules across its records: docs/formats/portable.md.

Numbers are little-endian.

    header   0   8  magic  53 47 50 54 0D 0A 1A 0A  ("SGPT", CR, LF, SUB, LF)
             8   2  format version, 1
            10   1  sealing: 0 none, 1 by a passphrase
            11   1  log2 of scrypt's cost N; 0 without sealing
            12   4  zero
            16  16  salt, random
            32  32  BLAKE3 of bytes 0..32

    record   0   4  length n of the payload
             4   1  kind
             5   3  zero
             8   …  sealed payload, n + 16 bytes:
                      sealing 1: AES-256-GCM(key, nonce = 4 zero bytes, number in 8 bytes, additional
                                 data = header, bytes 0..8 of the record) of the payload, with its tag
                      sealing 0: the payload, then the first 16 bytes of BLAKE3("seaglass portable 1",
                                 header, number in 8 bytes, bytes 0..8 of the record, payload)

    key    = scrypt(passphrase in UTF-8 (NFC), salt, N, r = 8, p = 1), 32 bytes
    number = place of the record in the file, from 0

The last record is of kind END; its payload is the number of records before it (8 bytes) and the
BLAKE3 of all bytes of the file before it (32). Nothing follows. So a file that is cut, or changed in
any byte, is known for it; under a passphrase nobody without it can make one.

Above: engine/snapshot/portable. Below: base/files, base/rng.
"""

from __future__ import annotations

import struct
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from blake3 import blake3
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from seaglass.base.errors import Corrupt, Invalid
from seaglass.base.limits import PORTABLE_OBJECT_BYTES_MAX, SCRYPT_LOG_COST, SCRYPT_LOG_COST_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from seaglass.base.files import AppendFile, Files
    from seaglass.base.rng import Rng

MAGIC = b"SGPT\r\n\x1a\n"
VERSION = 1
END = 255
SEALING_NONE = 0
SEALING_PASSPHRASE = 1

_HEAD = struct.Struct("<8sHBB4x16s")
_CHECK_BYTES = 32
HEADER_BYTES = _HEAD.size + _CHECK_BYTES
_RECORD = struct.Struct("<IB3x")
_TAG_BYTES = 16
_SALT_BYTES = 16
_END = struct.Struct("<Q32s")
# A payload is an object with a few words about it.
_PAYLOAD_BYTES_MAX = PORTABLE_OBJECT_BYTES_MAX + 1024


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file, checked."""

    kind: int
    payload: bytes


class _Seal:
    """How the records of one file are sealed."""

    def __init__(self, header: bytes, passphrase: str | None) -> None:
        _, _, sealing, log_cost, salt = _HEAD.unpack(header[: _HEAD.size])
        self._header = header
        self._aead: AESGCM | None = None
        if sealing == SEALING_PASSPHRASE:
            assert passphrase is not None
            text = unicodedata.normalize("NFC", passphrase).encode()
            self._aead = AESGCM(Scrypt(salt, 32, 2**log_cost, 8, 1).derive(text))

    def seal(self, number: int, head: bytes, payload: bytes) -> bytes:
        if self._aead is None:
            return payload + self._mark(number, head, payload)
        return self._aead.encrypt(_nonce(number), payload, self._header + head)

    def open(self, number: int, head: bytes, sealed: bytes) -> bytes | None:
        """The payload; None when it is not what was sealed."""
        if self._aead is None:
            payload, mark = sealed[:-_TAG_BYTES], sealed[-_TAG_BYTES:]
            return payload if mark == self._mark(number, head, payload) else None
        try:
            return self._aead.decrypt(_nonce(number), sealed, self._header + head)
        except InvalidTag:
            return None

    def _mark(self, number: int, head: bytes, payload: bytes) -> bytes:
        hasher = blake3(b"seaglass portable 1" + self._header + struct.pack("<Q", number) + head)
        return hasher.update(payload).digest(_TAG_BYTES)


class PortableWriter:
    """Writes a file, record by record. One thread at a time."""

    def __init__(
        self, file: AppendFile, passphrase: str | None, rng: Rng, log_cost: int = SCRYPT_LOG_COST
    ) -> None:
        sealing = SEALING_NONE if passphrase is None else SEALING_PASSPHRASE
        cost = log_cost if sealing else 0
        head = _HEAD.pack(MAGIC, VERSION, sealing, cost, rng.token(_SALT_BYTES))
        header = head + blake3(head).digest()
        self._file = file
        self._seal = _Seal(header, passphrase)
        self._hasher = blake3()
        self._number = 0
        self.bytes = 0
        self._write(header)

    def write(self, kind: int, payload: bytes) -> None:
        """Add a record."""
        assert len(payload) <= _PAYLOAD_BYTES_MAX
        head = _RECORD.pack(len(payload), kind)
        self._write(head + self._seal.seal(self._number, head, payload))
        self._number += 1

    def finish(self) -> None:
        """Add the last record, and make everything durable."""
        self.write(END, _END.pack(self._number, self._hasher.digest()))
        self._file.sync()

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._hasher.update(data)
        self.bytes += len(data)


def is_sealed(files: Files, path: Path) -> bool:
    """Whether a file asks for a passphrase.

    Raises: NotFound(object); Corrupt when it is no portable file
    """
    header = files.read_range(path, 0, HEADER_BYTES)
    return _checked_sealing(header, path) == SEALING_PASSPHRASE


def read_records(files: Files, path: Path, passphrase: str | None) -> Iterator[Record]:
    """The records of a file but for the last; ends only when the file is whole.

    Raises: NotFound(object); Invalid(illegal_argument) when a passphrase is missing, or wrong;
        Corrupt when the file is cut, changed, or none of ours
    """
    header = files.read_range(path, 0, HEADER_BYTES)
    if _checked_sealing(header, path) == SEALING_NONE:
        passphrase = None
    elif passphrase is None:
        raise Invalid("illegal_argument", f"{path} is sealed: give its passphrase.")
    seal = _Seal(header, passphrase)
    hasher = blake3(header)
    size = files.stat(path).size_bytes
    offset, number = len(header), 0
    while True:
        head = files.read_range(path, offset, _RECORD.size)
        if len(head) < _RECORD.size:
            raise _damaged(path, f"it ends after {size} bytes, in the middle")
        length, kind = _RECORD.unpack(head)
        sealed_bytes = length + _TAG_BYTES
        if length > _PAYLOAD_BYTES_MAX or offset + _RECORD.size + sealed_bytes > size:
            raise _damaged(path, f"it ends after {size} bytes, within a record, or is changed")
        sealed = files.read_range(path, offset + _RECORD.size, sealed_bytes)
        payload = seal.open(number, head, sealed)
        if payload is None:
            if number == 0 and passphrase is not None:
                raise Invalid(
                    "illegal_argument", f"The passphrase of {path} is wrong, or it is damaged."
                )
            raise _damaged(path, f"its bytes from {offset} on are changed")
        offset += len(head) + len(sealed)
        if kind == END:
            if payload != _END.pack(number, hasher.digest()) or offset != size:
                raise _damaged(path, "its end does not belong to it")
            return
        hasher.update(head).update(sealed)
        number += 1
        yield Record(kind, payload)


def _checked_sealing(header: bytes, path: Path) -> int:
    if len(header) < HEADER_BYTES or not header.startswith(MAGIC):
        raise _damaged(path, "it is no snapshot that was exported")
    head, check = header[: _HEAD.size], header[_HEAD.size :]
    _, version, sealing, log_cost, _ = _HEAD.unpack(head)
    if check != blake3(head).digest():
        raise _damaged(path, "its header is changed")
    if version != VERSION:
        raise _damaged(path, f"it has format {version}, and this program reads {VERSION}")
    if sealing not in (SEALING_NONE, SEALING_PASSPHRASE) or log_cost > SCRYPT_LOG_COST_MAX:
        raise _damaged(path, "its sealing is not known")
    if sealing == SEALING_PASSPHRASE and log_cost == 0:
        raise _damaged(path, "its sealing is not known")
    return int(sealing)


def _nonce(number: int) -> bytes:
    return bytes(4) + struct.pack("<Q", number)


def _damaged(path: Path, why: str) -> Corrupt:
    return Corrupt("corrupt", f"{path} cannot be imported: {why}. Export it again.")

"""The bytes of a log: segments of sealed frames. Rules across files: docs/formats/log.md.

A segment is a file `<first sequence, 20 digits>.wal`: a header, then frames without gaps; zeros may
follow in the last one.
Numbers are little-endian.

Segment header, 64 bytes

    offset size
     0      8   magic  53 47 4C 4F 47 0D 0A 1A  ("SGLOG" and line ends that show a text conversion)
     8      2   format version, 1
    10      6   zero
    16      8   sequence of the first frame
    24     32   salt, random
    56      8   first 8 bytes of BLAKE3(bytes 0..56)

Frame, 32 + length bytes

     0      4   magic  53 47 46 52  ("SGFR")
     4      4   length of the sealed payload: payload + 16
     8      8   sequence
    16      8   durable: every frame up to this sequence was durable before this one was written
    24      8   first 8 bytes of BLAKE3(bytes 0..24, then the sealed payload)
    32      …   AES-256-GCM(segment key, nonce, additional data = bytes 0..24) of the payload,
                then the tag, 16 bytes

    segment key = HKDF-SHA256(log key, salt, info), 32 bytes;
                  info = "seaglass log segment 1" and the first sequence in 8 bytes
    nonce       = 4 zero bytes and the sequence in 8 bytes

Why no nonce repeats under one key: a segment key belongs to one random salt, a segment is written
by one open log only (a log that is opened again starts a new segment), and it gives each sequence
to one frame.

The checksum finds damage without a key; the tag proves that the log's owner wrote the frame, at
this place. A torn write fails the checksum; a true checksum with a false tag means the wrong key or
a forgery, and nothing is cut then. `durable` tells damage from a torn write: a bad frame is damage
if some later frame vouches for its sequence.

Above: reader, recovery, log. Below: base/errors.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from blake3 import blake3
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from seaglass.base.errors import Corrupt
from seaglass.base.limits import LOG_STEP_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

VERSION = 1
SEGMENT_MAGIC = b"SGLOG\r\n\x1a"
FRAME_MAGIC = b"SGFR"
SALT_BYTES = 32
TAG_BYTES = 16

_SEGMENT_BODY = struct.Struct("<8sH6xQ32s")
_FRAME_BODY = struct.Struct("<4sIQQ")
_CHECK_BYTES = 8
SEGMENT_HEADER_BYTES = _SEGMENT_BODY.size + _CHECK_BYTES
FRAME_HEADER_BYTES = _FRAME_BODY.size + _CHECK_BYTES
_NONCE = struct.Struct("<4xQ")


@dataclass(frozen=True, slots=True)
class SegmentHeader:
    """What the first bytes of a segment say."""

    first: int
    salt: bytes


@dataclass(frozen=True, slots=True)
class Frame:
    """One entry as it lies in a segment; it ends at byte `end`."""

    sequence: int
    durable: int
    payload: bytes
    end: int


class SegmentCipher:
    """Seals and opens the frames of one segment."""

    __slots__ = ("_aead", "_key")

    def __init__(self, log_key: bytes, header: SegmentHeader) -> None:
        info = b"seaglass log segment 1" + header.first.to_bytes(8, "little")
        key = HKDF(algorithm=SHA256(), length=32, salt=header.salt, info=info).derive(log_key)
        self._key = key
        self._aead = AESGCM(key)

    def seal(self, sequence: int, durable: int, payload: bytes) -> bytes:
        """The bytes of one frame."""
        body = _FRAME_BODY.pack(FRAME_MAGIC, len(payload) + TAG_BYTES, sequence, durable)
        sealed = self._aead.encrypt(_NONCE.pack(sequence), payload, body)
        return body + _check(body, sealed) + sealed

    def seal_parts(
        self, sequence: int, durable: int, parts: Sequence[bytes], check: Callable[[], None]
    ) -> list[bytes]:
        """The bytes of `seal` for a payload in parts, in pieces of about LOG_STEP_BYTES.

        Args: check: called between pieces; may raise: what was sealed is then nowhere, and the sequence free
        """
        length = sum(map(len, parts))
        body = _FRAME_BODY.pack(FRAME_MAGIC, length + TAG_BYTES, sequence, durable)
        encryptor = Cipher(AES(self._key), GCM(_NONCE.pack(sequence))).encryptor()
        encryptor.authenticate_additional_data(body)
        hashed = blake3(body)
        pieces = [b""]
        for step in steps(parts):
            check()
            pieces.append(encryptor.update(step))
            hashed.update(pieces[-1])
        pieces.append(encryptor.finalize() + encryptor.tag)
        hashed.update(pieces[-1])
        pieces[0] = body + hashed.digest(_CHECK_BYTES)
        return pieces

    def open_at(self, data: bytes, offset: int) -> Frame | None:
        """The frame at `offset`, or None if the bytes there are no whole frame.

        Raises: InvalidTag for a whole frame that another key has sealed, or at another place
        """
        start = offset + FRAME_HEADER_BYTES
        if start > len(data):
            return None
        body = data[offset : offset + _FRAME_BODY.size]
        magic, sealed_bytes, sequence, durable = _FRAME_BODY.unpack(body)
        end = start + sealed_bytes
        if magic != FRAME_MAGIC or sealed_bytes < TAG_BYTES or end > len(data):
            return None
        sealed = data[start:end]
        if data[offset + _FRAME_BODY.size : start] != _check(body, sealed):
            return None
        payload = self._aead.decrypt(_NONCE.pack(sequence), sealed, body)
        return Frame(sequence, durable, payload, end)


def steps(parts: Sequence[bytes]) -> Iterator[bytes]:
    """The parts one after the other, at most LOG_STEP_BYTES at a time; short ones together."""
    waiting: list[bytes] = []
    size_bytes = 0
    for part in parts:
        if size_bytes + len(part) > LOG_STEP_BYTES:
            yield b"".join(waiting)
            waiting, size_bytes = [], 0
        if len(part) > LOG_STEP_BYTES:
            for begin in range(0, len(part), LOG_STEP_BYTES):
                yield part[begin : begin + LOG_STEP_BYTES]
        else:
            waiting.append(part)
            size_bytes += len(part)
    yield b"".join(waiting)


def encode_header(header: SegmentHeader) -> bytes:
    """The first bytes of a segment."""
    body = _SEGMENT_BODY.pack(SEGMENT_MAGIC, VERSION, header.first, header.salt)
    return body + _check(body, b"")


def decode_header(data: bytes, path: Path) -> SegmentHeader:
    """Check the first bytes of the segment at `path`.

    Raises: Corrupt when a byte of them is wrong
    """
    body = data[: _SEGMENT_BODY.size]
    if len(data) < SEGMENT_HEADER_BYTES or data[:8] != SEGMENT_MAGIC:
        raise Corrupt("corrupt", f"log segment {path} does not begin with a segment header")
    if data[_SEGMENT_BODY.size : SEGMENT_HEADER_BYTES] != _check(body, b""):
        raise Corrupt("corrupt", f"the header of log segment {path} fails its checksum")
    _, version, first, salt = _SEGMENT_BODY.unpack(body)
    if version != VERSION:
        raise Corrupt(
            "corrupt",
            f"log segment {path} has format {version}, and this program reads {VERSION}. Open it with "
            "the version of seaglass that wrote it.",
        )
    if path.name != segment_name(first):
        raise Corrupt("corrupt", f"log segment {path} says that it begins with entry {first}")
    return SegmentHeader(first, salt)


def frame_needs(data: bytes) -> int:
    """How many bytes it takes to read the frame that `data` begins with: all of it, or its header
    where less than that is here; 0 where no frame begins."""
    if len(data) < FRAME_HEADER_BYTES:
        return FRAME_HEADER_BYTES
    magic, sealed_bytes, _, _ = _FRAME_BODY.unpack_from(data)
    return FRAME_HEADER_BYTES + int(sealed_bytes) if magic == FRAME_MAGIC else 0


def segment_name(first: int) -> str:
    """The file name of the segment that begins with `first`; names sort as numbers do."""
    return f"{first:020d}.wal"


def first_of_name(name: str) -> int | None:
    """The first sequence of a segment, or None for a file that is no segment."""
    return int(name[:20]) if re.fullmatch(r"[0-9]{20}\.wal", name) else None


def _check(body: bytes, sealed: bytes) -> bytes:
    hasher = blake3(body)
    if sealed:
        hasher.update(sealed)
    return hasher.digest(_CHECK_BYTES)

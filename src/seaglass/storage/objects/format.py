"""The bytes of a sealed object. Rules across files: docs/formats/object.md.

Numbers are little-endian.

    offset size
     0      4   magic  53 47 4F 42  ("SGOB")
     4      1   format version, 1
     5      1   encoding of the body: 0 as it is, 1 one zstd frame
     6      2   zero
     8      8   length of the plain bytes
    16     16   domain id
    32     32   iv = BLAKE3(sealing key; "seaglass object iv 1", bytes 0..32, digest, body)
    64      …   AES-256-GCM(object key, nonce = 12 zero bytes,
                additional data = bytes 0..64, digest) of the body, then the tag, 16 bytes

    digest     = BLAKE3(digest key; plain bytes), 32 bytes; in hex it is the object's name, and it
                 is not in the object
    object key = BLAKE3(sealing key; "seaglass object key 1", iv)

("BLAKE3(key; a, b)" is keyed BLAKE3 of the bytes one after the other.)

Why sealing without randomness is safe: the iv is a pseudorandom function of everything that is
sealed (a synthetic iv, as in RFC 5297), and each iv has a key of its own. Equal objects give equal
bytes, which content addressing shows anyway; objects that differ in anything, and be it that
another zstd has packed the same plain bytes, are sealed under keys that have nothing to do with
each other, so no pair of key and nonce is used for two bodies.

Above: sealed. Below: base/errors.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, NewType

from blake3 import blake3
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.storage.keys.domain import Domain

Digest = NewType("Digest", bytes)

VERSION = 1
MAGIC = b"SGOB"
ENCODING_NONE = 0
ENCODING_ZSTD = 1

_HEAD = struct.Struct("<4sBB2xQ16s")
_IV_BYTES = 32
HEADER_BYTES = _HEAD.size + _IV_BYTES
_TAG_BYTES = 16
_NONCE = bytes(12)
# OpenSSL takes at most 2**31 - 1 bytes at once; larger bodies go in pieces, and give the same bytes.
AT_ONCE_BYTES = 1 << 30


class WrongBytes(Exception):
    """Bytes that are not the object they should be; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Body:
    """What is sealed: the plain bytes, packed or not."""

    encoding: int
    plain_bytes: int
    data: bytes


def digest_of(plain: bytes, domain: Domain) -> Digest:
    """The name of some content inside a domain."""
    return Digest(blake3(plain, key=domain.digest_key).digest())


def seal(body: Body, digest: Digest, domain: Domain) -> bytes:
    """The bytes of the object; the same for the same arguments."""
    head = _HEAD.pack(MAGIC, VERSION, body.encoding, body.plain_bytes, domain.id)
    iv = _iv(head, digest, body.data, domain)
    header = head + iv
    return header + _encrypted(_key(iv, domain), body.data, header + digest)


def unseal(data: bytes, digest: Digest, domain: Domain) -> Body:
    """Check every byte of an object.

    Raises: WrongBytes
    """
    if len(data) < HEADER_BYTES + _TAG_BYTES:
        raise WrongBytes(f"it has {len(data)} bytes, too few for a header")
    header = data[:HEADER_BYTES]
    magic, version, encoding, plain_bytes, domain_id = _HEAD.unpack(header[: _HEAD.size])
    if magic != MAGIC:
        raise WrongBytes("it does not begin as an object does")
    if version != VERSION:
        raise WrongBytes(f"it has format {version}, and this program reads {VERSION}")
    if domain_id != domain.id:
        raise WrongBytes(f"it belongs to the domain {domain_id.hex()}, not {domain.id.hex()}")
    if encoding not in (ENCODING_NONE, ENCODING_ZSTD):
        raise WrongBytes(f"its encoding {encoding} is not known")
    iv = header[_HEAD.size :]
    try:
        body = _decrypted(_key(iv, domain), memoryview(data)[HEADER_BYTES:], header + digest)
    except InvalidTag:
        raise WrongBytes("its seal is broken") from None
    return Body(encoding, plain_bytes, body)


def domain_id_in(data: bytes) -> bytes:
    """The domain that the bytes of an object say they belong to; nothing of them is checked."""
    return data[_HEAD.size - 16 : _HEAD.size]


def _iv(head: bytes, digest: Digest, body: bytes, domain: Domain) -> bytes:
    hasher = blake3(b"seaglass object iv 1" + head + digest, key=domain.sealing_key)
    return hasher.update(body).digest(_IV_BYTES)


def _key(iv: bytes, domain: Domain) -> bytes:
    return blake3(b"seaglass object key 1" + iv, key=domain.sealing_key).digest()


def _encrypted(key: bytes, body: bytes, additional: bytes) -> bytes:
    if len(body) <= AT_ONCE_BYTES:
        return AESGCM(key).encrypt(_NONCE, body, additional)
    encryptor = Cipher(AES(key), GCM(_NONCE)).encryptor()
    encryptor.authenticate_additional_data(additional)
    parts = [encryptor.update(piece) for piece in _pieces(memoryview(body))]
    parts.append(encryptor.finalize() + encryptor.tag)
    return b"".join(parts)


def _decrypted(key: bytes, sealed: memoryview, additional: bytes) -> bytes:
    """Raises: InvalidTag"""
    if len(sealed) <= AT_ONCE_BYTES:
        return AESGCM(key).decrypt(_NONCE, sealed, additional)
    decryptor = Cipher(AES(key), GCM(_NONCE, bytes(sealed[-_TAG_BYTES:]))).decryptor()
    decryptor.authenticate_additional_data(additional)
    parts = [decryptor.update(piece) for piece in _pieces(sealed[:-_TAG_BYTES])]
    # Raises before anybody has seen a byte of them.
    parts.append(decryptor.finalize())
    return b"".join(parts)


def _pieces(data: memoryview) -> Iterator[memoryview]:
    for start in range(0, len(data), AT_ONCE_BYTES):
        yield data[start : start + AT_ONCE_BYTES]

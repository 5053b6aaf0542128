"""The local key ring and domains."""

from __future__ import annotations

import hashlib
import itertools
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from seaglass.base.clock import Clock, ManualClock, SystemClock
from seaglass.base.errors import Conflict, Corrupt, Invalid, NotFound, Unavailable
from seaglass.base.files import Files, LocalFiles
from seaglass.base.memory_files import MemoryFiles
from seaglass.base.rng import SeededRng, SystemRng
from seaglass.storage.keys.domain import Domain, Domains, domain_id_of
from seaglass.storage.keys.local import LocalKeyRing
from seaglass.storage.keys.record import encode_record
from seaglass.storage.keys.ring import AWS_OWNED_KEY
from seaglass.testkit.files import Fault, FaultyFiles, ForgetfulFiles

ROOT = Path("/data")
ARN = "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-1111-2222-333344445555"


def ring_in(files: Files, seed: int = 0, clock: Clock | None = None) -> LocalKeyRing:
    return LocalKeyRing(files, ROOT / "keys", clock or ManualClock(), SeededRng(seed))


def ring_with_key(files: Files, seed: int = 0) -> LocalKeyRing:
    ring = ring_in(files, seed)
    if not ring.has(ARN):
        ring.create(ARN)
    return ring


def domains_in(files: Files, seed: int = 0) -> Domains:
    return Domains(files, ROOT / "domains", ring_with_key(files, seed), SeededRng(seed + 100))


def test_a_ring_opens_what_it_wrapped() -> None:
    files = MemoryFiles()
    wrapped = ring_with_key(files).wrap(ARN, b"d" * 32)
    assert b"d" * 32 not in wrapped
    assert ring_in(files, 1).unwrap(ARN, wrapped) == b"d" * 32
    assert ring_in(files, 1).wrap(ARN, b"d" * 32) != wrapped


def test_a_ring_refuses_what_it_did_not_wrap_for_this_key() -> None:
    files = MemoryFiles()
    ring = ring_with_key(files)
    ring.create("another")
    wrapped = ring.wrap(ARN, b"d" * 32)
    other = ring.wrap("another", b"e" * 32)
    for wrong in (other, b"", wrapped[:-1], *(flipped(wrapped, i) for i in range(len(wrapped)))):
        with pytest.raises(Corrupt, match=ARN):
            ring.unwrap(ARN, wrong)


def test_a_missing_key_is_not_found_and_not_made_by_unwrap() -> None:
    files = MemoryFiles()
    with pytest.raises(
        NotFound, match="There is no key nobody: it is not in the key ring"
    ) as caught:
        ring_in(files).unwrap("nobody", b"")
    assert caught.value.kind == "key"
    assert not files.exists(ROOT / "keys")


def test_a_disabled_key_is_refused_until_enabled() -> None:
    ring = ring_with_key(MemoryFiles())
    wrapped = ring.wrap(ARN, b"d" * 32)
    ring.disable(ARN)
    for act in (lambda: ring.unwrap(ARN, wrapped), lambda: ring.wrap(ARN, b"")):
        with pytest.raises(Conflict, match=f"The key {ARN} is disabled") as caught:
            act()
        assert caught.value.kind == "key"
    ring.enable(ARN)
    assert ring.unwrap(ARN, wrapped) == b"d" * 32


def test_key_files_are_private(tmp_path: Path) -> None:
    ring = LocalKeyRing(LocalFiles(), tmp_path / "keys", SystemClock(), SystemRng())
    ring.wrap(AWS_OWNED_KEY, b"d" * 32)
    ring.rotate(AWS_OWNED_KEY)
    (file,) = (tmp_path / "keys").glob("*.json")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_a_domain_is_the_same_whenever_it_is_opened() -> None:
    files = MemoryFiles()
    made = domains_in(files).ensure(ARN)
    assert domains_in(files, 1).open(ARN) == made
    assert domains_in(files, 1).ensure(ARN) == made
    assert made.id == domain_id_of(ARN)
    other = domains_in(files).ensure(AWS_OWNED_KEY)
    secrets = [made.sealing_key, made.digest_key, made.log_key("g-1"), made.log_key("g-2")]
    secrets += [other.sealing_key, other.digest_key, other.log_key("g-1")]
    assert len(set(secrets)) == 7
    assert all(len(secret) == 32 for secret in secrets)


def test_a_domain_is_opened_once() -> None:
    files = MemoryFiles()
    domains = domains_in(files)
    domain = domains.ensure(ARN)
    ring_in(files).disable(ARN)
    assert domains.open(ARN) is domain
    with pytest.raises(Conflict, match="is disabled"):
        domains_in(files).open(ARN)


def test_a_domain_shows_no_keys() -> None:
    domain = domains_in(MemoryFiles()).ensure(ARN)
    assert repr(domain) == f"Domain(id={domain.id!r}, key_id={ARN!r})"


def test_a_domain_that_was_never_made_is_not_found() -> None:
    with pytest.raises(NotFound, match=f"nothing in this store is sealed under the key {ARN}"):
        domains_in(MemoryFiles()).open(ARN)


def test_of_two_processes_that_make_a_domain_one_wins() -> None:
    """The slower one has found no file, and then finds its own creation refused."""

    class SlowFiles(MemoryFiles):
        hidden = False

        def exists(self, path: Path) -> bool:
            return not self.hidden and super().exists(path)

        def create(self, path: Path, data: bytes, mode: int = 0o644) -> bool:
            self.hidden = False
            return super().create(path, data, mode)

    files = SlowFiles()
    first = domains_in(files, 0).ensure(ARN)
    slower = domains_in(files, 5)
    files.hidden = True
    assert slower.ensure(ARN) == first


@pytest.mark.parametrize("last", ["keys", "domains"])
def test_a_domain_rests_on_nothing_that_a_dead_process_left_unsynced(last: str) -> None:
    dead, disk = MemoryFiles(), ForgetfulFiles()
    domains_in(dead).ensure(ARN)
    for folder in ("keys", "domains")[: 1 + (last == "domains")]:
        (name,) = (one for one in dead.list(ROOT / folder) if one.endswith(".json"))
        disk.make_dir(ROOT / folder)
        disk.place(ROOT / folder / name, dead.read(ROOT / folder / name))
        if folder != last:
            disk.sync_folder(ROOT / folder)
    domain = domains_in(disk, 1).ensure(ARN)
    assert domains_in(disk.after_power_loss("lost"), 2).open(ARN) == domain


def test_every_flipped_byte_of_keys_and_domains_is_found() -> None:
    whole = MemoryFiles()
    domains_in(whole).ensure(ARN)
    paths = [
        *(ROOT / "keys" / n for n in whole.list(ROOT / "keys") if n.endswith(".json")),
        *(ROOT / "domains" / n for n in whole.list(ROOT / "domains")),
    ]
    assert len(paths) == 2
    for path in paths:
        original = whole.read(path)
        for index, flip in itertools.product(range(len(original)), (0x01, 0x20, 0xFF)):
            whole.write_atomic(path, flipped(original, index, flip))
            with pytest.raises(Corrupt) as caught:
                domains_in(whole, 1).open(ARN)
            assert caught.value.kind == "corrupt"
        whole.write_atomic(path, original)


def test_no_failure_leaves_a_domain_that_changes() -> None:
    for at in itertools.count(1):
        disk = ForgetfulFiles()
        ring_with_key(disk)
        files = FaultyFiles(disk, Fault(at, "before", forever=False))
        made: Domain | None = None
        try:
            made = domains_in(files).ensure(ARN)
        except Unavailable:
            pass
        for left in (disk, disk.after_power_loss("lost")):
            again = domains_in(left, 3).ensure(ARN)
            assert made is None or again == made
            assert domains_in(left, 4).open(ARN) == again
        if not files.failed:
            break


def test_a_rotated_key_opens_what_older_secrets_wrapped_and_wraps_with_the_newest() -> None:
    files = MemoryFiles()
    ring = ring_with_key(files)
    wrapped = [ring.wrap(ARN, b"d" * 32)]
    for versions in (2, 3):
        assert ring.rotate(ARN).versions == versions
        wrapped.append(ring.wrap(ARN, b"d" * 32))
    assert [int.from_bytes(one[1:5], "little") for one in wrapped] == [1, 2, 3]
    assert [ring_in(files, 9).unwrap(ARN, one) for one in wrapped] == [b"d" * 32] * 3


def test_a_rotation_wraps_the_data_key_anew_and_keeps_it() -> None:
    files = MemoryFiles()
    before = domains_in(files).ensure(ARN)
    (path,) = (ROOT / "domains" / name for name in files.list(ROOT / "domains"))
    bytes_before = files.read(path)
    ring_in(files).rotate(ARN)
    assert domains_in(files, 1).rewrap(ARN)
    assert files.read(path) != bytes_before
    assert domains_in(files, 2).open(ARN) == before
    assert not domains_in(files).rewrap(AWS_OWNED_KEY)


def test_no_failure_of_a_rotation_loses_the_data_key() -> None:
    for at in itertools.count(1):
        disk = ForgetfulFiles()
        made = domains_in(disk).ensure(ARN)
        files = FaultyFiles(disk, Fault(at, "before", forever=False))
        try:
            ring_in(files, 1).rotate(ARN)
            Domains(files, ROOT / "domains", ring_in(files, 2), SeededRng(3)).rewrap(ARN)
        except (Unavailable, NotFound):
            pass
        for left in (disk, disk.after_power_loss("lost"), disk.after_power_loss("torn")):
            assert domains_in(left, 4).open(ARN) == made
        if not files.failed:
            break


def test_a_key_that_is_to_be_deleted_is_refused_then_kept_or_gone() -> None:
    files, clock = MemoryFiles(), ManualClock()
    ring = ring_in(files, 0, clock)
    ring.create(ARN)
    wrapped = ring.wrap(ARN, b"d" * 32)
    day = 24 * 60 * 60
    for days in (6, 31):
        with pytest.raises(Invalid, match="from 7 to 30, not"):
            ring.schedule_deletion(ARN, days)
    info = ring.schedule_deletion(ARN, 7)
    assert info.state == "deleting"
    assert info.deletes_ms == int((clock.now() + 7 * day) * 1000)
    for refused in (ring.check, ring.rotate, ring.enable):
        with pytest.raises(Conflict, match="waits for its deletion"):
            refused(ARN)
    assert ring.cancel_deletion(ARN).state == "disabled"
    ring.enable(ARN)
    assert ring.unwrap(ARN, wrapped) == b"d" * 32
    ring.schedule_deletion(ARN, 7)
    clock.advance(7 * day)
    assert ring.list() == []
    with pytest.raises(NotFound, match="deleted as it was scheduled"):
        ring.unwrap(ARN, wrapped)
    assert not ring.has(ARN)
    ring.create(ARN)
    with pytest.raises(Corrupt):
        ring.unwrap(ARN, wrapped)


def test_the_owned_key_is_rotated_but_not_disabled_or_deleted() -> None:
    ring = ring_in(MemoryFiles())
    assert ring.has(AWS_OWNED_KEY)
    assert ring.list() == []
    ring.check(AWS_OWNED_KEY)
    wrapped = ring.wrap(AWS_OWNED_KEY, b"d" * 32)
    ring.rotate(AWS_OWNED_KEY)
    assert ring.unwrap(AWS_OWNED_KEY, wrapped) == b"d" * 32
    for refused in (ring.disable, lambda key: ring.schedule_deletion(key, 7)):
        with pytest.raises(Invalid, match="not disabled or deleted"):
            refused(AWS_OWNED_KEY)


def test_a_key_is_made_once_and_only_under_a_fit_id() -> None:
    ring = ring_with_key(MemoryFiles())
    with pytest.raises(Conflict, match="There is a key"):
        ring.create(ARN)
    for unfit in ("", "a\nb", "x" * 1_025):
        with pytest.raises(Invalid, match="cannot be a key's id"):
            ring.create(unfit)


def test_keys_and_data_keys_of_the_first_format_are_read() -> None:
    files = MemoryFiles()
    name = hashlib.sha256(ARN.encode()).hexdigest()[:32]
    files.make_dir(ROOT / "keys")
    old = {"key_id": ARN, "state": "enabled", "secret": "11" * 32}
    files.write_atomic(ROOT / "keys" / f"{name}.json", encode_record(old))
    bound = b"seaglass wrapped key 1\0" + ARN.encode()
    sealed = AESGCM(b"\x11" * 32).encrypt(b"n" * 12, b"d" * 32, bound)
    ring = ring_in(files)
    assert ring.unwrap(ARN, b"\x01" + b"n" * 12 + sealed) == b"d" * 32
    assert ring.rotate(ARN).versions == 2
    assert ring.unwrap(ARN, b"\x01" + b"n" * 12 + sealed) == b"d" * 32


def flipped(data: bytes, index: int, flip: int = 0xFF) -> bytes:
    changed = bytearray(data)
    changed[index] ^= flip
    return bytes(changed)


def test_a_domain_that_is_adopted_is_durable_whoever_made_its_file() -> None:
    """Else a power loss takes it, and snapshots that were copied since are under no key."""
    source = domains_in(MemoryFiles())
    source.ensure(ARN)
    record = source.record(ARN)
    disk = ForgetfulFiles()
    target = domains_in(disk)
    disk.make_dir(ROOT / "domains")
    # The process that made it died before it had synced the folder.
    disk.create_unsynced(ROOT / "domains" / f"{domain_id_of(ARN).hex()}.json", record)
    target.adopt(ARN, record)
    assert domains_in(disk.after_power_loss("lost")).record(ARN) == record

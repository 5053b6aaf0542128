"""What every `ObjectStore` does: one suite for all of them.

A test module makes a subclass with a fixture `store` (empty).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seaglass.base.errors import NotFound, Unavailable

if TYPE_CHECKING:
    from seaglass.storage.objects.store import ObjectStore

A = "a" * 64
B = "b" * 64
FAR_FUTURE = 1e11


def allowed() -> None:
    """Nothing keeps it from deleting."""


class ObjectsContract:
    """Subclass it as `class TestX(ObjectsContract)`."""

    def test_what_was_put_is_there(self, store: ObjectStore) -> None:
        for data in (b"", b"x", bytes(100_000)):
            store.put(A, data)
            assert store.get(A) == data

    def test_what_was_not_put_is_not_found(self, store: ObjectStore) -> None:
        with pytest.raises(NotFound, match=f"object {A} is not in ") as caught:
            store.get(A)
        assert caught.value.kind == "object"
        assert not store.refresh(A)
        assert not store.delete(A)
        assert list(store.list()) == []

    def test_list_is_sorted_and_knows_sizes(self, store: ObjectStore) -> None:
        store.put(B, b"22")
        store.put(A, b"1")
        assert [(i.name, i.size_bytes) for i in store.list()] == [(A, 1), (B, 2)]

    def test_what_is_expected_is_there_as_before_or_is_not(self, store: ObjectStore) -> None:
        store.put(A, b"1")
        store.put_all([(B, b"22")])
        assert store.expect([A, B, A, "c" * 64]) > 0
        assert store.expect([]) == 0
        assert (store.get(A), store.get(B)) == (b"1", b"22")
        assert not store.refresh("c" * 64)

    def test_refresh_makes_an_object_younger(self, store: ObjectStore) -> None:
        store.put(A, b"1")
        (before,) = store.list()
        assert store.refresh(A)
        (after,) = store.list()
        assert after.modified >= before.modified
        assert store.get(A) == b"1"

    def test_refresh_all_makes_those_younger_that_are_there(self, store: ObjectStore) -> None:
        assert store.refresh_all([]) == []
        assert store.refresh_all([A, B]) == [False, False]
        store.put(B, b"2")
        (before,) = store.list()
        assert store.refresh_all([A, B]) == [False, True]
        (after,) = store.list()
        assert after.modified >= before.modified
        store.put(A, b"1")
        assert store.refresh_all([B, A, B]) == [True, True, True]

    def test_delete(self, store: ObjectStore) -> None:
        store.put(A, b"1")
        store.put(B, b"2")
        assert store.delete(A)
        assert [i.name for i in store.list()] == [B]
        store.sync()

    def test_delete_older_spares_what_is_younger(self, store: ObjectStore) -> None:
        store.put(A, b"1")
        store.put(B, b"2")
        assert store.delete_older([A, B], 0.0, allowed) == frozenset()
        assert store.delete_older([A, "c" * 64], FAR_FUTURE, allowed) == {A}
        assert [i.name for i in store.list()] == [B]
        assert not store.refresh(A)
        assert store.refresh(B)

    def test_delete_older_deletes_nothing_that_it_may_not(self, store: ObjectStore) -> None:
        def refused() -> None:
            raise Unavailable("storage", "refused")

        store.put(A, b"1")
        with pytest.raises(Unavailable, match="refused"):
            store.delete_older([A], FAR_FUTURE, refused)
        assert store.refresh(A)

    def test_sync_may_be_repeated(self, store: ObjectStore) -> None:
        store.sync()
        store.put(A, b"1")
        store.put(B, b"1")
        store.sync()
        store.sync()
        assert store.remove_leftovers(0.0) == 0

"""What every implementation of `Files` does: one suite for all of them.

A test module makes a subclass with two fixtures, `files` and `root` (a folder that exists).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seaglass.base.errors import Conflict, NotFound, SeaglassError

if TYPE_CHECKING:
    from pathlib import Path

    from seaglass.base.files import Files


class FilesContract:
    """Subclass it as `class TestX(FilesContract)`."""

    def test_a_written_file_reads_back(self, files: Files, root: Path) -> None:
        for write in (files.place, files.write_atomic):
            for data in (b"", b"one", bytes(range(256)) * 1000):
                write(root / "a", data)
                assert files.read(root / "a") == data
                assert files.stat(root / "a").size_bytes == len(data)

    def test_a_range_stops_at_the_end(self, files: Files, root: Path) -> None:
        files.write_atomic(root / "a", b"0123456789")
        assert not any(files.read_ahead(root / name) for name in ("missing", "a/below"))
        files.read_ahead(root / "a")
        assert files.read_range(root / "a", 3, 4) == b"3456"
        assert files.read_range(root / "a", 8, 4) == b"89"
        assert files.read_range(root / "a", 12, 4) == b""

    def test_what_is_written_over_ends_there(self, files: Files, root: Path) -> None:
        file = files.open_append(root / "log")
        file.write(b"0123456789")
        file.lay_out(5)
        file.close()
        files.write_over(root / "log", b"0123")
        assert files.read(root / "log") == b"0123"
        assert files.list(root) == ("log",)
        with pytest.raises(NotFound):
            files.write_over(root / "missing", b"")

    def test_create_writes_once(self, files: Files, root: Path) -> None:
        assert files.create(root / "a", b"first")
        assert not files.create(root / "a", b"second")
        assert files.read(root / "a") == b"first"
        assert files.list(root) == ("a",)

    def test_appending_goes_on_at_the_end(self, files: Files, root: Path) -> None:
        for data in (b"one", b"two"):
            file = files.open_append(root / "log")
            file.write(data)
            file.sync()
            file.close()
            file.close()
        assert files.read(root / "log") == b"onetwo"

    def test_truncate_cuts_the_end(self, files: Files, root: Path) -> None:
        file = files.open_append(root / "log")
        file.write(b"0123456789")
        file.truncate(4)
        file.write(b"x")
        file.sync()
        file.close()
        assert files.read(root / "log") == b"0123x"

    def test_what_is_laid_out_reads_as_zeros_until_it_is_written(
        self, files: Files, root: Path
    ) -> None:
        file = files.open_append(root / "log")
        file.write(b"one")
        file.lay_out(6)
        assert files.read(root / "log") == b"one\0\0\0\0\0\0"
        file.write(b"two")
        file.sync()
        assert files.read(root / "log") == b"onetwo\0\0\0"
        assert files.read_range(root / "log", 4, 4) == b"wo\0\0"
        assert files.read_range(root / "log", 7, 9) == b"\0\0"
        assert files.read_range(root / "log", 9, 9) == b""
        assert files.stat(root / "log").size_bytes == 9
        file.write(b"threes")
        assert files.read(root / "log") == b"onetwothrees"
        file.lay_out(2)
        file.close()
        file = files.open_append(root / "log")
        file.write(b"x")
        file.close()
        assert files.read(root / "log") == b"onetwothrees\0\0x"

    def test_truncate_cuts_what_is_laid_out(self, files: Files, root: Path) -> None:
        file = files.open_append(root / "log")
        file.write(b"one")
        file.lay_out(6)
        file.truncate(5)
        assert files.read(root / "log") == b"one\0\0"
        file.truncate(3)
        file.sync()
        file.write(b"x")
        file.close()
        assert files.read(root / "log") == b"onex"

    def test_list_is_sorted_and_shows_folders(self, files: Files, root: Path) -> None:
        files.make_dir(root / "b" / "deep")
        files.write_atomic(root / "c", b"")
        files.write_atomic(root / "a", b"")
        assert files.list(root) == ("a", "b", "c")
        assert files.list_temporary(root) == ()

    def test_make_dir_may_be_repeated(self, files: Files, root: Path) -> None:
        files.make_dir(root / "a" / "b")
        files.make_dir(root / "a" / "b")
        assert files.exists(root / "a" / "b")

    def test_place_all(self, files: Files, root: Path) -> None:
        files.make_dir(root / "b")
        files.write_atomic(root / "a", b"old")
        files.place_all([(root / "a", b"new"), (root / "b" / "c", bytes(100_000))])
        files.place_all([])
        assert files.read(root / "a") == b"new"
        assert files.read(root / "b" / "c") == bytes(100_000)
        assert files.list_temporary(root) == ()

    def test_place_all_leaves_nothing_half_done(self, files: Files, root: Path) -> None:
        with pytest.raises(NotFound, match=r"cannot write .*missing/b"):
            files.place_all([(root / "a", b"x"), (root / "missing" / "b", b"x")])
        assert files.list(root) in ((), ("a",))
        assert files.list_temporary(root) == ()

    def test_a_staged_file_has_its_name_when_it_is_given(self, files: Files, root: Path) -> None:
        files.write_atomic(root / "a", b"old")
        placed, created = files.stage(root / "a", b"new"), files.stage(root / "b", b"x")
        assert files.read(root / "a") == b"old"
        assert files.list(root) == ("a",)
        placed.place()
        assert created.create()
        files.sync_folders([root])
        assert files.read(root / "a") == b"new"
        assert files.read(root / "b") == b"x"
        for staged in (placed, created):
            staged.drop()
        assert files.list(root) == ("a", "b")
        assert files.list_temporary(root) == ()

    def test_a_staged_file_leaves_a_taken_name_alone(self, files: Files, root: Path) -> None:
        staged = files.stage(root / "a", b"new")
        files.write_atomic(root / "a", b"old")
        assert not staged.create()
        assert files.read(root / "a") == b"old"
        assert files.list_temporary(root) == ()

    def test_a_staged_file_that_is_dropped_leaves_nothing(self, files: Files, root: Path) -> None:
        staged = files.stage(root / "a", b"new")
        staged.drop()
        staged.drop()
        assert files.list(root) == files.list_temporary(root) == ()

    def test_a_staged_file_needs_its_folder(self, files: Files, root: Path) -> None:
        with pytest.raises(NotFound, match=r"cannot write .*missing/b"):
            files.stage(root / "missing" / "b", b"x")

    def test_sync_folders(self, files: Files, root: Path) -> None:
        files.make_dir(root / "b")
        files.place(root / "b" / "c", b"x")
        files.sync_folders([root, root / "b"])
        files.sync_folders([])
        with pytest.raises(NotFound, match="missing"):
            files.sync_folders([root, root / "missing"])

    def test_more_may_be_asked_for_after_close(self, files: Files, root: Path) -> None:
        for number in range(2):
            files.place_all([(root / "a", b"%d" % number), (root / "b", b"x")])
            files.close()
            files.close()
        assert files.read(root / "a") == b"1"

    def test_place_dir_may_be_repeated(self, files: Files, root: Path) -> None:
        files.place_dir(root / "a")
        files.place_dir(root / "a")
        files.write_atomic(root / "a" / "b", b"x")
        assert files.list(root) == ("a",)

    def test_place_dir_makes_no_parents(self, files: Files, root: Path) -> None:
        with pytest.raises(SeaglassError):
            files.place_dir(root / "a" / "b")
        assert files.list(root) == ()

    def test_a_folder_cannot_take_the_place_of_a_file(self, files: Files, root: Path) -> None:
        files.write_atomic(root / "a", b"")
        with pytest.raises(SeaglassError):
            files.make_dir(root / "a")
        with pytest.raises(SeaglassError):
            files.place_dir(root / "a")

    def test_remove(self, files: Files, root: Path) -> None:
        files.write_atomic(root / "a", b"")
        files.remove(root / "a")
        files.sync_folder(root)
        assert not files.exists(root / "a")

    def test_remove_tree(self, files: Files, root: Path) -> None:
        files.make_dir(root / "a" / "b")
        files.write_atomic(root / "a" / "b" / "c", b"")
        files.remove_tree(root / "a")
        assert files.list(root) == ()

    def test_a_file_that_takes_a_name_has_another_number(self, files: Files, root: Path) -> None:
        path = root / "x"
        files.write_atomic(path, b"1")
        before = files.stat(path)
        assert files.stat(path) == before
        files.write_atomic(path, b"2")
        assert files.stat(path).number != before.number

    def test_rename_replaces(self, files: Files, root: Path) -> None:
        files.write_atomic(root / "a", b"new")
        files.write_atomic(root / "b", b"old")
        files.rename(root / "a", root / "b")
        assert files.list(root) == ("b",)
        assert files.read(root / "b") == b"new"

    def test_rename_moves_a_folder_with_its_files(self, files: Files, root: Path) -> None:
        files.make_dir(root / "a" / "b")
        files.write_atomic(root / "a" / "b" / "c", b"x")
        files.rename(root / "a", root / "z")
        assert files.list(root) == ("z",)
        assert files.read(root / "z" / "b" / "c") == b"x"

    def test_touch_makes_a_file_younger(self, files: Files, root: Path) -> None:
        files.write_atomic(root / "a", b"")
        before = files.stat(root / "a").modified
        assert files.touch(root / "a")
        assert files.stat(root / "a").modified >= before
        assert not files.touch(root / "b")

    def test_a_lock_is_exclusive_until_released(self, files: Files, root: Path) -> None:
        held = files.lock(root / "lock")
        with pytest.raises(Conflict, match="is open in this process") as caught:
            files.lock(root / "lock")
        assert caught.value.kind == "state"
        held.release()
        again = files.lock(root / "lock")
        held.release()  # must not open what someone else holds
        with pytest.raises(Conflict):
            files.lock(root / "lock")
        again.release()

    def test_a_folder_that_is_missing_is_named(self, files: Files, root: Path) -> None:
        with pytest.raises(NotFound, match=r"/none does not exist"):
            files.write_atomic(root / "none" / "a", b"x")

    def test_what_is_missing_is_not_found(self, files: Files, root: Path) -> None:
        missing = root / "missing"
        for act in (
            lambda: files.read(missing),
            lambda: files.read_range(missing, 0, 1),
            lambda: files.stat(missing),
            lambda: files.remove(missing),
            lambda: files.remove_tree(missing),
            lambda: files.list(missing),
            lambda: files.sync_folder(missing),
            lambda: files.rename(missing, root / "x"),
            lambda: files.place(missing / "a", b""),
            lambda: files.create(missing / "a", b""),
            lambda: files.open_append(missing / "a"),
            lambda: files.lock(missing / "a"),
        ):
            with pytest.raises(NotFound, match="does not exist") as caught:
                act()
            assert caught.value.kind == "object"
        assert not files.exists(missing)

"""`docs/compatibility.md` says what is so: it is made anew from a walk through a real server, and compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.compatibility import DOCUMENT, note_of, seen, written
from tests.conformance.decisions import DECISIONS, ERRORS, NOTES
from tests.conformance.judge import MODEL

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def document() -> str:
    return written(seen())


def test_the_file_is_what_the_server_does(document: str) -> None:
    assert DOCUMENT.read_text() == document, "run `make compatibility`"


def test_every_member_is_seen_or_explained(document: str) -> None:
    assert "NOT SEEN" not in document


def test_decisions_name_tests_that_exist() -> None:
    assert all((ROOT / decision.shown_by).exists() for decision in DECISIONS)


def test_notes_are_on_what_exists() -> None:
    names = MODEL.operation_names
    for operation, path in NOTES:
        assert operation in ("*", *names)
        owners = names if operation == "*" else [operation]
        name, _, direction = path.partition(" ")
        assert any(_has(owner, name) for owner in owners), (operation, path)
        assert note_of(owners[0], name, direction) or operation == "*"
    assert set(ERRORS) <= {shape.name for shape in MODEL.error_shapes}


def _has(operation: str, member: str) -> bool:
    model = MODEL.operation_model(operation)
    shapes = [shape for shape in (model.input_shape, model.output_shape) if shape is not None]
    return any(member.split(".", 1)[0] in shape.members for shape in shapes)

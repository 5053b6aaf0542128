"""What is wrong with the data of an import: told with file and line, in the service's words.

Above: everything that parses. Below: base/errors. The texts are those that Amazon documents,
misspellings included, because clients look for them; texts that it does not have are in its manner.

Invariants: a message is one line; it shows at most SHOWN_CHARS of what the file has.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from seaglass.base.errors import Invalid

SHOWN_CHARS = 200
# Errors that are told one by one; more are only counted.
_DETAILS_MAX = 10


class ErrorClass(StrEnum):
    """The service's classes of errors."""

    S3_ACCESS_DENIED = "S3_ACCESS_DENIED"
    LARGE_STRING_ERROR = "LARGE_STRING_ERROR"
    PARSING_ERROR = "PARSING_ERROR"
    OUT_OF_MEMORY = "OUT_OF_MEMORY"


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong. Args: line: 1 is the first, the header; 0 where it is of no line"""

    kind: ErrorClass
    text: str
    file: str
    line: int

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{self.kind}: {self.text} ({where})"


class Rejected(Exception):
    """A file or a row cannot be taken."""

    def __init__(self, issue: Issue) -> None:
        super().__init__(str(issue))
        self.issue = issue


@dataclass(slots=True)
class Issues:
    """What was wrong so far. Args: fail_on_error: whether the first one ends the import"""

    fail_on_error: bool
    count: int = 0
    told: list[Issue] = field(default_factory=list)

    def add(self, issue: Issue) -> None:
        """Raises: Invalid(illegal_argument) when the import ends with the first."""
        self.count += 1
        if len(self.told) < _DETAILS_MAX:
            self.told.append(issue)
        if self.fail_on_error:
            raise Invalid("illegal_argument", str(issue))

    @property
    def details(self) -> str | None:
        """The first errors, one a line; None where there are none."""
        if not self.told:
            return None
        lines = [str(issue) for issue in self.told]
        if self.count > len(self.told):
            lines.append(f"and {self.count - len(self.told):,} more")
        return "\n".join(lines)


def shown(text: str) -> str:
    """A part of a file as a message shows it."""
    line = text.replace("\r", " ").replace("\n", " ")
    return line if len(line) <= SHOWN_CHARS else line[:SHOWN_CHARS] + "..."


def bad_header(text: str, file: str, line: str | None = None, advice: str = "") -> Rejected:
    """A header that cannot be read.

    Args: line: the header, where the text names it; advice: what to do, after the service's text
    """
    if line is not None:
        text = f"{text} when parsing line `[{shown(line)}]`."
    if advice:
        text = f"{text} {advice}"
    return Rejected(Issue(ErrorClass.PARSING_ERROR, text, file, 1))

"""Reads Gherkin feature files as far as the TCK uses them: scenarios, outlines with examples, backgrounds, tables."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class Step:
    text: str
    document: str = ""
    table: list[list[str]] = field(default_factory=list)


@dataclass
class Scenario:
    """`name` is unique within a file: an outline's examples are numbered."""

    name: str
    steps: list[Step]


_STEP = re.compile(r"\s*(Given|When|Then|And|But) (.*)")


def scenarios(path: Path) -> Iterator[Scenario]:
    """All scenarios of a file, outlines expanded."""
    background: list[Step] = []
    for title, name, steps, examples in _sections(path.read_text(encoding="utf-8").split("\n")):
        if title == "Background":
            background = steps
        elif not examples:
            yield Scenario(name, [*background, *steps])
        else:
            header, *rows = examples
            for number, row in enumerate(rows, 1):
                values = dict(zip(header, row, strict=True))
                yield Scenario(
                    f"{_fill(name, values)} #{number}",
                    [*background, *(_filled(step, values) for step in steps)],
                )


def _filled(step: Step, values: dict[str, str]) -> Step:
    table = [[_fill(cell, values) for cell in row] for row in step.table]
    return Step(_fill(step.text, values), _fill(step.document, values), table)


def _fill(text: str, values: dict[str, str]) -> str:
    for key, value in values.items():
        text = text.replace(f"<{key}>", value)
    return text


def _sections(lines: list[str]) -> Iterator[tuple[str, str, list[Step], list[list[str]]]]:
    """(kind, name, steps, examples) of each background, scenario and outline."""
    current: tuple[str, str, list[Step], list[list[str]]] | None = None
    in_examples = False
    place = 0
    while place < len(lines):
        line = lines[place].strip()
        place += 1
        heading = re.match(r"(Background|Scenario Outline|Scenario|Examples):\s*(.*)", line)
        step = _STEP.match(line)
        if heading and heading[1] == "Examples":
            in_examples = True
        elif heading:
            if current:
                yield current
            current = (heading[1], heading[2], [], [])
            in_examples = False
        elif step and current:
            current[2].append(Step(step[2].strip()))
        elif line == '"""' and current:
            document = []
            while lines[place].strip() != '"""':
                document.append(lines[place])
                place += 1
            place += 1
            current[2][-1].document = "\n".join(document)
        elif line.startswith("|") and current:
            row = _cells(line)
            (current[3] if in_examples else current[2][-1].table).append(row)
    if current:
        yield current


def _cells(line: str) -> list[str]:
    parts = re.split(r"(?<!\\)\|", line)[1:-1]
    return [part.strip().replace("\\|", "|").replace("\\\\", "\\") for part in parts]

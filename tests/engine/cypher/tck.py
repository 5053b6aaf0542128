"""The queries of the openCypher TCK, read from its feature files as they are.

Set SEAGLASS_TCK to the folder of the features; tests that need them are skipped where there is
none.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

FEATURES = Path(
    os.environ.get(
        "SEAGLASS_TCK",
        Path(__file__).resolve().parents[4] / "shared" / "tck" / "features",
    )
)

_SCENARIO = re.compile(r"^\s*Scenario(?: Outline)?: ")
_QUERY = re.compile(r"(executed|executing (?:control )?query)\s*:\s*$")
_ERROR = re.compile(r"(?:a|an) (\w+) should be raised at (compile|any|runtime)(?: time)?: ?(\S*)")


@dataclass(frozen=True, slots=True)
class Case:
    """One query of a scenario; `refusal` is the detail of the compile-time error that it must give."""

    place: str
    text: str
    refusal: str | None


def cases() -> list[Case]:
    """Every query of every scenario, outlines expanded, without duplicates."""
    found: dict[tuple[str, str | None], Case] = {}
    for path in sorted(FEATURES.rglob("*.feature")):
        for scenario in _scenarios(path.read_text(encoding="utf-8")):
            for case in _queries(path.stem, scenario):
                found.setdefault((case.text, case.refusal), case)
    return list(found.values())


def _scenarios(text: str) -> list[list[str]]:
    groups: list[list[str]] = []
    for line in text.splitlines():
        if _SCENARIO.match(line):
            groups.append([])
        if groups:
            groups[-1].append(line)
    return groups


def _queries(feature: str, lines: list[str]) -> list[Case]:
    templates: list[tuple[str, bool]] = []
    error: str | None = None
    rows: list[dict[str, str]] = []
    place = 0
    while place < len(lines):
        line = lines[place]
        if heading := _QUERY.search(line):
            end = next(i for i in range(place + 2, len(lines)) if '"""' in lines[i])
            body = "\n".join(lines[place + 2 : end])
            templates.append((body, heading.group(1) == "executing query"))
            place = end
        elif (raised := _ERROR.search(line)) and raised.group(2) == "compile":
            error = raised.group(3) or raised.group(1)
        elif line.strip().startswith("Examples:"):
            rows.extend(_table(lines[place + 1 :]))
        place += 1
    title = f"{feature} {lines[0].strip()}"
    found: list[Case] = []
    for row in rows or [{}]:
        for template, is_main in templates:
            text = template
            for name, value in row.items():
                text = text.replace(f"<{name}>", value)
            found.append(Case(title, text, error if is_main else None))
    return found


def _table(lines: list[str]) -> list[dict[str, str]]:
    table: list[list[str]] = []
    for line in lines:
        stripped = line.strip()
        if stripped.startswith("|"):
            cells = re.split(r"(?<!\\)\|", stripped)[1:-1]
            table.append([cell.strip().replace("\\|", "|") for cell in cells])
        elif stripped and not stripped.startswith("#"):
            break
    return [dict(zip(table[0], row, strict=True)) for row in table[1:]] if table else []

"""What passes of the TCK: counts, and the file that records them.

Run as a program, it writes the file anew; with a part of a path as its argument it only tells of those feature files.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from seaglass.engine.exec.context import Options
from tests.engine.tck.feature import scenarios
from tests.engine.tck.runner import NotYet, Wrong, run_scenario

HOME = Path(os.environ.get("SEAGLASS_TCK", Path(__file__).parents[4] / "shared" / "tck"))
FEATURES = HOME / "features"
GRAPHS = HOME / "graphs"
DEFAULT = Options()
LEDGER = Path(__file__).with_name("ledger.txt")
DIFFERS = Path(__file__).with_name("differs.txt")


@dataclass
class Tally:
    """Of one feature file: scenarios that pass, that need what is missing, and that give a wrong answer."""

    passed: int = 0
    not_yet: int = 0
    wrong: list[tuple[str, str]] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)


def count_of(path: Path, graphs: Path, options: Options = DEFAULT) -> Tally:
    tally = Tally()
    for scenario in scenarios(path):
        try:
            run_scenario(scenario, graphs, options)
            tally.passed += 1
        except NotYet as error:
            tally.not_yet += 1
            tally.reasons[str(error)] += 1
        except Wrong as error:
            tally.wrong.append((scenario.name, str(error)))
    return tally


def tallies(text: str) -> dict[str, tuple[int, int]]:
    """The ledger: feature file -> (passed, not yet)."""
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            passed, not_yet, name = line.split(maxsplit=2)
            found[name] = (int(passed), int(not_yet))
    return found


def differs(name: str) -> dict[str, str]:
    """Scenarios of the file that differ by design: name -> reason."""
    found = {}
    for line in DIFFERS.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            feature, scenario, reason = (part.strip() for part in line.split(" | "))
            if feature == name:
                found[scenario] = reason
    return found


def main(part: str = "") -> None:
    """Prints what is wrong and what is missing most; writes the ledger if it looked at all files."""
    total = Tally()
    lines = ["# passed, not yet, feature file"]
    for path in sorted(FEATURES.rglob("*.feature")):
        name = path.relative_to(FEATURES).as_posix()
        if part not in name:
            continue
        tally = count_of(path, GRAPHS)
        lines.append(f"{tally.passed:4} {tally.not_yet:4} {name}")
        total.passed += tally.passed
        total.not_yet += tally.not_yet
        total.reasons.update(tally.reasons)
        total.wrong.extend((f"{name} | {scenario}", text) for scenario, text in tally.wrong)
    if not part:
        LEDGER.write_text("\n".join(lines) + "\n", encoding="utf-8")
    for scenario, text in total.wrong:
        sys.stdout.write(f"{scenario} | {text[:300]}\n")
    for reason, count in total.reasons.most_common(25):
        sys.stdout.write(f"{count:5} {reason}\n")
    sys.stdout.write(f"passed {total.passed}, not yet {total.not_yet}, wrong {len(total.wrong)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:2])

"""What does not pass of the TCK: each scenario, and the file that names it.

Run as a program, it writes the file anew; with a part of a path as its argument it only tells of those feature files,
and with `mixed`, `rows` or `http` as a second one it runs them in that way.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from seaglass.engine.exec.context import Options
from tests.engine.tck.feature import scenarios
from tests.engine.tck.local import LocalEngine
from tests.engine.tck.outcome import NotYet, Wrong
from tests.engine.tck.runner import run_scenario

if TYPE_CHECKING:
    from tests.engine.tck.outcome import Engine

HOME = Path(os.environ.get("SEAGLASS_TCK", Path(__file__).parents[4] / "shared" / "tck"))
FEATURES = HOME / "features"
GRAPHS = HOME / "graphs"
LEDGER = Path(__file__).with_name("ledger.txt")
DIFFERS = Path(__file__).with_name("differs.txt")
WAYS = {
    "typed": Options(),
    "mixed": Options(force_mixed=True),
    "rows": Options(frame_rows=1),
}


@dataclass
class Tally:
    """Of one feature file: how many scenarios it has, and, each with a reason, those that need what is missing and
    those that give a wrong answer.
    """

    scenarios: int = 0
    not_yet: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)


def tally_of(path: Path, engine: Engine) -> Tally:
    tally = Tally()
    seen: set[str] = set()
    for scenario in scenarios(path):
        assert scenario.name not in seen, f"two scenarios of {path} are called {scenario.name}"
        seen.add(scenario.name)
        tally.scenarios += 1
        try:
            run_scenario(scenario, GRAPHS, engine)
        except NotYet as error:
            tally.not_yet[scenario.name] = str(error)
        except Wrong as error:
            tally.wrong[scenario.name] = str(error)
    return tally


def recorded(path: Path) -> dict[str, dict[str, str]]:
    """A ledger: feature file -> scenario -> reason."""
    found: dict[str, dict[str, str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            feature, scenario, reason = (part.strip() for part in line.split(" | ", 2))
            found.setdefault(feature, {})[scenario] = reason
    return found


def features() -> list[str]:
    return sorted(path.relative_to(FEATURES).as_posix() for path in FEATURES.rglob("*.feature"))


def main(part: str = "", way: str = "typed") -> None:
    """Prints what is wrong and what is missing most; writes the ledger if it looked at all files in the plain way."""
    if way == "http":
        from tests.engine.tck.served import serving

        with serving() as engine:
            _tell(part, engine, write=False)
    else:
        _tell(part, LocalEngine(WAYS[way]), write=not part and way == "typed")


def _tell(part: str, engine: Engine, *, write: bool) -> None:
    count = 0
    wrong: list[str] = []
    lines: list[str] = []
    reasons: Counter[str] = Counter()
    for name in features():
        if part not in name:
            continue
        tally = tally_of(FEATURES / name, engine)
        count += tally.scenarios
        wrong += [f"{name} | {scenario} | {text[:300]}" for scenario, text in tally.wrong.items()]
        lines += [f"{name} | {scenario} | {text}" for scenario, text in tally.not_yet.items()]
        reasons.update(tally.not_yet.values())
    passed = count - len(wrong) - len(lines)
    if write:
        title = (
            f"# feature file | scenario | why it does not pass; {passed} of {count} scenarios do"
        )
        LEDGER.write_text("\n".join([title, *lines]) + "\n", encoding="utf-8")
    for line in wrong:
        sys.stdout.write(f"{line}\n")
    for reason, times in reasons.most_common(25):
        sys.stdout.write(f"{times:5} {reason}\n")
    sys.stdout.write(f"passed {passed}, not yet {len(lines)}, wrong {len(wrong)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:3])

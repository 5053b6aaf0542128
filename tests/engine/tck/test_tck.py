"""The openCypher TCK, read unmodified: every scenario that compiles gives the right answer.

`ledger.txt` says for each feature file how many scenarios pass and how many need what is not served yet; `differs.txt`
names scenarios where seaglass means something else, and why. Both must match what happens: a scenario that begins to
pass is written down (`python -m tests.engine.tck.ledger`), one that stops to pass is a failure.
"""

from __future__ import annotations

import pytest

from seaglass.engine.exec.context import Options
from tests.engine.tck.ledger import FEATURES, GRAPHS, LEDGER, count_of, differs, tallies

pytestmark = pytest.mark.skipif(not FEATURES.is_dir(), reason="the TCK is not on this machine")
RECORDED = tallies(LEDGER.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_feature(name: str) -> None:
    found = count_of(FEATURES / name, GRAPHS)
    expected_wrong = differs(name)
    assert {
        scenario: text for scenario, text in found.wrong if scenario not in expected_wrong
    } == {}
    assert expected_wrong.keys() <= {scenario for scenario, _ in found.wrong}, "no longer differs"
    assert (found.passed, found.not_yet) == RECORDED[name]


def test_every_feature_is_recorded() -> None:
    there = {path.relative_to(FEATURES).as_posix() for path in FEATURES.rglob("*.feature")}
    assert there == set(RECORDED)


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [Options(frame_rows=2), Options(force_mixed=True), Options(frame_rows=3, force_mixed=True)],
    ids=str,
)
@pytest.mark.parametrize("name", sorted(RECORDED))
def test_feature_in_other_configurations(name: str, options: Options) -> None:
    found = count_of(FEATURES / name, GRAPHS, options)
    assert {scenario for scenario, _ in found.wrong} == differs(name).keys()
    assert (found.passed, found.not_yet) == RECORDED[name]

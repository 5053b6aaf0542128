"""The openCypher TCK, read unmodified: every scenario passes, or stands in the ledger with the reason.

`ledger.txt` names each scenario that needs what is not served yet (`python -m tests.engine.tck.ledger` writes it);
`differs.txt` names scenarios where seaglass means something else, and why. Both must match what happens: a scenario that
begins to pass is taken out, one that stops to pass is a failure, and a wrong answer always is.
"""

from __future__ import annotations

import pytest

from tests.engine.tck.ledger import DIFFERS, FEATURES, LEDGER, WAYS, features, recorded, tally_of
from tests.engine.tck.local import LocalEngine

pytestmark = pytest.mark.skipif(not FEATURES.is_dir(), reason="the TCK is not on this machine")
NOT_YET = recorded(LEDGER)
DIFFERENT = recorded(DIFFERS)


@pytest.mark.parametrize(
    "way",
    [pytest.param(way, marks=() if way == "typed" else pytest.mark.slow, id=way) for way in WAYS],
)
@pytest.mark.parametrize("name", features())
def test_feature(name: str, way: str) -> None:
    found = tally_of(FEATURES / name, LocalEngine(WAYS[way]))
    different = DIFFERENT.get(name, {}).keys()
    assert {
        scenario: text for scenario, text in found.wrong.items() if scenario not in different
    } == {}
    assert different <= found.wrong.keys(), "no longer differs"
    assert found.not_yet.keys() == NOT_YET.get(name, {}).keys()


def test_ledgers_name_feature_files() -> None:
    assert NOT_YET.keys() | DIFFERENT.keys() <= set(features())


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_through_the_server() -> None:
    """The same scenarios by HTTP, but for those that need a procedure of their own."""
    from tests.engine.tck.served import NO_PROCEDURES, serving

    wrong: dict[str, str] = {}
    not_yet: dict[str, set[str]] = {}
    with serving() as engine:
        for name in features():
            found = tally_of(FEATURES / name, engine)
            wrong |= {
                f"{name} | {scenario}": text
                for scenario, text in found.wrong.items()
                if scenario not in DIFFERENT.get(name, {})
            }
            missing = {
                scenario for scenario, text in found.not_yet.items() if text != NO_PROCEDURES
            }
            if missing:
                not_yet[name] = missing
    assert wrong == {}
    assert not_yet == {name: set(scenarios) for name, scenarios in NOT_YET.items()}

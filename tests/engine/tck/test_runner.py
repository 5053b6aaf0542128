"""The harness itself: it reads features as they are written, and sees every kind of wrong answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seaglass.engine.exec.context import Options
from tests.engine.tck.feature import scenarios
from tests.engine.tck.local import LocalEngine
from tests.engine.tck.outcome import NotYet, Wrong
from tests.engine.tck.runner import run_scenario

if TYPE_CHECKING:
    from pathlib import Path

RIGHT = '''
Feature: F

  Background:
    Given any graph

  Scenario Outline: [1] Of <what>
    And having executed:
      """
      CREATE (:A {x: <value>})
      """
    And parameters are:
      | by | 2 |
    And there exists a procedure test.times(x :: INTEGER?) :: (y :: INTEGER?):
      | x | y  |
      | 3 | 30 |
      | 4 | 40 |
    When executing query:
      """
      MATCH (n:A) CALL test.times(n.x) YIELD y SET n.z = $by REMOVE n:A RETURN n, y
      """
    Then the result should be, in any order:
      | n                    | y   |
      | ({x: <value>, z: 2}) | <y> |
    And the side effects should be:
      | -labels     | 1 |
      | +properties | 1 |

    Examples:
      | what  | value | y  |
      | three | 3     | 30 |
      | four  | 4     | 40 |
'''


def run(text: str, folder: Path) -> list[str]:
    """The names of the scenarios, each of which passed."""
    feature = folder / "F.feature"
    feature.write_text(text, encoding="utf-8")
    names = []
    for scenario in scenarios(feature):
        run_scenario(scenario, folder, LocalEngine(Options()))
        names.append(scenario.name)
    return names


def query(text: str, *steps: str) -> str:
    lines = [
        "Feature: F",
        "  Scenario: S",
        "    When executing query:",
        '      """',
        text,
        '      """',
    ]
    return "\n".join([*lines, *steps])


def test_all_steps(tmp_path: Path) -> None:
    assert run(RIGHT, tmp_path) == ["[1] Of three #1", "[1] Of four #2"]


@pytest.mark.parametrize(
    ("part", "instead", "message"),
    [
        ("| <y> |", "| 5   |", "got"),
        ("| n                    | y   |", "| n                    | z   |", "columns"),
        ("z: 2", "z: 2.0", "got"),
        ("| -labels     | 1 |", "| -labels     | 2 |", "side effects"),
        ("| +properties | 1 |", "| +nodes      | 1 |", "side effects"),
        ("CREATE (:A", "CREAT (:A", "set-up failed"),
        ("RETURN n, y", "RETURN n, y LIMIT 0", "rows"),
        ("RETURN n, y", "RETURN n, y, 1 + true", "unexpected error"),
    ],
)
def test_wrong_answers(tmp_path: Path, part: str, instead: str, message: str) -> None:
    assert part in RIGHT
    with pytest.raises(Wrong, match=message):
        run(RIGHT.replace(part, instead), tmp_path)


def test_order_counts_where_the_step_says_so(tmp_path: Path) -> None:
    unwind = "UNWIND [2, 1] AS x RETURN x, [x, 0] AS y"
    table = ("| x | y |", "| 1 | [0, 1] |", "| 2 | [2, 0] |")
    loose = "Then the result should be{} (ignoring element order for lists):"
    assert run(query(unwind, loose.format(", in any order"), *table), tmp_path) == ["S"]
    with pytest.raises(Wrong):
        run(query(unwind, loose.format(", in order"), *table), tmp_path)
    with pytest.raises(Wrong):
        run(query(unwind, "Then the result should be, in any order:", *table), tmp_path)


@pytest.mark.parametrize(
    ("text", "step", "passes"),
    [
        ("RETURN x", "a SyntaxError should be raised at compile time: UndefinedVariable", True),
        ("RETURN x", "a SyntaxError should be raised at compile time: VariableAlreadyBound", False),
        ("RETURN x", "a TypeError should be raised at compile time: UndefinedVariable", False),
        ("RETURN x", "a SyntaxError should be raised at runtime: UndefinedVariable", False),
        ("RETURN [1]['x']", "a TypeError should be raised at any time: *", True),
        ("RETURN [1]['x']", "a SyntaxError should be raised at any time: *", False),
        ("RETURN 1", "a SyntaxError should be raised at any time: *", False),
        (
            "RETURN $x",
            "a ParameterMissing should be raised at compile time: MissingParameter",
            True,
        ),
        ("RETURN 1 AS x", "the result should be empty", False),
    ],
)
def test_errors(tmp_path: Path, text: str, step: str, passes: bool) -> None:
    feature = query(text, f"Then {step}")
    if passes:
        run(feature, tmp_path)
    else:
        with pytest.raises(Wrong):
            run(feature, tmp_path)


def test_what_is_not_served_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(NotYet, match="LOAD CSV is not supported yet"):
        run(query("LOAD CSV FROM 'x' AS row RETURN row", "Then no side effects"), tmp_path)


def test_an_unknown_step_is_no_step(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="no such step"):
        run(query("RETURN 1", "Then all is well"), tmp_path)

"""docs/algorithms.md has one line for each algorithm, as it is declared.

`python -m tests.engine.algo.test_documentation` prints the lines.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from seaglass.engine.cypher.logical.procedures import Type
from seaglass.engine.cypher.semantics.algorithms import ALGORITHMS

if TYPE_CHECKING:
    from seaglass.engine.cypher.logical.procedures import Procedure
    from seaglass.engine.values.options import Option

PAGE = Path(__file__).parents[3] / "docs" / "algorithms.md"
HEAD = ("| Procedure | Nodes | Results | Options |", "| --- | --- | --- | --- |")


def told(option: Option) -> str:
    """An option with its default."""
    if option.required:
        return f"`{option.key}` *required*"
    if option.default is None:
        return f"`{option.key}`"
    default = str(option.default)
    return f"`{option.key}` {default.lower() if isinstance(option.default, bool) else default}"


def line(procedure: Procedure) -> str:
    """The line of an algorithm."""
    name = procedure.name.removeprefix("neptune.algo.")
    nodes = [f"`{field.name}`" for field in procedure.arguments if field.type is Type.NODES]
    results = [f"`{field.name}`" for field in procedure.results]
    options = list(map(told, procedure.options or ()))
    parts = [f"`{name}`", *(", ".join(part) for part in (nodes, results, options))]
    return f"| {' | '.join(parts)} |".replace("|  |", "| |")


def lines() -> list[str]:
    return [*HEAD, *map(line, ALGORITHMS)]


def test_the_page_has_a_line_for_each_algorithm() -> None:
    page = PAGE.read_text(encoding="utf-8").splitlines()
    begin = page.index(HEAD[0])
    end = page.index("", begin)
    assert page[begin:end] == lines()


if __name__ == "__main__":
    print("\n".join(lines()))

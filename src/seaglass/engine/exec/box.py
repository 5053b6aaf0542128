"""Tables drawn with box characters, in the layout of Neptune's explain.

Above: `explain`. Below: nothing. A cell is one or more lines; columns are as wide as their widest
line; all text stands at the left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    Cell = Sequence[str]


def draw(titles: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """The table with its frame, a line break after each line.

    Args: rows: each of `len(titles)` cells of at least one line, without control characters
    """
    heads: Sequence[Cell] = [(title,) for title in titles]
    widths = [
        max(len(line) for row in (heads, *rows) for line in row[column])
        for column in range(len(titles))
    ]
    lines = [_rule("╔═╤╗", widths), *_lines(heads, widths), _rule("╠═╪╣", widths)]
    for number, row in enumerate(rows):
        if number:
            lines.append(_rule("╟─┼╢", widths))
        lines += _lines(row, widths)
    lines.append(_rule("╚═╧╝", widths))
    return "\n".join(lines) + "\n"


def _rule(parts: str, widths: Sequence[int]) -> str:
    left, line, cross, right = tuple(parts)
    return left + cross.join([line * (width + 2) for width in widths]) + right


def _lines(row: Sequence[Cell], widths: Sequence[int]) -> list[str]:
    lines = []
    for number in range(max(map(len, row))):
        texts = [cell[number] if number < len(cell) else "" for cell in row]
        padded = [f" {text:<{width}} " for text, width in zip(texts, widths, strict=True)]
        lines.append("║" + "│".join(padded) + "║")
    return lines

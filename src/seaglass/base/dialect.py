"""Which openCypher a graph speaks: a choice of whoever opens it.

Above: command line, server, engine. Below: nothing. `docs/opencypher.md` lists the differences.
"""

from __future__ import annotations

from enum import StrEnum


class Dialect(StrEnum):
    """`opencypher`: openCypher as its TCK tests it, and all that Neptune accepts besides.
    `neptune`: refuses what Neptune Analytics refuses and does what it does differently.
    """

    OPENCYPHER = "opencypher"
    NEPTUNE = "neptune"

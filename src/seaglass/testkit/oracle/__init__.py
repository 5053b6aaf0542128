"""The oracle: an interpreter of syntax trees that is slow, plain, and shares no code with the executor.

Above: tests that compare it with the engine. Below: `engine/cypher/syntax` (it interprets what the
parser gives), `engine/values/types` and the global order of values, which both take from
openCypher's text.

    graph         nodes and relationships as dicts
    values        equality, comparison and arithmetic of two values
    temporal      dates, times and durations
    functions     functions of values, and aggregates
    expressions   an expression in a row
    patterns      the rows that a pattern adds to a row
    queries       clause after clause, all rows at once in memory
    writes        what CREATE, MERGE, SET, REMOVE and DELETE do to the graph
"""

from seaglass.testkit.oracle.graph import PlainGraph
from seaglass.testkit.oracle.queries import Answer, answer
from seaglass.testkit.oracle.values import TooMany, Wrong

__all__ = ["Answer", "PlainGraph", "TooMany", "Wrong", "answer"]

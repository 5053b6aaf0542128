"""The table of functions: names, argument counts, and what is known of arguments and results.

Above: the binder; `exec/expressions/functions.py` has a body for each of `SIGNATURES`, and a test
compares the two.
Below: `kinds`. Names are found without regard to case and bound in the spelling written here.
"""

from __future__ import annotations

from dataclasses import dataclass

from seaglass.engine.cypher.semantics.kinds import ENTITIES, Kind

_ANYTHING: frozenset[Kind] = frozenset()
_NODE = frozenset({Kind.NODE})
_EDGE = frozenset({Kind.EDGE})
_LIST = frozenset({Kind.LIST})
_PATH = frozenset({Kind.PATH})
_MAP = frozenset({Kind.MAP})
_MAPPING = ENTITIES | {Kind.MAP}
_SIZED = frozenset({Kind.LIST, Kind.STRING})


@dataclass(frozen=True, slots=True)
class Signature:
    """`arguments_max` None: any number. `first`: kinds that the first argument may have; empty:
    all.
    """

    name: str
    arguments_min: int
    arguments_max: int | None
    first: frozenset[Kind]
    result: Kind


# The functions that make temporal instants; each has the same kin.
TEMPORAL_INSTANTS = ("date", "datetime", "localdatetime", "localtime", "time")


def _temporal() -> tuple[Signature, ...]:
    kin = (("", 0, 1), (".realtime", 0, 1), (".statement", 0, 1), (".transaction", 0, 1))
    return tuple(
        Signature(f"{name}{kind}", least, most, _ANYTHING, Kind.TEMPORAL)
        for name in TEMPORAL_INSTANTS
        for kind, least, most in (*kin, (".truncate", 1, 3))
    )


SIGNATURES: tuple[Signature, ...] = (
    *_temporal(),
    Signature("abs", 1, 1, _ANYTHING, Kind.NUMBER),
    Signature("acos", 1, 1, _ANYTHING, Kind.NUMBER),
    Signature("asin", 1, 1, _ANYTHING, Kind.NUMBER),
    Signature("atan", 1, 1, _ANYTHING, Kind.NUMBER),
    Signature("atan2", 2, 2, _ANYTHING, Kind.NUMBER),
    Signature("ceil", 1, 1, _ANYTHING, Kind.NUMBER),
    Signature("char_length", 1, 1, _ANYTHING, Kind.INT),
    Signature("coalesce", 1, None, _ANYTHING, Kind.ANY),
    Signature("collIntersection", 2, 2, _LIST, Kind.LIST),
    Signature("collSort", 1, 2, _LIST, Kind.LIST),
    Signature("collSortMaps", 2, 2, _LIST, Kind.LIST),
    Signature("collSortMulti", 2, 4, _LIST, Kind.LIST),
    Signature("collSortNodes", 2, 2, _LIST, Kind.LIST),
    Signature("collSubtract", 2, 2, _LIST, Kind.LIST),
    Signature("collToSet", 1, 1, _LIST, Kind.LIST),
    Signature("cos", 1, 1, _ANYTHING, Kind.NUMBER),
    Signature("cot", 1, 1, _ANYTHING, Kind.NUMBER),
    Signature("datetime.fromepoch", 2, 2, _ANYTHING, Kind.TEMPORAL),
    Signature("datetime.fromepochmillis", 1, 1, _ANYTHING, Kind.TEMPORAL),
    Signature("day", 1, 1, _ANYTHING, Kind.INT),
    Signature("degrees", 1, 1, _ANYTHING, Kind.NUMBER),
    Signature("duration", 1, 1, _ANYTHING, Kind.TEMPORAL),
    Signature("duration.between", 2, 2, _ANYTHING, Kind.TEMPORAL),
    Signature("duration.inDays", 2, 2, _ANYTHING, Kind.TEMPORAL),
    Signature("duration.inMonths", 2, 2, _ANYTHING, Kind.TEMPORAL),
    Signature("duration.inSeconds", 2, 2, _ANYTHING, Kind.TEMPORAL),
    Signature("e", 0, 0, _ANYTHING, Kind.FLOAT),
    Signature("endNode", 1, 1, _EDGE, Kind.NODE),
    Signature("epochMillis", 1, 1, _ANYTHING, Kind.INT),
    Signature("exists", 1, 1, _ANYTHING, Kind.BOOL),
    Signature("exp", 1, 1, _ANYTHING, Kind.NUMBER),
    Signature("floor", 1, 1, _ANYTHING, Kind.NUMBER),
    Signature("haversin", 1, 1, _ANYTHING, Kind.NUMBER),
    Signature("head", 1, 1, _LIST, Kind.ANY),
    Signature("id", 1, 1, ENTITIES, Kind.STRING),
    Signature("isEmpty", 1, 1, _SIZED | _MAP, Kind.BOOL),
    Signature("isNaN", 1, 1, _ANYTHING, Kind.BOOL),
    Signature("join", 2, 2, _LIST, Kind.STRING),
    Signature("keys", 1, 1, _MAPPING, Kind.LIST),
    Signature("labels", 1, 1, _NODE, Kind.LIST),
    Signature("last", 1, 1, _LIST, Kind.ANY),
    Signature("left", 2, 2, _ANYTHING, Kind.STRING),
    Signature("length", 1, 1, _PATH, Kind.INT),
    Signature("log", 1, 1, _ANYTHING, Kind.NUMBER),
    Signature("log10", 1, 1, _ANYTHING, Kind.NUMBER),
    Signature("lTrim", 1, 1, _ANYTHING, Kind.STRING),
    Signature("nodes", 1, 1, _PATH, Kind.LIST),
    Signature("month", 1, 1, _ANYTHING, Kind.INT),
    Signature("nullIf", 2, 2, _ANYTHING, Kind.ANY),
    Signature("pi", 0, 0, _ANYTHING, Kind.FLOAT),
    Signature("properties", 1, 1, _MAPPING, Kind.MAP),
    Signature("radians", 1, 1, _ANYTHING, Kind.NUMBER),
    Signature("rand", 0, 0, _ANYTHING, Kind.FLOAT),
    Signature("randomUUID", 0, 0, _ANYTHING, Kind.STRING),
    Signature("range", 2, 3, _ANYTHING, Kind.LIST),
    Signature("relationships", 1, 1, _PATH, Kind.LIST),
    Signature("rels", 1, 1, _PATH, Kind.LIST),
    Signature("removeKeyFromMap", 2, 2, _MAP, Kind.MAP),
    Signature("replace", 3, 3, _ANYTHING, Kind.STRING),
    Signature("reverse", 1, 1, _SIZED, Kind.ANY),
    Signature("right", 2, 2, _ANYTHING, Kind.STRING),
    Signature("round", 1, 2, _ANYTHING, Kind.NUMBER),
    Signature("rTrim", 1, 1, _ANYTHING, Kind.STRING),
    Signature("sign", 1, 1, _ANYTHING, Kind.NUMBER),
    Signature("sin", 1, 1, _ANYTHING, Kind.NUMBER),
    Signature("size", 1, 1, _SIZED, Kind.INT),
    Signature("split", 2, 2, _ANYTHING, Kind.LIST),
    Signature("sqrt", 1, 1, _ANYTHING, Kind.NUMBER),
    Signature("startNode", 1, 1, _EDGE, Kind.NODE),
    Signature("substring", 2, 3, _ANYTHING, Kind.STRING),
    Signature("tail", 1, 1, _LIST, Kind.LIST),
    Signature("tan", 1, 1, _ANYTHING, Kind.NUMBER),
    Signature("textIndexOf", 2, 4, _ANYTHING, Kind.INT),
    Signature("timestamp", 0, 0, _ANYTHING, Kind.INT),
    Signature("toBoolean", 1, 1, _ANYTHING, Kind.BOOL),
    Signature("toBooleanList", 1, 1, _LIST, Kind.LIST),
    Signature("toBooleanOrNull", 1, 1, _ANYTHING, Kind.BOOL),
    Signature("toFloat", 1, 1, _ANYTHING, Kind.FLOAT),
    Signature("toFloatList", 1, 1, _LIST, Kind.LIST),
    Signature("toFloatOrNull", 1, 1, _ANYTHING, Kind.FLOAT),
    Signature("toInteger", 1, 1, _ANYTHING, Kind.INT),
    Signature("toIntegerList", 1, 1, _LIST, Kind.LIST),
    Signature("toIntegerOrNull", 1, 1, _ANYTHING, Kind.INT),
    Signature("toLower", 1, 1, _ANYTHING, Kind.STRING),
    Signature("toString", 1, 1, _ANYTHING, Kind.STRING),
    Signature("toStringList", 1, 1, _LIST, Kind.LIST),
    Signature("toStringOrNull", 1, 1, _ANYTHING, Kind.STRING),
    Signature("toUpper", 1, 1, _ANYTHING, Kind.STRING),
    Signature("trim", 1, 1, _ANYTHING, Kind.STRING),
    Signature("type", 1, 1, _EDGE, Kind.STRING),
    Signature("valueType", 1, 1, _ANYTHING, Kind.STRING),
    Signature("year", 1, 1, _ANYTHING, Kind.INT),
)

AGGREGATES: tuple[Signature, ...] = (
    Signature("avg", 1, 1, _ANYTHING, Kind.ANY),
    Signature("collect", 1, 1, _ANYTHING, Kind.LIST),
    Signature("count", 1, 1, _ANYTHING, Kind.INT),
    Signature("max", 1, 1, _ANYTHING, Kind.ANY),
    Signature("min", 1, 1, _ANYTHING, Kind.ANY),
    Signature("percentileCont", 2, 2, _ANYTHING, Kind.NUMBER),
    Signature("percentileDisc", 2, 2, _ANYTHING, Kind.NUMBER),
    Signature("stDev", 1, 1, _ANYTHING, Kind.NUMBER),
    Signature("stDevP", 1, 1, _ANYTHING, Kind.NUMBER),
    Signature("sum", 1, 1, _ANYTHING, Kind.ANY),
)

# Each call may give another value, so that a rule must not change how often one is made.
VOLATILE = frozenset({"rand", "randomUUID", *(f"{name}.realtime" for name in TEMPORAL_INSTANTS)})

# Functions of spatial types, in lower case, and why there are none.
SPATIAL = frozenset({"point", "distance"})
NOT_SPATIAL = "there are no spatial types, as in Neptune Analytics"
# First parts of names with dots that other engines know.
NOT_YET_NAMESPACES = frozenset({"vector", "neptune"})
NO_APOC = "there is no APOC, as in Neptune Analytics"

# Other names of the same functions, in lower case.
ALIASES = {
    "ceiling": "ceil",
    "character_length": "char_length",
    "elementid": "id",
    "lower": "toLower",
    "toset": "collToSet",
    "upper": "toUpper",
}

_BY_NAME = {signature.name.lower(): signature for signature in SIGNATURES}
_AGGREGATES_BY_NAME = {signature.name.lower(): signature for signature in AGGREGATES}
RESULTS = {signature.name: signature.result for signature in (*SIGNATURES, *AGGREGATES)}


def find(name: str) -> Signature | None:
    """The scalar function of this name."""
    lower = name.lower()
    return _BY_NAME.get(ALIASES.get(lower, lower).lower())


def find_aggregate(name: str) -> Signature | None:
    """The aggregate function of this name."""
    return _AGGREGATES_BY_NAME.get(name.lower())


def why_never(name: str) -> str | None:
    """Why there will be no such function; None for those of which nobody said so."""
    lower = name.lower()
    if lower.startswith("apoc."):
        return NO_APOC
    return NOT_SPATIAL if lower in SPATIAL or lower.startswith("point.") else None


def is_not_yet(name: str) -> bool:
    """Whether this names a known function that is not served yet."""
    return name.lower().partition(".")[0] in NOT_YET_NAMESPACES

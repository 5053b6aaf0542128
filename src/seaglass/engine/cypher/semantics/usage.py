"""How functions are written, and what to write instead of those of other languages; for messages.

Above: the binder of expressions. Below: the table of functions.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from seaglass.engine.cypher.semantics import functions
from seaglass.engine.cypher.semantics.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seaglass.engine.cypher.semantics.functions import Signature

# Names of arguments, in square brackets those that may be left out.
_ARGUMENTS = {
    "atan2": "y, x",
    "coalesce": "value, ...",
    "collIntersection": "list, list",
    "collSort": "list[, {order: 'desc'}]",
    "collSortMaps": "list, {key: 'name', order: 'desc'}",
    "collSortMulti": "list, [{key: 'name', order: 'desc'}][, limit[, skip]]",
    "collSortNodes": "list, {key: 'name', order: 'desc'}",
    "collSubtract": "list, list",
    "datetime.fromepoch": "seconds, nanoseconds",
    "datetime.fromepochmillis": "milliseconds",
    "duration.between": "from, to",
    "duration.inDays": "from, to",
    "duration.inMonths": "from, to",
    "duration.inSeconds": "from, to",
    "join": "list, separator",
    "left": "text, length",
    "nullIf": "value, value",
    "percentileCont": "value, fraction",
    "percentileDisc": "value, fraction",
    "range": "start, end[, step]",
    "removeKeyFromMap": "map, key",
    "replace": "text, search, replacement",
    "right": "text, length",
    "round": "number[, decimals]",
    "split": "text, separator",
    "substring": "text, start[, length]",
    "textIndexOf": "text, search[, from[, to]]",
    **dict.fromkeys(("toLower", "toUpper", "trim", "lTrim", "rTrim", "char_length"), "text"),
    **dict.fromkeys(("abs", "ceil", "floor", "sign", "sqrt", "log", "exp"), "number"),
}
# Functions of SQL, of other databases and of programming languages, in lower case.
_INSTEAD = {
    "apoc.coll.intersection": "write collIntersection(list, list)",
    "apoc.coll.sort": "write collSort(list)",
    "apoc.coll.sortmaps": "write collSortMaps(list, {key: 'name', order: 'desc'})",
    "apoc.coll.sortnodes": "write collSortNodes(list, {key: 'name', order: 'desc'})",
    "apoc.coll.subtract": "write collSubtract(list, list)",
    "apoc.coll.sum": "write `reduce(s = 0, x IN list | s + x)`",
    "apoc.coll.toset": "write collToSet(list)",
    "apoc.create.uuid": "write randomUUID()",
    "apoc.map.removekey": "write removeKeyFromMap(map, key)",
    "apoc.text.indexof": "write textIndexOf(text, search)",
    "apoc.text.join": "write join(list, separator)",
    "array_agg": "write collect(value)",
    "array_length": "write size(list)",
    "cast": "write toInteger(value), toFloat(value) or toString(value)",
    "charindex": "write textIndexOf(text, search)",
    "concat": "texts are joined by `+`",
    "contains": "write `text CONTAINS search`, or `value IN list`",
    "countdistinct": "write `count(DISTINCT value)`",
    "current_date": "write date()",
    "current_timestamp": "write datetime()",
    "date.today": "write date()",
    "date_trunc": "write date.truncate('month', value), or that of datetime",
    "datetime.now": "write datetime()",
    "decode": "write `CASE value WHEN 1 THEN 'a' ELSE 'b' END`",
    "degree": "write `COUNT { (n)--() }`",
    "endswith": "write `text ENDS WITH search`",
    "first": "write head(list)",
    "float": "write toFloat(value)",
    "getdate": "write datetime()",
    "greatest": "write `CASE WHEN a > b THEN a ELSE b END`",
    "group_concat": "write join(collect(text), ', ')",
    "if": "write `CASE WHEN condition THEN a ELSE b END`",
    "ifnull": "write coalesce(value, other)",
    "iif": "write `CASE WHEN condition THEN a ELSE b END`",
    "indexof": "write textIndexOf(text, search)",
    "instr": "write textIndexOf(text, search)",
    "int": "write toInteger(value)",
    "isnull": "write `value IS NULL`, or coalesce(value, other)",
    "lcase": "write toLower(text)",
    "least": "write `CASE WHEN a < b THEN a ELSE b END`",
    "len": "write size(list or text)",
    "listagg": "write join(collect(text), ', ')",
    "ln": "write log(number)",
    "match": "write `text =~ 'pattern'`",
    "mean": "write avg(number)",
    "median": "write percentileCont(number, 0.5)",
    "mod": "write `a % b`",
    "now": "write datetime()",
    "nvl": "write coalesce(value, other)",
    "pow": "write `a ^ b`",
    "power": "write `a ^ b`",
    "random": "write rand()",
    "startswith": "write `text STARTS WITH search`",
    "std": "write stDev(number)",
    "stddev": "write stDev(number)",
    "str": "write toString(value)",
    "string": "write toString(value)",
    "string_agg": "write join(collect(text), ', ')",
    "strlen": "write size(text)",
    "strpos": "write textIndexOf(text, search)",
    "substr": "write substring(text, start[, length]); the first character has the number 0",
    "ucase": "write toUpper(text)",
    "uniq": "write collToSet(list)",
    "unique": "write collToSet(list), or `DISTINCT`",
    "uuid": "write randomUUID()",
    "variance": "write `stDev(number) ^ 2`",
}
_CONSTANTS = ("null", "true", "false")
_NOTHING = ("none", "nil", "undefined")
# Procedures of other databases, by how their names begin.
_PROCEDURES = {
    "apoc.": functions.NO_APOC,
    "db.": "neptune.graph.pg_schema() gives labels, types and properties",
    "gds.": "algorithms are procedures such as neptune.algo.pageRank",
}
_OF_KINDS = {
    Kind.LIST: "list",
    Kind.STRING: "text",
    Kind.MAP: "map",
    Kind.NODE: "node",
    Kind.EDGE: "relationship",
    Kind.PATH: "path",
}


def usage(signature: Signature) -> str:
    """The call with names of arguments: `left(text, length)`."""
    name, most = signature.name, signature.arguments_max
    if name.endswith(".truncate"):
        return f"{name}(unit[, value[, {{day: 1}}]])"
    arguments = _ARGUMENTS.get(name)
    if arguments is None:
        kinds = " or ".join([_OF_KINDS[kind] for kind in _OF_KINDS if kind in signature.first])
        arguments = kinds or "value" if most else ""
        if arguments and signature.arguments_min == 0:
            arguments = f"[{arguments}]"
    return f"{name}({arguments})"


def count_complaint(signature: Signature, given: int) -> str:
    """What is wrong with a call of so many arguments; empty where nothing is."""
    least, most = signature.arguments_min, signature.arguments_max
    if given >= least and (most is None or given <= most):
        return ""
    ranged = f"at least {least}" if most is None else f"{least} to {most}"
    wanted = str(least) if least == most else ranged
    plural = "" if wanted in ("1", "at least 1") else "s"
    stand = "stands" if given == 1 else "stand"
    return (
        f"{signature.name}() takes {wanted} argument{plural}, but {given} {stand} here;"
        f" write {usage(signature)}"
    )


def instead_of(name: str) -> str:
    """What to write in the place of a function that there is not; empty where nothing is near."""
    lower = name.lower()
    fix = _INSTEAD.get(lower)
    if functions.why_never(name) is not None:
        return fix or ""
    if fix is None:
        # A method of a value: `n.name.contains('a')`.
        fix = _INSTEAD.get(lower.rpartition(".")[2])
    if fix is not None:
        return fix
    known = {
        signature.name.lower(): signature.name
        for signature in (*functions.SIGNATURES, *functions.AGGREGATES)
    }
    near = difflib.get_close_matches(name.lower(), known, 1)
    return f"did you mean {known[near[0]]}()?" if near else ""


def near_name(name: str, seen: Sequence[str]) -> str:
    """The variable that was meant, or the constant; empty where nothing is near."""
    near = difflib.get_close_matches(name, seen, 1)
    # Constants cannot be variables, so an unknown name may be one of them written wrong.
    near = near or difflib.get_close_matches(name.lower(), _CONSTANTS, 1, 0.75)
    return near[0] if near else "null" if name.lower() in _NOTHING else ""


def procedure_instead_of(name: str, known: Iterable[str]) -> str:
    """What to call in the place of a procedure that there is not; empty where nothing is near."""
    for begin, fix in _PROCEDURES.items():
        if name.startswith(begin):
            return fix
    near = difflib.get_close_matches(name, known, 1)
    return f"did you mean {near[0]}?" if near else ""

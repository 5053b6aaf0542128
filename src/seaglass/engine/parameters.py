"""Parameters of a query, from Python objects to Cypher values.

Above: live_graph. Below: engine/values.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from seaglass.base.errors import Invalid
from seaglass.base.limits import VALUE_DEPTH_MAX
from seaglass.engine.values.temporal import TEMPORAL_TYPES
from seaglass.engine.values.temporal_native import NATIVE, from_native
from seaglass.engine.values.types import INT_MAX, INT_MIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seaglass.engine.values.types import Value

_AS_THEY_ARE = frozenset({type(None), bool, float, str}) | TEMPORAL_TYPES
_ATOMS = _AS_THEY_ARE | {int}
_TEXT = frozenset({str})


def parameters_of(given: Mapping[str, object] | None) -> dict[str, Value]:
    """The parameters as values: tuples become lists, NumPy's scalars and arrays plain ones,
    those of Python's `datetime` temporal values.

    Raises: Invalid(illegal_argument) for what is no value, names the place
    """
    if not given:
        return {}
    if not hasattr(given, "items"):
        raise Invalid(
            "illegal_argument",
            f"The parameters are a {type(given).__name__}. Give a dict from names to values.",
        )
    values: dict[str, Value] = {}
    for name, value in given.items():
        if not isinstance(name, str):
            raise Invalid("illegal_argument", f"The parameter name {name!r} is not a text.")
        # What nearly all are, without a call: a look-up would feel it.
        if (isinstance(value, str) and type(value) is str and value.isascii()) or (
            isinstance(value, int) and type(value) is int and INT_MIN <= value <= INT_MAX
        ):
            values[name] = value
        else:
            values[name] = _value(value, f"${name}", 0)
    return values


def _value(given: Any, where: str, depth: int) -> Value:
    kind = type(given)
    if kind in _AS_THEY_ARE:
        if kind is str:
            _check_text(given, where)
        value: Value = given
        return value
    if kind is int:
        _check_integer(given, where)
        return int(given)
    if isinstance(given, NATIVE):
        return from_native(given)
    _check_depth(where, depth)
    if isinstance(given, list | tuple):
        return _values(list(given), where, depth + 1)
    if isinstance(given, dict):
        return {_key(key, where): _value(item, where, depth + 1) for key, item in given.items()}
    if getattr(getattr(given, "dtype", None), "kind", "") in ("m", "M"):
        raise Invalid(
            "illegal_argument",
            f"{where} holds a {given.dtype} of NumPy. Give Python's own dates, times and durations.",
        )
    # NumPy, pandas and Arrow; Polars. Arrays and series give lists, scalars plain numbers.
    listed = getattr(given, "tolist", None) or getattr(given, "to_list", None)
    if listed is not None:
        return _value(listed(), where, depth + 1)
    rows = " Give the rows of a frame as a list of dicts." if hasattr(given, "columns") else ""
    raise Invalid(
        "illegal_argument",
        f"{where} holds a value of type {kind.__name__}. A parameter is null, a boolean, a number, a text, a date "
        f"or time, a list or a map of those.{rows}",
    )


def _values(given: list[Any], where: str, depth: int) -> list[Value]:
    """`_value` of each; the list itself where that changes none.

    Large parameters are lists of maps, the rows of a table: a step of Python for each of their
    values would cost more than the query, so what can be done for all at once is.
    """
    kinds = set(map(type, given))
    if int in kinds:
        integers = given if len(kinds) == 1 else [item for item in given if type(item) is int]
        _check_integer(min(integers), where)
        _check_integer(max(integers), where)
    if str in kinds:
        texts = given if len(kinds) == 1 else [item for item in given if type(item) is str]
        if not all(map(str.isascii, texts)):
            for text in texts:
                _check_text(text, where)
    if kinds <= _ATOMS:
        return given
    maps = given if len(kinds) == 1 else [item for item in given if type(item) is dict]
    if dict not in kinds or not _are_texts(set(chain.from_iterable(maps)), where):
        return [_value(item, where, depth) for item in given]
    if len(kinds) == 1:
        return list(_maps(maps, where, depth))
    taken = iter(_maps(maps, where, depth))
    return [next(taken) if type(item) is dict else _value(item, where, depth) for item in given]


def _maps(given: list[dict[str, Any]], where: str, depth: int) -> list[dict[str, Value]]:
    """`_value` of each map; their keys are texts."""
    _check_depth(where, depth)
    values = list(chain.from_iterable(map(dict.values, given)))
    taken = _values(values, where, depth + 1)
    if taken is values:
        return list(map(dict.copy, given))
    following = iter(taken)
    # zip asks the map first, so it takes from `following` just what the map holds.
    return [dict(zip(item, following, strict=False)) for item in given]


def _are_texts(keys: set[Any], where: str) -> bool:
    """Whether the keys are texts, which are checked then."""
    if not set(map(type, keys)) <= _TEXT:
        return False
    for key in keys:
        _check_text(key, where)
    return True


def _check_text(given: str, where: str) -> None:
    if given.isascii():
        return
    try:
        given.encode()
    except UnicodeEncodeError:
        raise Invalid(
            "illegal_argument",
            f"A text in {where} holds half of a surrogate pair, which is no character.",
        ) from None


def _check_integer(given: int, where: str) -> None:
    if not INT_MIN <= given <= INT_MAX:
        raise Invalid(
            "illegal_argument", f"The integer {given} in {where} does not fit in 64 bits."
        )


def _check_depth(where: str, depth: int) -> None:
    if depth >= VALUE_DEPTH_MAX:
        raise Invalid("illegal_argument", f"{where} is nested deeper than {VALUE_DEPTH_MAX}.")


def _key(key: object, where: str) -> str:
    if not isinstance(key, str):
        raise Invalid(
            "illegal_argument", f"A map in {where} has the key {key!r}, which is no text."
        )
    _check_text(key, where)
    return key

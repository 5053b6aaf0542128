"""Parameters of a query, from Python objects to Cypher values.

Above: live_graph. Below: engine/values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seaglass.base.errors import Invalid
from seaglass.base.limits import VALUE_DEPTH_MAX
from seaglass.engine.values.types import INT_MAX, INT_MIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seaglass.engine.values.types import Value

_AS_THEY_ARE = frozenset({type(None), bool, float, str})
_TEXT = frozenset({str})


def parameters_of(given: Mapping[str, object] | None) -> dict[str, Value]:
    """The parameters as values: tuples become lists, NumPy's scalars and arrays plain ones.

    Raises: Invalid(illegal_argument) for what is no value, names the place
    """
    if not given:
        return {}
    for name in given:
        if not isinstance(name, str):
            raise Invalid("illegal_argument", f"The parameter name {name!r} is not a text.")
    return {name: _value(value, f"${name}", 0) for name, value in given.items()}


def _value(given: Any, where: str, depth: int) -> Value:
    kind = type(given)
    if kind in _AS_THEY_ARE:
        value: Value = given
        return value
    if kind is int:
        if not INT_MIN <= given <= INT_MAX:
            raise Invalid(
                "illegal_argument", f"The integer {given} in {where} does not fit in 64 bits."
            )
        return int(given)
    if depth >= VALUE_DEPTH_MAX:
        raise Invalid("illegal_argument", f"{where} is nested deeper than {VALUE_DEPTH_MAX}.")
    if kind is dict and set(map(type, given)) <= _TEXT:
        return _map(given, where, depth)
    if isinstance(given, list | tuple):
        return [_value(item, where, depth + 1) for item in given]
    if isinstance(given, dict):
        return {_key(key, where): _value(item, where, depth + 1) for key, item in given.items()}
    if hasattr(given, "tolist"):
        # NumPy: arrays give lists, scalars plain numbers.
        return _value(given.tolist(), where, depth + 1)
    raise Invalid(
        "illegal_argument",
        f"{where} holds a {kind.__name__}. A parameter is null, a boolean, a number, a text, a list "
        "or a map of those.",
    )


def _map(given: dict[str, Any], where: str, depth: int) -> dict[str, Value]:
    """A copy of a map whose keys are texts: mostly a row of a table, of which there are many, so
    only values that may have to change are looked at one by one."""
    copy: dict[str, Value] = given.copy()
    if not set(map(type, copy.values())) <= _AS_THEY_ARE:
        for key, item in copy.items():
            if type(item) not in _AS_THEY_ARE:
                copy[key] = _value(item, where, depth + 1)
    return copy


def _key(key: object, where: str) -> str:
    if not isinstance(key, str):
        raise Invalid(
            "illegal_argument", f"A map in {where} has the key {key!r}, which is no text."
        )
    return key

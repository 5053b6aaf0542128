"""Options of a procedure: what its last argument, a map, may say.

Above: the catalogue of procedures, `engine/algo`, `engine/exec`. Below: `describe`.
A procedure declares each key once, with its type, range and default; `settings_of` is the one place
where a map is held against the declarations. Keys that are not declared are ignored, as Neptune
Analytics' own samples need. A null says the same as leaving the key out.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias, cast

from seaglass.base.errors import Invalid
from seaglass.engine.values.describe import type_name
from seaglass.engine.values.types import Node

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seaglass.engine.values.types import Value

Setting: TypeAlias = "int | float | str | bool | Node | tuple[Setting, ...] | None"

# Characters of a refused text that a message shows.
_SHOWN_CHARS = 60


class Takes(StrEnum):
    """The type of an option. The value of a member is its name in messages."""

    INTEGER = "an integer"
    NUMBER = "a number"
    BOOLEAN = "true or false"
    STRING = "a string that is not empty"
    NODE = "a node or the id of one"


_TYPES: dict[Takes, tuple[type, ...]] = {
    Takes.INTEGER: (int,),
    Takes.NUMBER: (int, float),
    Takes.BOOLEAN: (bool,),
    Takes.STRING: (str,),
    Takes.NODE: (str, Node),
}
_PLURALS: dict[Takes, str] = {
    Takes.INTEGER: "integers",
    Takes.NUMBER: "numbers",
    Takes.BOOLEAN: "booleans",
    Takes.STRING: "strings that are not empty",
    Takes.NODE: "nodes or ids of nodes",
}


@dataclass(frozen=True, slots=True)
class Option:
    """One key.

    Args:
        takes: the type of its value, or of each item of it where it is a `list`
        required: whether it must be there; else it is `default` where it is not
        low / high: bounds of numbers, both inclusive; of the items in a list
        choices: the only texts that it may be
        items: the least and greatest length of a list
    """

    key: str
    takes: Takes
    list: bool = False
    required: bool = False
    default: Setting = None
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    items: tuple[int, int | None] = (0, None)

    @property
    def allowed(self) -> str:
        """What it may be, in words."""
        text = _PLURALS[self.takes] if self.list else str(self.takes)
        if self.choices:
            text = f"{'each' if self.list else 'one'} of {', '.join(self.choices)}"
        elif self.low is not None or self.high is not None:
            text += _bounds(self.low, self.high)
        if not self.list:
            return text
        least, most = self.items
        count = "a list" if least == 0 else f"a list of at least {least}"
        if most is not None:
            count += f" and at most {most}" if least else f" of at most {most}"
        return f"{count} of {text}" if not self.choices else f"{count}, {text}"

    def takes_value(self, value: Value) -> bool:
        """Whether a value, or an item of a list, is allowed."""
        if type(value) not in _TYPES[self.takes] or value == "":
            return False
        if self.choices and value not in self.choices:
            return False
        if not isinstance(value, int | float):
            return True
        # NaN is in no range.
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


def _bounds(low: float | None, high: float | None) -> str:
    if low is None:
        return f" of at most {high:g}"
    return f" of at least {low:g}" if high is None else f" from {low:g} to {high:g}"


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of one call, checked. Equal ones have equal hashes.

    Args: procedure: its name, for messages; values: of each key that is declared, in its order
    """

    procedure: str
    values: tuple[tuple[str, Setting], ...]

    def get(self, key: str) -> Setting:
        """The value of a declared key, or its default."""
        for name, value in self.values:
            if name == key:
                return value
        raise AssertionError(f"{self.procedure} declares no option {key}")

    def text(self, key: str) -> str | None:
        return cast("str | None", self.get(key))

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; () where there is none."""
        return cast("tuple[str, ...]", self.get(key) or ())

    def integer(self, key: str) -> int:
        return cast("int", self.get(key))

    def integers(self, key: str) -> tuple[int, ...]:
        return cast("tuple[int, ...]", self.get(key) or ())

    def number(self, key: str) -> float:
        return float(cast("float", self.get(key)))

    def flag(self, key: str) -> bool:
        return cast("bool", self.get(key))

    def wrong(self, what: str) -> Invalid:
        """The refusal of a call. Args: what: the rest of a sentence that begins with its name"""
        return Invalid("illegal_argument", f"{self.procedure} {what}.")


def settings_of(procedure: str, options: Sequence[Option], given: Mapping[str, Value]) -> Settings:
    """The settings that a map says.

    Raises: Invalid(illegal_argument) for a key that is missing, and for a value that its key does
        not take
    """
    values = [
        (option.key, _setting(procedure, option, given.get(option.key))) for option in options
    ]
    return Settings(procedure, tuple(values))


def _setting(procedure: str, option: Option, value: Value) -> Setting:
    if value is None:
        if option.required:
            raise _refusal(procedure, f"needs the option {option.key}, {option.allowed}")
        return option.default
    if not option.list:
        if not option.takes_value(value):
            raise _wrong(procedure, option, value)
        return cast("Setting", value)
    if not isinstance(value, list) or not all(map(option.takes_value, value)):
        raise _wrong(procedure, option, value)
    least, most = option.items
    if len(value) < least or (most is not None and len(value) > most):
        raise _refusal(
            procedure, f"takes as {option.key} {option.allowed}, but this has {len(value)}"
        )
    return tuple(value)


def _wrong(procedure: str, option: Option, value: Value) -> Invalid:
    return _refusal(procedure, f"takes as {option.key} {option.allowed}, not {_shown(value)}")


def _refusal(procedure: str, what: str) -> Invalid:
    return Invalid("illegal_argument", f"{procedure} {what}.")


def _shown(value: Value) -> str:
    if isinstance(value, bool | int | float | str):
        text = str(value).lower() if isinstance(value, bool) else repr(value)
        return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…"
    if isinstance(value, list):
        kinds = dict.fromkeys(map(type_name, value))
        return f"a list of {len(value)}" + (f" with {', '.join(kinds)}" if kinds else "")
    return type_name(value)

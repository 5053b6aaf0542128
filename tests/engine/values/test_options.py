"""Maps of options held against what a procedure declares."""

from __future__ import annotations

import math
from typing import Any

import pytest

from seaglass.base.errors import Invalid
from seaglass.engine.values.options import Option, Settings, Takes, settings_of
from seaglass.engine.values.types import Node

OPTIONS = (
    Option("depth", Takes.INTEGER, low=-1, default=-1),
    Option("share", Takes.NUMBER, low=0, high=1),
    Option("way", Takes.STRING, choices=("in", "out"), default="out"),
    Option("fair", Takes.BOOLEAN, default=True),
    Option("labels", Takes.STRING, list=True),
    Option("limits", Takes.INTEGER, list=True, low=-1, items=(1, 3)),
    Option("from", Takes.NODE, list=True, items=(0, 2)),
)


def settings(given: dict[str, Any], *more: Option) -> Settings:
    return settings_of("test.go", (*OPTIONS, *more), given)


def test_what_is_not_given_or_null_is_the_default() -> None:
    for found in (settings({}), settings(dict.fromkeys(("depth", "share", "way", "labels")))):
        assert (found.integer("depth"), found.text("way"), found.flag("fair")) == (-1, "out", True)
        assert (found.texts("labels"), found.integers("limits")) == ((), ())
        assert found.get("share") is None


def test_what_is_given_is_taken() -> None:
    given = {"depth": 3, "share": 1, "way": "in", "fair": False, "labels": ["a", "b"]}
    found = settings({**given, "limits": [2, -1], "from": ["x", Node(3)]})
    assert (found.integer("depth"), found.number("share"), found.text("way")) == (3, 1.0, "in")
    assert (found.flag("fair"), found.texts("labels")) == (False, ("a", "b"))
    assert (found.integers("limits"), found.get("from")) == ((2, -1), ("x", Node(3)))


def test_keys_that_nobody_declared_are_ignored() -> None:
    assert settings({"color": "red"}) == settings({})


def test_equal_settings_are_one_key_of_a_map() -> None:
    assert {settings({"depth": 1, "labels": ["a"]}), settings({"labels": ["a"], "depth": 1})} == {
        settings({"depth": 1, "labels": ["a"]})
    }


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"depth": -2}, "takes as depth an integer of at least -1, not -2"),
        ({"depth": 1.0}, "an integer of at least -1, not 1.0"),
        ({"depth": True}, "an integer of at least -1, not true"),
        ({"share": 1.5}, "takes as share a number from 0 to 1, not 1.5"),
        ({"share": math.nan}, "a number from 0 to 1, not nan"),
        ({"way": "up"}, "takes as way one of in, out, not 'up'"),
        ({"way": ["in"]}, "one of in, out, not a list of 1 with a string"),
        ({"fair": "yes"}, "takes as fair true or false, not 'yes'"),
        ({"labels": "a"}, "takes as labels a list of strings that are not empty, not 'a'"),
        ({"labels": ["a", ""]}, "not a list of 2 with a string"),
        ({"labels": [None]}, "not a list of 1 with null"),
        ({"limits": [0, -2]}, "a list of at least 1 and at most 3 of integers of at least -1"),
        ({"limits": []}, "takes as limits .* but this has 0"),
        ({"limits": [1, 2, 3, 4]}, "takes as limits .* but this has 4"),
        ({"from": ["x", "y", "z"]}, "a list of at most 2 of nodes or ids of nodes, but this has 3"),
        ({"from": [1]}, "not a list of 1 with an integer"),
        ({"from": "x" * 99}, "not 'x{59}…"),
    ],
)
def test_a_refusal_names_procedure_key_and_what_is_allowed(
    given: dict[str, Any], message: str
) -> None:
    with pytest.raises(Invalid, match=f"^test.go .*{message}") as raised:
        settings(given)
    assert raised.value.kind == "illegal_argument"


def test_a_key_that_is_needed_and_missing_is_named() -> None:
    needed = Option("name", Takes.STRING, required=True)
    with pytest.raises(Invalid, match=r"test.go needs the option name, a string that is not empty"):
        settings({"name": None}, needed)
    assert settings({"name": "x"}, needed).text("name") == "x"

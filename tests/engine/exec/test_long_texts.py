"""Functions of one long text say the same as of a short one, and the query may end within it.

Method: parts of few characters, against Python's own methods; letters whose lower case goes by what is
beside them, and marks that such a look goes over, stand at and around the cuts.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from seaglass.base.errors import Exhausted, Interrupted
from seaglass.engine.exec.expressions import growing, long_texts
from seaglass.engine.exec.run import run
from seaglass.engine.values import column as cols
from tests.engine.exec.test_memory import Counted
from tests.engine.exec.tools import AT, Never, compile_query, context_of, ran

if TYPE_CHECKING:
    from collections.abc import Callable

_CHANCE = random.Random(11)
# Sigmas, cased letters, marks that do not count, spaces, what grows, what has four bytes.
_LETTERS = "ΣΣ\u03c3aB '.:\u0301\u00ad\u02b0ßİŉǅ\U0001d400\U00010400,"
_TEXTS = [
    "".join(_CHANCE.choices(_LETTERS[: _CHANCE.randrange(2, len(_LETTERS) + 1)], k=count))
    for count in (0, 1, 6, 7, 8, 40, 99, 200)
    for _ in range(12)
] + ["aΣ" + "'" * 300 + "b", "a" + "'" * 300 + "Σ", "'" * 50 + "Σ" + "'" * 50, " \t\u2003" * 30]


@pytest.fixture(autouse=True)
def _few_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_texts, "_PART_CHARS", 7)
    monkeypatch.setattr(long_texts, "_NEAR_CHARS", 2)


def nothing() -> None:
    pass


@pytest.mark.parametrize("text", _TEXTS)
def test_case_and_spaces_are_those_of_the_whole_text(text: str) -> None:
    assert long_texts.upper(text, nothing) == text.upper()
    assert long_texts.lower(text, nothing) == text.lower()
    assert long_texts.stripped(text, nothing) == text.strip()
    assert long_texts.stripped(text, nothing, right=False) == text.lstrip()
    assert long_texts.stripped(text, nothing, left=False) == text.rstrip()


@pytest.mark.parametrize("part", ["a", "aa", "aab", "aabaa", "ab" * 9, "zz", "a" * 30])
def test_what_is_looked_for_is_found_across_cuts(part: str) -> None:
    for count in (0, 1, 7, 14, 50, 300):
        for letters in ("a", "ab", "aab"):
            text = "".join(_CHANCE.choices(letters, k=count))
            assert long_texts.split(text, part, AT, nothing) == text.split(part)
            for put in ("", "x", "a", part + part):
                put_in = long_texts.replaced(text, part, put, AT, nothing)
                assert put_in == text.replace(part, put)
            for begin in (0, 3, count, count + 1):
                for end in (0, 9, count):
                    found = long_texts.index(text, part, nothing, begin, end)
                    assert found == text.find(part, begin, end)
                    assert long_texts.index(text, "", nothing, begin, end) == text.find(
                        "", begin, end
                    )


def test_a_text_without_separator_is_its_characters() -> None:
    assert long_texts.split("abcdefghijk", "", AT, nothing) == list("abcdefghijk")


def test_too_many_are_refused_by_how_many_there_would_be(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in ((growing, "TEXT_CHARS_MAX"), (long_texts, "TEXT_CHARS_MAX")):
        monkeypatch.setattr(module, name, 100)
    monkeypatch.setattr(growing, "LIST_ITEMS_MAX", 10)
    with pytest.raises(Exhausted, match="150 characters"):
        long_texts.replaced("a" * 50, "a", "bbb", AT, nothing)
    for separator in ("a", ""):
        with pytest.raises(Exhausted, match="50 items"):
            long_texts.split("a" * 50, separator, AT, nothing)


_CALLS: dict[str, Callable[[str], object]] = {
    "toUpper(t)": str.upper,
    "toLower(t)": str.lower,
    "trim(t)": str.strip,
    "lTrim(t)": str.lstrip,
    "rTrim(t)": str.rstrip,
    "replace(t, 'Σ', 'xy')": lambda text: text.replace("Σ", "xy"),
    "split(t, ' Σ')": lambda text: text.split(" Σ"),
    "textIndexOf(t, 'q')": lambda text: text.find("q"),
    "textIndexOf(t, 'q', 2)": lambda text: text.find("q", 2),
    "textIndexOf(t, 'q', 2, 100)": lambda text: text.find("q", 2, 100),
    "t CONTAINS 'q'": lambda text: "q" in text,
}


@pytest.mark.parametrize("rows", [1, 3, 20])
@pytest.mark.parametrize("call", _CALLS)
@pytest.mark.parametrize("mixed", [False, True])
def test_a_query_may_end_within_one_text(call: str, rows: int, *, mixed: bool) -> None:
    whole = " " * 50 + "aΣ b'Σ " * 20 + " " * 50
    given = [whole, *["short"] * (rows - 1)]
    if mixed:
        # What is no text.
        given.append(None)
    text = f"UNWIND $l AS t RETURN {call} AS u"
    found = [row[0] for row in ran(text, l=given).rows]
    assert found == [None if one is None else _CALLS[call](one) for one in given]
    context = context_of(parameters={"l": given})
    query = compile_query(text)
    list(run(query, context))
    assert isinstance(context.interrupt, Never)
    looks = context.interrupt.checks
    if rows == 20 and (
        call.startswith("t CONTAINS") or not (mixed or call.startswith("textIndex"))
    ):
        # Columns of many texts go through kernels, by their bytes.
        return
    plain = context_of(parameters={"l": ["short"] * len(given)})
    list(run(query, plain))
    assert isinstance(plain.interrupt, Never)
    assert looks >= plain.interrupt.checks + 2
    context.interrupt = Counted(looks - 1)
    with pytest.raises(Interrupted):
        list(run(query, context))


def test_long_texts_of_some_rows_are_not_copied() -> None:
    long = "a" * 3_000_000
    for text in ("toUpper(t)", "t + 'b'", "t + ''"):
        context = context_of(parameters={"l": [long, long + "c"]})
        (frame,) = run(compile_query(f"UNWIND $l AS t RETURN {text} AS u"), context)
        assert frame.columns["u"].kind is cols.Kind.MIXED
        assert frame.columns["u"].to_list() == [
            {"toUpper(t)": one.upper(), "t + 'b'": one + "b"}.get(text, one)
            for one in (long, long + "c")
        ]
    both = cols.concat([cols.one(long), cols.one(long)])
    assert both.kind is cols.Kind.MIXED
    assert both.to_list() == [long, long]
    few = cols.concat([cols.one("a"), cols.one("b")])
    assert few.kind is cols.Kind.STRING


def test_a_long_text_that_reduce_makes_is_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cols, "joined_texts", None)
    ((text,),) = ran("RETURN reduce(t = 'ab', i IN range(1, 3) | t + t) AS t").rows
    assert text == "ab" * 8

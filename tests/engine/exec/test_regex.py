"""`=~` on typed and on mixed columns."""

from __future__ import annotations

from typing import Any

import pytest

from seaglass.base.errors import Invalid
from seaglass.engine.exec.context import Options
from seaglass.engine.exec.expressions import regex
from seaglass.engine.exec.run import run
from tests.engine.exec.tools import Never, compile_query, context_of, ran

_WAYS = (Options(), Options(force_mixed=True), Options(frame_rows=1))
# Text, pattern, whether the whole text matches.
_CASES = [
    ("abc", "a.*", True),
    ("xabc", "a.*", False),
    ("abc", "b", False),
    ("ABC", "(?i)abc", True),
    ("a\nb", "a.b", False),
    ("a\nb", "(?s)a.b", True),
    ("b", "a|b", True),
    ("ab", "a|b", False),
    ("a.b", r"\Qa.b", True),
    ("axb", r"\Qa.b\E", False),
    ("Ä1", r"\p{Lu}\d", True),
    ("", "", True),
    ("a", None, None),
    (None, "(", None),
    (1, "1", None),
    ("1", 1, None),
]


@pytest.mark.parametrize("options", _WAYS)
def test_whole_texts_match(options: Options) -> None:
    text = "UNWIND $cases AS c RETURN c[0] =~ c[1] AS found"
    found = ran(text, options=options, cases=[list(case[:2]) for case in _CASES]).rows
    assert found == [(case[2],) for case in _CASES]


@pytest.mark.parametrize("options", _WAYS)
def test_one_pattern_for_many_texts(options: Options) -> None:
    text = "UNWIND ['ab', null, 'b', 'Ab'] AS t RETURN t =~ $pattern"
    found = ran(text, options=options, pattern="(?i)a.").rows
    assert found == [(True,), (None,), (False,), (True,)]


@pytest.mark.parametrize("pattern", ["(", "a)(b", "[", "(?=a)", r"(a)\1", "x{2000}", "\\"])
def test_what_is_no_pattern(pattern: str) -> None:
    for options in _WAYS:
        with pytest.raises(Invalid, match="is not a regular expression: ") as caught:
            ran("UNWIND ['a', 'b'] AS t RETURN t =~ $pattern", options=options, pattern=pattern)
        assert caught.value.kind == "illegal_argument"
    assert ran("RETURN null =~ $pattern AS x", pattern=pattern).rows == [(None,)]


@pytest.mark.parametrize(
    ("text", "least"),
    [
        # A megabyte and more, in one frame.
        ("UNWIND range(1, 300) AS x WITH $long + x AS t RETURN count(t =~ '(a|b)*a.*c') AS c", 4),
        (
            "UNWIND range(1, 200) AS x WITH x ORDER BY x RETURN count('a' =~ 'a{1,' + x + '}') AS c",
            200,
        ),
    ],
)
def test_a_query_may_end_between_parts_of_the_texts_and_between_patterns(
    text: str, least: int
) -> None:
    looks = []
    for compared in (text, text.replace("=~", "=")):
        context = context_of()
        context.parameters = {"long": "ab " * 1_500}
        for _ in run(compile_query(compared), context):
            pass
        assert isinstance(context.interrupt, Never)
        looks.append(context.interrupt.checks)
    assert looks[0] >= looks[1] + least


def test_texts_cut_into_parts_match_as_each_alone() -> None:
    for count in (1, 2, 7):
        rows = ran(
            "UNWIND range(1, $n) AS x WITH $long + x AS t RETURN t =~ '(ab )*1' AS found",
            n=count,
            long="ab " * 100_000,
        ).rows
        assert rows == [(number == 1,) for number in range(1, count + 1)]


def test_a_long_text_that_stands_in_many_rows_is_matched_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    matched: list[int] = []
    match = regex.pc.match_substring_regex

    def counted(texts: Any, pattern: str) -> Any:
        matched.append(texts.nbytes)
        return match(texts, pattern)

    long = "a" * 200_000
    monkeypatch.setattr(regex.pc, "match_substring_regex", counted)
    text = (
        "WITH $t AS t UNWIND range(1, 100) AS x WITH t, x, 'b' AS b RETURN t =~ ('a*' + b) AS m, x"
    )
    assert [row[0] for row in ran(text, t=long).rows] == [False] * 100
    assert sum(matched) < 2 * len(long)
    both = "UNWIND $l AS t RETURN t =~ 'a*' AS m"
    assert [row[0] for row in ran(both, l=[long, 1, "b", long, None, long]).rows] == [
        True, None, False, True, None, True,
    ]  # fmt: skip

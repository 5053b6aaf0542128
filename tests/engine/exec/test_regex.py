"""`=~` on typed and on mixed columns."""

from __future__ import annotations

import pytest

from seaglass.base.errors import Invalid
from seaglass.engine.exec.context import Options
from tests.engine.exec.tools import ran

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

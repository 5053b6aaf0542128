"""What an input may lead to: a plan, or an error that says where and what; anything else is a fault.

Above: campaign, tests. Below: the compiler, and `running`, which tries plans.
A fault is a sentence; None: all is well.
"""

from __future__ import annotations

import re
import signal
import traceback
from typing import TYPE_CHECKING

from seaglass.base.errors import Invalid, SeaglassError, Unsupported
from seaglass.engine.cypher import compile as compiler
from seaglass.engine.cypher.logical import text as plan_text

if TYPE_CHECKING:
    from types import FrameType

    from seaglass.engine.cypher.logical import plan
    from seaglass.testkit.fuzz.inputs import Input

# Seconds of this process that one compilation or run may take: a thousand times the usual.
SECONDS_MAX = 10.0

_PLACE = re.compile(
    r"(.+) \(line (\d+), column (\d+) \(offset: (\d+)\)\)\n([^\r\n]*)\n([ \t]*)\^", re.DOTALL
)
_LINE_BREAK = re.compile(r"\r\n|\n|\r")
_QUOTED = re.compile(r"`+[^`]*`+|\$\S+", re.DOTALL)
# Words of Python and of this code, which mean nothing to who wrote the query.
_INTERNAL = re.compile(
    r"NoneType|\bNone\b|Traceback|<class|object at 0x|seaglass\.|Kind\.|\w+Error\b|\bast\.|\bex\."
    r"|\bself\b|__|\bnumpy\b|\bobject\b|ndarray|dtype"
)
_KINDS = ("malformed_query", "unsupported_operation", "illegal_argument", "query_too_large")


class TooSlow(BaseException):
    """Not an Exception, so that nothing on the way catches it."""


class Stopwatch:
    """Raises TooSlow where what stands inside takes more than SECONDS_MAX of this process.

    For main threads only: it uses a signal.
    """

    def __enter__(self) -> None:
        signal.signal(signal.SIGVTALRM, _late)
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS_MAX)

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _late(_number: int, _frame: FrameType | None) -> None:
    raise TooSlow


def compiled(given: Input) -> tuple[plan.Query | None, str | None]:
    """The plan, if there is one, and the fault, if there is one."""
    query: plan.Query | None = None
    try:
        with Stopwatch():
            query = compiler.compile(given.text, given.dialect)
            plan_text.query(query)
    except SeaglassError as error:
        return None, refusal_fault(given.text, error)
    except TooSlow:
        return None, f"compiling took more than {SECONDS_MAX} s"
    except Exception as error:
        return None, surprise(error)
    return query, None


def surprise(error: Exception) -> str:
    """The fault of an error that nobody raised on purpose."""
    places = traceback.extract_tb(error.__traceback__)
    last = f"{places[-1].filename.rpartition('/')[2]}:{places[-1].lineno}" if places else "?"
    return f"{type(error).__name__} at {last}: {str(error)[:200]}"


def refusal_fault(text: str, error: SeaglassError) -> str | None:
    """What is wrong with the error by which a text was refused."""
    if not isinstance(error, Invalid | Unsupported) or error.kind not in _KINDS:
        return f"compiling raised {type(error).__name__}({error.kind}): {error.message}"
    if isinstance(error, Unsupported) != (error.kind == "unsupported_operation"):
        return f"{error.kind} is no kind of {type(error).__name__}"
    if error.kind == "malformed_query" and error.code is None:
        return f"no code: {error.message}"
    found = _PLACE.fullmatch(error.message)
    if found is None:
        # A limit on the whole text has no place in it.
        return None if error.kind == "query_too_large" else f"no place: {error.message!r}"
    return _sentence_fault(found[1]) or _place_fault(text, found)


def _sentence_fault(sentence: str) -> str | None:
    if len(sentence) > 600:
        return f"the message has {len(sentence)} characters"
    unquoted = _QUOTED.sub("`...`", sentence)
    internal = _INTERNAL.search(unquoted)
    return None if internal is None else f"the message says {internal[0]!r}: {sentence}"


def _place_fault(text: str, found: re.Match[str]) -> str | None:
    line, column, offset = int(found[2]), int(found[3]), int(found[4])
    if offset > len(text):
        return f"the offset {offset} is outside of the text"
    starts = [0, *(broken.end() for broken in _LINE_BREAK.finditer(text)), len(text) + 1]
    if line >= len(starts) or not starts[line - 1] <= offset < starts[line]:
        return f"the offset {offset} is not in line {line}"
    if offset - starts[line - 1] != column - 1:
        return f"column {column} is not that of the offset {offset}"
    excerpt, caret = found[5], len(found[6])
    if caret > len(excerpt):
        return f"the caret stands behind the line {excerpt!r}"
    whole = text[starts[line - 1] : starts[line] - 1].rstrip("\r\n")
    inside = column - 1 < len(whole)
    # Half of a surrogate pair is shown as the sign for what cannot be shown.
    if inside and excerpt[caret : caret + 1] not in (text[offset], "\ufffd"):
        return f"the caret shows {excerpt[caret : caret + 1]!r} and not {text[offset]!r}"
    return None

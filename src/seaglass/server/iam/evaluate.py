"""May a principal do this? Policies against one action on one resource.

Above: authority, identity. Below: policy, conditions. Pure. An explicit deny beats every allow, and
what nothing allows is denied. A text with a variable that the request has no value for fits nothing;
where a statement is about what does *not* fit, that denies, and never allows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from seaglass.server.iam.conditions import holds, like, like_in_any_case, literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from seaglass.server.iam.policy import Condition, Policy, Statement

_VARIABLE = re.compile(r"\$\{([^}]*)\}")


class Decision(StrEnum):
    """What comes of it, in the words of IAM's simulator."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"


@dataclass(frozen=True, slots=True)
class Question:
    """One action on one resource.

    Args: action: `service:Name`; resource: an ARN
        context: the request's values by condition key, keys in lower case
    """

    action: str
    resource: str
    context: Mapping[str, Sequence[str]]


def evaluate(policies: Iterable[Policy], question: Question) -> Decision:
    """Decide a question by all policies of a principal."""
    decision = Decision.IMPLICIT_DENY
    for policy in policies:
        for statement in policy.statements:
            if _applies(statement, question, policy.variables):
                if statement.effect == "Deny":
                    return Decision.EXPLICIT_DENY
                decision = Decision.ALLOWED
    return decision


def asks_for(policies: Iterable[Policy], prefix: str) -> bool:
    """Say whether any condition or variable has a key that begins so; in lower case."""
    return any(
        any(c.key.startswith(prefix) for c in statement.conditions)
        or any(prefix in text.lower() for text in _texts(statement))
        for policy in policies
        for statement in policy.statements
    )


def _texts(statement: Statement) -> Iterable[str]:
    yield from statement.resources
    for condition in statement.conditions:
        yield from condition.values


def _applies(statement: Statement, question: Question, variables: bool) -> bool:
    named = any(like_in_any_case(question.action, text) for text in statement.actions)
    if named is statement.all_but_actions:
        return False
    filled = [_filled(text, question, variables) for text in statement.resources]
    if None in filled and statement.all_but_resources and statement.effect == "Allow":
        return False
    fits = any(text is not None and like(question.resource, text) for text in filled)
    if fits is statement.all_but_resources:
        return False
    return all(
        _holds(condition, question, variables, statement) for condition in statement.conditions
    )


def _holds(condition: Condition, question: Question, variables: bool, statement: Statement) -> bool:
    filled = [_filled(text, question, variables) for text in condition.values]
    wanted = [text for text in filled if text is not None]
    doubtful = len(wanted) < len(filled) and (condition.operator.negated or not wanted)
    if doubtful and statement.effect == "Allow":
        return False
    return holds(condition.operator, question.context.get(condition.key), wanted)


def _filled(text: str, question: Question, variables: bool) -> str | None:
    """A text of a policy with its variables' values; None when the request lacks one of them."""
    if not variables or "${" not in text:
        return text
    missing = False

    def value(match: re.Match[str]) -> str:
        nonlocal missing
        name, _, default = match[1].partition(",")
        if name in ("*", "?", "$"):
            return literal(name)
        found = question.context.get(name.strip().lower())
        if found is not None and len(found) == 1:
            return literal(found[0])
        missing = missing or not default
        return literal(default.strip().strip("'"))

    filled = _VARIABLE.sub(value, text)
    return None if missing else filled

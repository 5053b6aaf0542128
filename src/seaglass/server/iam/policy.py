"""Policies: documents of the IAM policy language as values.

Above: principals, evaluate. Below: conditions. Identity-based policies only: what has a principal
belongs to a resource, and is refused. Anything that is not understood is refused too, with the
place, because a statement that is skipped would allow or deny something else than was written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from seaglass.base.errors import Invalid
from seaglass.server.iam.conditions import Operator, operator_of

VERSIONS = ("2012-10-17", "2008-10-17")
_ELEMENTS = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}


@dataclass(frozen=True, slots=True)
class Condition:
    """One key of a condition; `key` is in lower case, as keys are compared."""

    operator: Operator
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. `all_but_...` turn their list round: NotAction, NotResource."""

    effect: Literal["Allow", "Deny"]
    actions: tuple[str, ...]
    all_but_actions: bool
    resources: tuple[str, ...]
    all_but_resources: bool
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """A document. `variables` says whether `${...}` in it stands for a value of the request."""

    statements: tuple[Statement, ...]
    variables: bool


def read_policy(document: object, where: str) -> Policy:
    """Read a document.

    Args: where: what names the document in errors
    Raises: Invalid(illegal_argument) naming the place and what is wrong there.
    """
    if not isinstance(document, dict):
        raise _wrong(where, "it must be an object with Version and Statement")
    unknown = set(document) - {"Version", "Id", "Statement"}
    if unknown:
        raise _wrong(where, f"it has the unknown element {min(unknown)!r}")
    version = document.get("Version", VERSIONS[1])
    if version not in VERSIONS:
        raise _wrong(where, f"Version must be one of {', '.join(VERSIONS)}")
    statements = document.get("Statement")
    listed = statements if isinstance(statements, list) else [statements]
    return Policy(
        tuple(_statement(one, f"{where}.Statement[{i}]") for i, one in enumerate(listed)),
        variables=version == VERSIONS[0],
    )


def _statement(one: object, where: str) -> Statement:
    if not isinstance(one, dict):
        raise _wrong(where, "it must be an object")
    unknown = set(one) - _ELEMENTS
    if unknown:
        raise _wrong(where, f"it has the unknown element {min(unknown)!r}")
    effect = one.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise _wrong(where, "Effect must be Allow or Deny")
    actions, all_but_actions = _one_of(one, "Action", where)
    resources, all_but_resources = _one_of(one, "Resource", where)
    for action in actions:
        if action != "*" and ":" not in action:
            raise _wrong(where, f"the action {action!r} must be * or service:Name")
    return Statement(
        effect=effect,
        actions=actions,
        all_but_actions=all_but_actions,
        resources=resources,
        all_but_resources=all_but_resources,
        conditions=_conditions(one.get("Condition", {}), f"{where}.Condition"),
    )


def _one_of(one: dict[str, object], name: str, where: str) -> tuple[tuple[str, ...], bool]:
    """The texts of `name` or of `Not<name>`, and whether it is the latter."""
    turned = f"Not{name}"
    if (name in one) == (turned in one):
        raise _wrong(where, f"it must have either {name} or {turned}")
    used = name if name in one else turned
    texts = _texts(one[used], f"{where}.{used}")
    if not texts:
        raise _wrong(f"{where}.{used}", "it must not be empty")
    return texts, used == turned


def _conditions(given: object, where: str) -> tuple[Condition, ...]:
    if not isinstance(given, dict):
        raise _wrong(where, "it must be an object")
    found: list[Condition] = []
    for name, keys in given.items():
        op = operator_of(name)
        if op is None:
            raise _wrong(where, f"{name!r} is no operator")
        if not isinstance(keys, dict):
            raise _wrong(f"{where}.{name}", "it must be an object of keys and values")
        for key, values in keys.items():
            texts = _texts(values, f"{where}.{name}.{key}")
            found.append(Condition(op, key.lower(), texts))
    return tuple(found)


def _texts(given: object, where: str) -> tuple[str, ...]:
    listed = given if isinstance(given, list) else [given]
    texts = []
    for item in listed:
        if isinstance(item, bool):
            texts.append("true" if item else "false")
        elif isinstance(item, str | int | float):
            texts.append(str(item))
        else:
            raise _wrong(where, "it must be a text or a list of texts")
    return tuple(texts)


def _wrong(where: str, what: str) -> Invalid:
    return Invalid("illegal_argument", f"{where}: {what}.")

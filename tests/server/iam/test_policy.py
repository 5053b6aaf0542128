"""Policies: reading documents, and deciding by them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.base.errors import Invalid
from seaglass.server.iam.conditions import holds, like, operator_of
from seaglass.server.iam.evaluate import Decision, Question, asks_for, evaluate
from seaglass.server.iam.policy import read_policy

GRAPH = "arn:aws:neptune-graph:us-east-1:123456789012:graph/g-0123456789"
ALLOWED, EXPLICIT, IMPLICIT = Decision.ALLOWED, Decision.EXPLICIT_DENY, Decision.IMPLICIT_DENY


def statement(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "*", "Resource": "*", **elements}


def policy(*statements: dict[str, Any], version: str = "2012-10-17") -> Any:
    return read_policy({"Version": version, "Statement": list(statements)}, "policy")


def decided(
    *statements: dict[str, Any],
    action: str = "neptune-graph:GetGraph",
    resource: str = GRAPH,
    **context: str | tuple[str, ...],
) -> Decision:
    values = {k: (v,) if isinstance(v, str) else v for k, v in context.items()}
    return evaluate([policy(*statements)], Question(action, resource, values))


def test_without_a_word_all_is_denied() -> None:
    assert evaluate([], Question("neptune-graph:GetGraph", GRAPH, {})) is IMPLICIT
    assert decided(statement(Action="s3:*")) is IMPLICIT


def test_a_deny_beats_every_allow_wherever_it_stands() -> None:
    allow, deny = statement(), statement(Effect="Deny", Action="neptune-graph:Get*")
    assert decided(allow, deny) is EXPLICIT
    assert decided(deny, allow) is EXPLICIT
    assert decided(allow, deny, action="neptune-graph:ListGraphs") is ALLOWED
    question = Question("neptune-graph:GetGraph", GRAPH, {})
    assert evaluate([policy(allow), policy(deny)], question) is EXPLICIT
    assert evaluate([policy(deny), policy(allow)], question) is EXPLICIT


@pytest.mark.parametrize(
    ("action", "fits"),
    [
        ("*", True),
        ("neptune-graph:*", True),
        ("neptune-graph:Get*", True),
        ("NEPTUNE-GRAPH:getgraph", True),
        ("neptune-graph:GetGrap?", True),
        ("neptune-graph:GetGraph?", False),
        ("neptune-graph:GetGraphSummary", False),
        ("neptune-graph:Get", False),
        ("neptune-graph:.etGraph", False),
        (["s3:GetObject", "neptune-graph:GetGraph"], True),
    ],
)
def test_actions(action: Any, fits: bool) -> None:
    assert (decided(statement(Action=action)) is ALLOWED) is fits
    turned = {"Effect": "Allow", "NotAction": action, "Resource": "*"}
    assert (decided(turned) is ALLOWED) is not fits


@pytest.mark.parametrize(
    ("resource", "fits"),
    [
        ("*", True),
        (GRAPH, True),
        ("arn:aws:neptune-graph:*:*:graph/*", True),
        ("arn:aws:neptune-graph:us-east-1:123456789012:graph/g-01234?6789", True),
        ("arn:aws:neptune-graph:us-east-1:123456789012:graph/G-0123456789", False),
        ("arn:aws:neptune-graph:eu-west-1:*:graph/*", False),
        ("arn:aws:neptune-graph:*:*:graph-snapshot/*", False),
        (["arn:aws:s3:::x", GRAPH], True),
    ],
)
def test_resources(resource: Any, fits: bool) -> None:
    assert (decided(statement(Resource=resource)) is ALLOWED) is fits
    turned = {"Effect": "Allow", "Action": "*", "NotResource": resource}
    assert (decided(turned) is ALLOWED) is not fits


@pytest.mark.parametrize(
    ("operator", "wanted", "present", "expected"),
    [
        ("StringEquals", ["a", "b"], ["b"], True),
        ("StringEquals", ["a"], ["A"], False),
        ("StringEquals", ["a*"], ["ab"], False),
        ("StringEquals", ["a"], None, False),
        ("StringEqualsIfExists", ["a"], None, True),
        ("StringEqualsIfExists", ["a"], ["b"], False),
        ("StringNotEquals", ["a", "b"], ["c"], True),
        ("StringNotEquals", ["a", "b"], ["b"], False),
        ("StringNotEquals", ["a"], None, True),
        ("StringEqualsIgnoreCase", ["a"], ["A"], True),
        ("StringNotEqualsIgnoreCase", ["a"], ["A"], False),
        ("StringLike", ["a*c?"], ["abbcd"], True),
        ("StringLike", ["a*c?"], ["abbc"], False),
        ("StringNotLike", ["a*"], ["b"], True),
        ("ArnLike", ["arn:aws:*:*:*:graph/*"], [GRAPH], True),
        ("ArnLike", ["arn:aws:*:graph/*"], [GRAPH], False),
        ("ArnEquals", ["arn:aws:neptune-graph:us-east-1:123456789012:graph/g-*"], [GRAPH], True),
        ("ArnNotLike", ["arn:aws:*:*:*:graph/*"], [GRAPH], False),
        ("Bool", ["true"], ["True"], True),
        ("Bool", ["false"], ["true"], False),
        ("Bool", ["false"], None, False),
        ("Null", ["true"], None, True),
        ("Null", ["true"], ["x"], False),
        ("Null", ["false"], ["x"], True),
        ("NumericLessThan", ["10"], ["9.5"], True),
        ("NumericLessThanEquals", ["10"], ["10"], True),
        ("NumericEquals", ["10"], ["1e1"], True),
        ("NumericNotEquals", ["10"], ["11"], True),
        ("NumericGreaterThan", ["10"], ["ten"], False),
        ("DateGreaterThan", ["2026-01-01T00:00:00Z"], ["2026-11-28T00:00:00Z"], True),
        ("DateLessThan", ["2026-01-01T00:00:00Z"], ["2026-11-28T00:00:00Z"], False),
        ("DateEquals", ["1767225600"], ["2026-01-01T00:00:00Z"], True),
        ("DateLessThan", ["x"], ["2026-11-28T00:00:00Z"], False),
        ("IpAddress", ["10.0.0.0/8", "::1"], ["10.1.2.3"], True),
        ("IpAddress", ["10.0.0.0/8"], ["11.1.2.3"], False),
        ("NotIpAddress", ["10.0.0.0/8"], ["11.1.2.3"], True),
        ("NotIpAddress", ["10.0.0.0/8"], ["10.1.2.3"], False),
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "b", "a"], True),
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "c"], False),
        ("ForAllValues:StringEquals", ["a"], None, True),
        ("ForAnyValue:StringEquals", ["a"], ["b", "a"], True),
        ("ForAnyValue:StringEquals", ["a"], ["b"], False),
        ("ForAnyValue:StringEquals", ["a"], None, False),
        ("ForAllValues:StringNotEquals", ["a"], ["b", "c"], True),
        ("ForAllValues:StringNotEquals", ["a"], ["b", "a"], False),
        ("ForAnyValue:StringNotLike", ["a*"], ["ab", "b"], True),
    ],
)
def test_conditions(
    operator: str, wanted: list[str], present: list[str] | None, expected: bool
) -> None:
    op = operator_of(operator)
    assert op is not None
    assert holds(op, present, wanted) is expected


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Equals",
        "stringequals",
        "StringEqualsIfExistsIfExists",
        "NotString",
        "NotBool",
        "NumericNotLessThan",
        "NullIfExists",
        "ForAllValues:Null",
        "ForSome:StringEquals",
        "ForAllValues:",
    ],
)
def test_operators_that_there_are_not(name: str) -> None:
    assert operator_of(name) is None


def test_all_conditions_must_hold() -> None:
    one = statement(
        Condition={
            "StringEquals": {
                "aws:ResourceTag/Team": ["x", "y"],
                "aws:RequestedRegion": "us-east-1",
            },
            "Bool": {"neptune-graph:PublicConnectivity": False},
        }
    )
    right = {
        "aws:resourcetag/team": "y",
        "aws:requestedregion": "us-east-1",
        "neptune-graph:publicconnectivity": "false",
    }
    assert decided(one, **right) is ALLOWED
    for key in right:
        assert decided(one, **{**right, key: "other"}) is IMPLICIT
        assert decided(one, **{k: v for k, v in right.items() if k != key}) is IMPLICIT


def test_variables() -> None:
    mine = statement(
        Resource="arn:aws:neptune-graph:*:*:graph/${aws:username}",
        Condition={"StringEquals": {"aws:ResourceTag/owner": "${aws:username}"}},
    )
    arn = "arn:aws:neptune-graph:us-east-1:123456789012:graph/"
    context = {"aws:username": "ada", "aws:resourcetag/owner": "ada"}
    assert decided(mine, resource=arn + "ada", **context) is ALLOWED
    assert decided(mine, resource=arn + "bob", **context) is IMPLICIT
    # Who has no name fits nowhere; and a name is no pattern.
    assert decided(mine, resource=arn + "ada", **{"aws:resourcetag/owner": ""}) is IMPLICIT
    star = {"aws:username": "*", "aws:resourcetag/owner": "*"}
    assert decided(mine, resource=arn + "ada", **star) is IMPLICIT
    assert decided(mine, resource=arn + "*", **star) is ALLOWED
    guests = statement(Resource=arn + "${aws:username, 'guest'}")
    assert decided(guests, resource=arn + "guest") is ALLOWED
    assert decided(statement(Resource=arn + "${*}"), resource=arn + "*") is ALLOWED
    assert decided(statement(Resource=arn + "${*}"), resource=arn + "x") is IMPLICIT
    old = policy(statement(Resource=arn + "${aws:username}"), version="2008-10-17")
    question = Question("neptune-graph:GetGraph", arn + "${aws:username}", {"aws:username": ("a",)})
    assert evaluate([old], question) is ALLOWED


def test_a_variable_without_a_value_denies_and_never_allows() -> None:
    """A role has no aws:username: what is for the owners of graphs alone is not for roles."""
    for turned in (
        {"Condition": {"StringNotEquals": {"aws:ResourceTag/owner": "${aws:username}"}}},
        {"Condition": {"StringNotEquals": {"aws:ResourceTag/owner": ["bob", "${aws:username}"]}}},
        {"Condition": {"ForAllValues:StringNotLike": {"aws:TagKeys": "${aws:username}-*"}}},
        {"Resource": None, "NotResource": "arn:aws:neptune-graph:*:*:graph/${aws:username}"},
    ):
        one = {k: v for k, v in statement(**turned).items() if v is not None}
        context: dict[str, Any] = {"aws:resourcetag/owner": "ada", "aws:tagkeys": ("ada-x",)}
        assert decided(one, **context) is IMPLICIT
        assert decided(statement(), {**one, "Effect": "Deny"}, **context) is EXPLICIT
        named = {**context, "aws:username": "eve"}
        assert decided(one, **named) is ALLOWED
        assert decided(statement(), {**one, "Effect": "Deny"}, **named) is EXPLICIT
    for plain in (
        {"Condition": {"StringEquals": {"aws:ResourceTag/owner": "${aws:username}"}}},
        {"Resource": "arn:aws:neptune-graph:*:*:graph/${aws:username}"},
    ):
        deny = statement(Effect="Deny", **plain)
        assert decided(statement(), deny, **{"aws:resourcetag/owner": ""}) is ALLOWED
    either = statement(
        Condition={"StringEquals": {"aws:ResourceTag/owner": ["ada", "${aws:username}"]}}
    )
    assert decided(either, **{"aws:resourcetag/owner": "ada"}) is ALLOWED


def test_which_keys_are_asked_for() -> None:
    plain = policy(statement())
    tagged = policy(statement(Condition={"StringEquals": {"aws:ResourceTag/a": "b"}}))
    variable = policy(statement(Resource="arn:*:${aws:ResourceTag/a}"))
    assert not asks_for([plain], "aws:resourcetag/")
    assert asks_for([plain, tagged], "aws:resourcetag/")
    assert asks_for([variable], "aws:resourcetag/")


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (None, "must be an object"),
        ({"Version": "2012-10-17"}, "policy.Statement[0]: it must be an object"),
        ({"Version": "2020-01-01", "Statement": []}, "Version must be one of"),
        ({"Statment": []}, "unknown element 'Statment'"),
        ({"Statement": [statement(Principal="*")]}, "Statement[0]: it has the unknown element"),
        ({"Statement": [statement(), statement(Effect="allow")]}, "Statement[1]: Effect must be"),
        ({"Statement": statement(NotAction="*")}, "either Action or NotAction"),
        ({"Statement": {"Effect": "Allow", "Action": "*"}}, "either Resource or NotResource"),
        ({"Statement": statement(Action=[])}, "Action: it must not be empty"),
        ({"Statement": statement(Action="GetGraph")}, "'GetGraph' must be * or service:Name"),
        ({"Statement": statement(Resource={"a": 1})}, "Resource: it must be a text"),
        ({"Statement": statement(Condition=[])}, "Condition: it must be an object"),
        ({"Statement": statement(Condition={"StrEquals": {}})}, "'StrEquals' is no operator"),
        ({"Statement": statement(Condition={"Bool": "a"})}, "Condition.Bool: it must be an object"),
        ({"Statement": statement(Condition={"Bool": {"a": [None]}})}, "Condition.Bool.a: it must"),
    ],
)
def test_a_document_that_is_not_understood_is_refused_with_the_place(
    document: Any, told: str
) -> None:
    with pytest.raises(Invalid) as caught:
        read_policy(document, "policy")
    assert told in caught.value.message
    assert caught.value.message.startswith("policy")


@given(st.text(max_size=12), st.text("ab*?.[(", max_size=8))
def test_wildcards_are_the_only_special_letters(text: str, pattern: str) -> None:
    """Against a matcher written the slow way."""

    def matches(t: str, p: str) -> bool:
        if not p:
            return not t
        if p[0] == "*":
            return matches(t, p[1:]) or bool(t and matches(t[1:], p))
        return bool(t) and (p[0] == "?" or p[0] == t[0]) and matches(t[1:], p[1:])

    assert like(text, pattern) is matches(text, pattern)
    assert like(pattern.replace("*", "xyz").replace("?", "q"), pattern)


def test_many_wildcards_cost_no_more_than_both_lengths() -> None:
    # A regular expression would take hours.
    assert not like(":" * 1_000, "*:*:*:*:*:*:*:*:*x")
    assert like(":" * 1_000 + "x", "*:*:*:*:*:*:*:*:*x")

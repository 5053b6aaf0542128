"""The few operations of STS and IAM that clients call before they begin with a graph.

Above: the service's door for them. Below: query, credential, principals, evaluate. Any role is there,
and is trusted by `neptune-graph.amazonaws.com`. Without a directory everybody may do everything;
with one, what a principal may do is simulated for itself, and for those whom its policies let ask.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from seaglass.base.errors import Forbidden
from seaglass.server.iam.credential import ROLE_ID
from seaglass.server.iam.evaluate import Decision, Question, evaluate
from seaglass.server.iam.query import NAMESPACES, Form, QueryFault, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seaglass.server.iam.credential import Caller
    from seaglass.server.iam.policy import Policy
    from seaglass.server.iam.principals import Directory

    Answering = Callable[[Form, Caller, Directory | None], Mapping[str, Value]]

ACTIONS_MAX = 1_000
# IAM's longest ARN.
NAME_CHARS_MAX = 2_048
# A role is trusted by the service, so that imports and exports may use it.
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "neptune-graph.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
_ROLE_CREATED = "2023-11-29T00:00:00Z"


def identify(form: Form, caller: Caller, directory: Directory | None) -> Mapping[str, Value]:
    """Answer a form. Raises: QueryFault; Forbidden(denied)."""
    operation = _OPERATIONS.get((form.version, form.action))
    if operation is None:
        known = ", ".join(sorted(action for _, action in _OPERATIONS))
        raise QueryFault(
            400,
            "InvalidAction",
            f"Could not find operation {form.action[:128]} for version {form.version[:32]}. "
            f"Answered here are {known}.",
        )
    return operation(form, caller, directory)


def _get_caller_identity(
    form: Form, caller: Caller, directory: Directory | None
) -> Mapping[str, Value]:
    del form, directory
    return {"UserId": caller.user_id, "Account": caller.owner.account_id, "Arn": caller.arn}


def _simulate_principal_policy(
    form: Form, caller: Caller, directory: Directory | None
) -> Mapping[str, Value]:
    policies = _policies_of(form.required("PolicySourceArn"), caller, directory)
    actions = form.listed("ActionNames")
    if not actions:
        form.required("ActionNames")
    resources = form.listed("ResourceArns") or ["*"]
    if len(actions) * len(resources) > ACTIONS_MAX:
        raise QueryFault(
            400,
            "InvalidInput",
            f"{len(actions)} actions on {len(resources)} resources are more than {ACTIONS_MAX} "
            "simulations. Ask for fewer at once.",
        )
    if any(len(text) > NAME_CHARS_MAX for text in (*actions, *resources)):
        raise QueryFault(
            400, "InvalidInput", f"An action or resource has at most {NAME_CHARS_MAX} characters."
        )
    if form.listed("PolicyInputList"):
        raise QueryFault(
            400, "InvalidInput", "Only policies that principals have are simulated here."
        )
    results: list[Value] = [
        {
            "EvalActionName": action,
            "EvalResourceName": resource,
            "EvalDecision": _decision(policies, action, resource),
            "MatchedStatements": [],
            "MissingContextValues": [],
        }
        for action in actions
        for resource in resources
    ]
    return {"EvaluationResults": results, "IsTruncated": False}


def _policies_of(
    arn: str, caller: Caller, directory: Directory | None
) -> tuple[Policy, ...] | None:
    if directory is None or caller.policies is None:
        return None
    asker, found = directory.find(caller.arn), directory.find(arn)
    if found is not asker:
        question = Question("iam:SimulatePrincipalPolicy", arn, {})
        if evaluate(caller.policies, question) is not Decision.ALLOWED:
            raise Forbidden(
                "denied",
                f"User: {caller.arn} is not authorized to perform: iam:SimulatePrincipalPolicy on "
                f"resource: {arn}",
            )
    if found is None or found.account_id != caller.owner.account_id:
        raise QueryFault(404, "NoSuchEntity", f"There is no user or role {arn[:256]}.")
    return found.policies


def _decision(policies: tuple[Policy, ...] | None, action: str, resource: str) -> str:
    if policies is None:
        return Decision.ALLOWED.value
    return evaluate(policies, Question(action, resource, {})).value


def _get_role(form: Form, caller: Caller, directory: Directory | None) -> Mapping[str, Value]:
    del directory
    name = form.required("RoleName")
    role: Mapping[str, Value] = {
        "Path": "/",
        "RoleName": name,
        "RoleId": ROLE_ID,
        "Arn": f"arn:aws:iam::{caller.owner.account_id}:role/{name}",
        "CreateDate": _ROLE_CREATED,
        "AssumeRolePolicyDocument": quote(json.dumps(_TRUST)),
    }
    return {"Role": role}


_STS, _IAM = NAMESPACES
_OPERATIONS: Mapping[tuple[str, str], Answering] = {
    (_STS, "GetCallerIdentity"): _get_caller_identity,
    (_IAM, "SimulatePrincipalPolicy"): _simulate_principal_policy,
    (_IAM, "GetRole"): _get_role,
}

"""The few operations of STS and IAM that clients call before they begin with a graph.

Above: the service's door for them. Below: query, credential. Whoever asks is a role; every role is
there, is trusted by `neptune-graph.amazonaws.com`, and may do everything.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from seaglass.server.iam.credential import ROLE_ID
from seaglass.server.iam.query import NAMESPACES, Form, QueryFault, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seaglass.server.iam.credential import Caller

ACTIONS_MAX = 1_000
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


def identify(form: Form, caller: Caller) -> Mapping[str, Value]:
    """Answer a form. Raises: QueryFault."""
    operation = _OPERATIONS.get((form.version, form.action))
    if operation is None:
        known = ", ".join(sorted(action for _, action in _OPERATIONS))
        raise QueryFault(
            400,
            "InvalidAction",
            f"Could not find operation {form.action[:128]} for version {form.version[:32]}. "
            f"Answered here are {known}.",
        )
    return operation(form, caller)


def _get_caller_identity(form: Form, caller: Caller) -> Mapping[str, Value]:
    del form
    return {"UserId": caller.user_id, "Account": caller.owner.account_id, "Arn": caller.arn}


def _simulate_principal_policy(form: Form, caller: Caller) -> Mapping[str, Value]:
    del caller
    form.required("PolicySourceArn")
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
    results: list[Value] = [
        {
            "EvalActionName": action,
            "EvalResourceName": resource,
            "EvalDecision": "allowed",
            "MatchedStatements": [],
            "MissingContextValues": [],
        }
        for action in actions
        for resource in resources
    ]
    return {"EvaluationResults": results, "IsTruncated": False}


def _get_role(form: Form, caller: Caller) -> Mapping[str, Value]:
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
_OPERATIONS: Mapping[tuple[str, str], Callable[[Form, Caller], Mapping[str, Value]]] = {
    (_STS, "GetCallerIdentity"): _get_caller_identity,
    (_IAM, "SimulatePrincipalPolicy"): _simulate_principal_policy,
    (_IAM, "GetRole"): _get_role,
}

"""Goal: policies that ask for tags hold for every operation of boto3, on graphs, snapshots and tasks alike.

Method: a closed gate in front of a fleet without processes; real clients of several principals.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.service.test_security import (
    ACCOUNT,
    ALL,
    ARN,
    allow,
    client,
    closed,
    made,
    query,
    refused,
    user,
)

ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/01234567-89ab-cdef-0123-456789abcdef"
DENIED = "AccessDeniedException"


def deny(*actions: str, **elements: Any) -> dict[str, Any]:
    return {**allow(*actions, **elements), "Effect": "Deny"}


def graph_calls(aws: Any, graph: str) -> dict[str, Any]:
    """A call of every operation on a graph; in an order in which each may do what it asks."""
    one = {"graphIdentifier": graph}
    export = {"destination": "s3://b/o", "format": "CSV", "roleArn": ROLE, "kmsKeyIdentifier": KEY}
    return {
        "GetGraph": lambda: aws.get_graph(**one),
        "ReadDataViaQuery": lambda: query(aws, graph),
        "GetGraphSummary": lambda: aws.get_graph_summary(**one),
        "ListQueries": lambda: aws.list_queries(**one, maxResults=1),
        "GetQueryStatus": lambda: aws.get_query(**one, queryId="x"),
        "CancelQuery": lambda: aws.cancel_query(**one, queryId="x"),
        "CreatePrivateGraphEndpoint": lambda: aws.create_private_graph_endpoint(**one),
        "ListPrivateGraphEndpoints": lambda: aws.list_private_graph_endpoints(**one),
        "GetPrivateGraphEndpoint": lambda: aws.get_private_graph_endpoint(**one, vpcId="vpc-0"),
        "DeletePrivateGraphEndpoint": lambda: aws.delete_private_graph_endpoint(
            **one, vpcId="vpc-0"
        ),
        "UpdateGraph": lambda: aws.update_graph(**one, provisionedMemory=32),
        "CreateGraphSnapshot": lambda: aws.create_graph_snapshot(
            **one, snapshotName=f"s{graph[1:]}"
        ),
        "StartExportTask": lambda: aws.start_export_task(**one, **export),
        "StartImportTask": lambda: aws.start_import_task(**one, source="s3://b/i", roleArn=ROLE),
        "ResetGraph": lambda: aws.reset_graph(**one, skipSnapshot=True),
        "StopGraph": lambda: aws.stop_graph(**one),
        "StartGraph": lambda: aws.start_graph(**one),
        "DeleteGraph": lambda: aws.delete_graph(**one, skipSnapshot=True),
        "ListTagsForResource": lambda: aws.list_tags_for_resource(
            resourceArn=f"{ARN}graph/{graph}"
        ),
        "TagResource": lambda: aws.tag_resource(
            resourceArn=f"{ARN}graph/{graph}", tags={"more": "1"}
        ),
        "UntagResource": lambda: aws.untag_resource(
            resourceArn=f"{ARN}graph/{graph}", tagKeys=["more"]
        ),
    }


def code_of(call: Any) -> str:
    """The name of the error of a call, or nothing."""
    try:
        call()
    except Exception as error:
        return str(getattr(error, "response", {"Error": {"Code": repr(error)}})["Error"]["Code"])
    return ""


def test_each_operation_on_a_graph_asks_for_its_tags() -> None:
    others = {"StringNotEquals": {"aws:ResourceTag/team": "x"}}
    graphs = {"Resource": f"{ARN}graph/g-*", "Condition": others}
    fence = {"Effect": "Deny", "Action": "neptune-graph:*", **graphs}
    with closed(user("one", ALL, fence)) as server:
        admin, aws = client(server, "admin"), client(server, "one")
        mine = made(admin, "mine", tags={"Team": "x"})
        for name, tags in (("theirs", {"team": "y"}), ("plain", {})):
            graph = made(admin, name, tags=tags)
            codes = {action: code_of(call) for action, call in graph_calls(aws, graph).items()}
            assert codes == dict.fromkeys(codes, DENIED)
        codes = {action: code_of(call) for action, call in graph_calls(aws, mine).items()}
        assert DENIED not in codes.values(), codes
        assert server.fleet.jobs_seen


def test_what_is_allowed_for_a_tag_is_for_no_other_graph() -> None:
    owner = {"StringEquals": {"aws:ResourceTag/owner": "${aws:username}"}}
    with closed(user("ada", allow("*", Condition=owner))) as server:
        admin, aws = client(server, "admin"), client(server, "ada")
        mine, theirs = (made(admin, name, tags={"owner": name}) for name in ("ada", "bob"))
        for action, call in graph_calls(aws, theirs).items():
            assert code_of(call) == DENIED, action
        # On what is made, which has no tags yet, nothing is allowed either.
        makes = {"CreateGraphSnapshot", "StartExportTask", "StartImportTask"}
        for action, call in graph_calls(aws, mine).items():
            assert (code_of(call) == DENIED) is (action in makes), action
        assert code_of(lambda: aws.create_graph(graphName="c", provisionedMemory=16)) == DENIED
        assert code_of(aws.list_graphs) == DENIED


def test_tags_may_be_fenced_in_themselves() -> None:
    team = {"aws:RequestTag/team": "false"}
    fences = (
        deny("TagResource", Resource=f"{ARN}*/g*-*", Condition={"Null": team}),
        deny(
            "UntagResource",
            Condition={"ForAnyValue:StringLike": {"aws:TagKeys": ["team", "sys:*"]}},
        ),
    )
    with closed(user("one", ALL, *fences)) as server:
        aws = client(server, "one")
        arn = f"{ARN}graph/{made(aws, 'tagged', tags={'team': 'x', 'sys:a': '1'})}"
        for tags in ({"team": "y"}, {"TEAM": "y"}, {"a": "b", "team": "x"}):
            assert refused(aws.tag_resource, resourceArn=arn, tags=tags)[0] == DENIED
        for keys in (["team"], ["other", "sys:a"]):
            assert refused(aws.untag_resource, resourceArn=arn, tagKeys=keys)[0] == DENIED
        aws.tag_resource(resourceArn=arn, tags={"a": "b"})
        aws.untag_resource(resourceArn=arn, tagKeys=["a", "other"])
        tags = aws.list_tags_for_resource(resourceArn=arn)["tags"]
        assert tags == {"team": "x", "sys:a": "1"}


def test_tags_must_be_given_to_what_is_made() -> None:
    needed = {
        "StringLike": {"aws:RequestTag/team": ["x", "x-*"]},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["team", "stage"]},
    }
    makes = ("CreateGraph", "RestoreGraphFromSnapshot", "CreateGraphSnapshot", "StartExportTask")
    made_by_import = "CreateGraphUsingImportTask"
    one = user("one", allow(*makes, made_by_import, "TagResource", Condition=needed), allow("Get*"))
    with closed(one) as server:
        admin, aws = client(server, "admin"), client(server, "one")
        graph = made(admin, "source", tags={"team": "y"})
        kept = admin.create_graph_snapshot(graphIdentifier=graph, snapshotName="kept")["id"]
        admin.get_waiter("graph_snapshot_available").wait(snapshotIdentifier=kept)
        export = {
            "graphIdentifier": graph, "destination": "s3://b/o", "format": "CSV",
            "roleArn": ROLE, "kmsKeyIdentifier": KEY,
        }  # fmt: skip
        calls = (
            (aws.create_graph, {"graphName": "a", "provisionedMemory": 16}),
            (aws.restore_graph_from_snapshot, {"graphName": "b", "snapshotIdentifier": kept}),
            (
                aws.create_graph_using_import_task,
                {"graphName": "c", "source": "s3://b/i", "roleArn": ROLE},
            ),
            (aws.create_graph_snapshot, {"graphIdentifier": graph, "snapshotName": "d"}),
            (aws.start_export_task, export),
        )
        for call, members in calls:
            for tags in ({}, {"team": "y"}, {"team": "x", "b": "c"}, {"stage": "x"}):
                assert refused(call, **members, tags=tags)[0] == DENIED
            admin.get_waiter("graph_available").wait(graphIdentifier=graph)
            call(**members, tags={"team": "x-1", "stage": "s"})


def test_snapshots_and_tasks_have_tags_of_their_own() -> None:
    team = {"StringEquals": {"aws:ResourceTag/team": "x"}}
    one = user(
        "one",
        allow("*", Condition=team),
        allow("RestoreGraphFromSnapshot", Resource=f"{ARN}graph/*"),
    )
    with closed(one) as server:
        admin, aws = client(server, "admin"), client(server, "one")
        graph = made(admin, "source", tags={"team": "x"})
        found = {}
        for name in ("x", "y"):
            made_one = admin.create_graph_snapshot(
                graphIdentifier=graph, snapshotName=f"s-{name}", tags={"team": name}
            )
            found[name] = made_one["id"]
            admin.get_waiter("graph_snapshot_available").wait(snapshotIdentifier=made_one["id"])
            admin.get_waiter("graph_available").wait(graphIdentifier=graph)
        for name, wanted in (("y", DENIED), ("x", "")):
            snapshot = found[name]
            calls = (
                lambda s=snapshot: aws.get_graph_snapshot(snapshotIdentifier=s),
                lambda s=snapshot: aws.list_tags_for_resource(
                    resourceArn=f"{ARN}graph-snapshot/{s}"
                ),
                lambda s=snapshot, n=name: aws.restore_graph_from_snapshot(
                    snapshotIdentifier=s, graphName=f"r-{n}"
                ),
            )
            assert [code_of(call) for call in calls] == [wanted] * 3
            # Read where it is, a snapshot is asked for its own tags, not those of its graph.
            assert (code_of(lambda s=snapshot: query(aws, s)) == DENIED) is (name == "y")
        admin.get_waiter("graph_available").wait(
            graphIdentifier=admin.list_graphs()["graphs"][-1]["id"]
        )
        assert code_of(lambda: aws.delete_graph_snapshot(snapshotIdentifier=found["y"])) == DENIED
        assert aws.delete_graph_snapshot(snapshotIdentifier=found["x"])["status"] == "DELETING"


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_what_others_have_is_not_found_whatever_its_tags(region: str) -> None:
    team = {"StringEquals": {"aws:ResourceTag/team": "x"}}
    account = "000000000001" if region == "us-east-1" else ACCOUNT
    with closed(
        user("far", allow("*", Condition=team)), user("root", ALL, account=account)
    ) as server:
        theirs = client(server, "root", region_name=region)
        graph = made(theirs, "theirs", tags={"team": "x"})
        arn = f"arn:aws:neptune-graph:{region}:{account}:graph/{graph}"
        far, admin = client(server, "far"), client(server, "admin")
        for call, members in (
            (admin.get_graph, {"graphIdentifier": graph}),
            (admin.list_tags_for_resource, {"resourceArn": arn}),
            (admin.tag_resource, {"resourceArn": arn, "tags": {"a": "b"}}),
            (admin.untag_resource, {"resourceArn": arn, "tagKeys": ["team"]}),
        ):
            with pytest.raises(admin.exceptions.ResourceNotFoundException):
                call(**members)
        # Their tags open nothing, and tell nothing.
        assert refused(far.list_tags_for_resource, resourceArn=arn)[0] == DENIED
        assert refused(far.get_graph, graphIdentifier=graph)[0] == DENIED
        page = theirs.list_graphs(maxResults=1)
        made(theirs, "second")
        token = theirs.list_graphs(maxResults=1)["nextToken"]
        assert page["graphs"][0]["id"] == graph
        with pytest.raises(admin.exceptions.ClientError, match="nextToken of an earlier reply"):
            admin.list_graphs(nextToken=token)
        assert theirs.list_tags_for_resource(resourceArn=arn)["tags"] == {"team": "x"}

"""graph-notebook: its magics in an IPython shell, as a notebook runs them."""

from __future__ import annotations

import json
import socket

import boto3
from IPython.core.interactiveshell import InteractiveShell

DOMAIN = "us-east-1.neptune-graph.amazonaws.com"
resolve = socket.getaddrinfo


shell = InteractiveShell.instance()


def be_in_the_hosts_file(here):
    """What `127.0.0.1 g-….us-east-1.neptune-graph.amazonaws.com` in the hosts file does, and a server on port 80."""

    def resolved(host, port, *more, **named):
        if not str(host).endswith(DOMAIN):
            return resolve(host, port, *more, **named)
        return resolve("127.0.0.1", here.port if port == 80 else port, *more, **named)

    socket.getaddrinfo = resolved


def prepared(here):
    if "graph_notebook_config" not in shell.magics_manager.magics["cell"]:
        be_in_the_hosts_file(here)
        shell.run_line_magic("load_ext", "graph_notebook.magics")
        settings = {
            "host": f"{here.graph}.{DOMAIN}",
            "neptune_service": "neptune-graph",
            "port": here.port,
            "auth_mode": "IAM",
            "ssl": False,
            "ssl_verify": False,
            "aws_region": "us-east-1",
            "load_from_s3_arn": "",
        }
        shell.run_cell_magic("graph_notebook_config", "", json.dumps(settings))
    return shell


def line(here, magic, words=""):
    """Run a line magic; gives what it stores."""
    prepared(here).user_ns.pop("kept", None)
    shell.run_cell(f"%{magic} --silent --store-to kept {words}").raise_error()
    return shell.user_ns["kept"]


def oc(here, query, words=""):
    prepared(here).user_ns.pop("kept", None)
    shell.run_cell_magic("oc", f"--use-port --store-to kept {words}", query)
    return shell.user_ns["kept"]


def check_queries(here):
    assert oc(here, "CREATE (:Person {name: 'Ada'})-[:KNOWS]->(:Person {name: 'Charles'})") == {
        "results": []
    }
    prepared(here).user_ns["given"] = {"name": "Ada"}
    found = oc(
        here,
        "MATCH p=(a {name: $name})-[:KNOWS]->(b) RETURN p, b.name",
        "-qp given -pc disabled -qt 5000",
    )
    (row,) = found["results"]
    assert row["b.name"] == "Charles"
    assert [part["~entityType"] for part in row["p"]] == ["node", "relationship", "node"]


def check_explain(here):
    for kind in ("static", "details"):
        kept = oc(here, "MATCH (n) RETURN n", f"explain --explain-type {kind}")
        assert "Arguments" in getattr(kept, "text", str(kept)), kept


def check_procedures(here):
    found = oc(here, "CALL neptune.graph.pg_info() YIELD metric, count RETURN metric, count")
    assert {"metric": "numVertices", "count": 2} in found["results"], found


def check_a_wrong_query_is_told(here):
    prepared(here).user_ns.pop("kept", None)
    shell.run_cell_magic("oc", "--use-port --store-to kept", "MATCH (n RETURN n")
    assert "kept" not in shell.user_ns


def check_summary_and_status(here):
    summary = line(here, "summary", "--detailed")
    assert summary["graphSummary"]["numNodes"] == 2, summary
    assert line(here, "oc_status")["queries"] == []
    assert line(here, "oc_status", "--state ALL --maxResults 10")["queries"] == []
    assert line(here, "get_graph")["id"] == here.graph


def check_the_configuration_is_told(here):
    prepared(here).run_cell("%graph_notebook_config --silent --store-to kept").raise_error()
    told = json.loads(shell.user_ns["kept"])
    assert (told["neptune_service"], told["port"]) == ("neptune-graph", here.port), told
    assert line(here, "status")["status"] == "AVAILABLE"
    shell.run_cell("%graph_notebook_host").raise_error()


def check_what_queries_without_a_port_asks_for(here):
    found = line(here, "graph_pg_info")
    assert {"metric": "numVertices", "count": 2} in found["results"], found


def check_files_of_a_bucket_are_loaded(here):
    bucket = f"notebook-{here.graph}"
    boto3.client("s3").create_bucket(Bucket=bucket)
    text = b"~id,~label,name:String\ngrace,Loaded,Grace\nalan,Loaded,Alan\n"
    boto3.client("s3").put_object(Bucket=bucket, Key="in/nodes.csv", Body=text)
    prepared(here).user_ns.pop("kept", None)
    shell.run_cell(f"%load -s s3://{bucket}/in/ -f csv --store-to kept --run").raise_error()
    loaded = shell.user_ns["kept"]["results"]
    assert len(loaded) == 1, loaded
    found = oc(here, "MATCH (n:Loaded) RETURN n.name AS name ORDER BY name")
    assert found == {"results": [{"name": "Alan"}, {"name": "Grace"}]}


def check_degrees(here):
    # What the button of %degreeDistribution does.
    magics = prepared(here).magics_manager.registry["Graph"]
    kept = {}
    magics.execute_degree_distribution_query("outbound", ["Person"], ["KNOWS"], kept)
    (row,) = kept["js"]["results"]
    assert row["output"]["distribution"], row


def check_an_import_task_is_told(here):
    bucket = f"notebook-{here.graph}"
    made = boto3.client("neptune-graph").create_graph_using_import_task(
        graphName=f"imported-{here.graph}",
        source=f"s3://{bucket}/in/",
        format="CSV",
        roleArn="arn:aws:iam::123456789012:role/seaglass",
        failOnError=True,
    )
    told = line(here, "get_import_task", f"-ti {made['taskId']}")
    assert told["graphId"] == made["graphId"], told


def check_a_snapshot_and_a_reset(here):
    made = line(here, "create_graph_snapshot")
    assert made["status"] == "CREATING", made
    assert made["name"].startswith(f"snapshot-{here.graph}-")
    while line(here, "get_graph")["status"] != "AVAILABLE":
        pass
    shell.run_line_magic("reset", "--yes")
    while line(here, "get_graph")["status"] != "AVAILABLE":
        pass
    assert oc(here, "MATCH (n) RETURN count(n) AS c") == {"results": [{"c": 0}]}

"""graph-notebook: its magics in an IPython shell, as a notebook runs them."""

from __future__ import annotations

import json
import socket

from IPython.core.interactiveshell import InteractiveShell

DOMAIN = "us-east-1.neptune-graph.amazonaws.com"
resolve = socket.getaddrinfo


def resolve_as_in_a_hosts_file(host, *more, **named):
    """What `127.0.0.1 g-….us-east-1.neptune-graph.amazonaws.com` in the hosts file does."""
    return resolve("127.0.0.1" if str(host).endswith(DOMAIN) else host, *more, **named)


socket.getaddrinfo = resolve_as_in_a_hosts_file
shell = InteractiveShell.instance()


def prepared(here):
    if "graph_notebook_config" not in shell.magics_manager.magics["cell"]:
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
    assert line(here, "get_graph")["id"] == here.graph


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

"""nx-neptune: a NetworkX graph kept in a graph here, and its session manager."""

from __future__ import annotations

import asyncio

import boto3
import networkx as nx
import nx_neptune
from networkx.algorithms.link_analysis.pagerank_alg import _pagerank_python
from nx_neptune import Edge, NeptuneGraph, Node, instance_management, set_config_graph_id
from nx_neptune.session_manager import SessionManager

KEY = "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"


def kept(here):
    set_config_graph_id(here.graph)
    return NeptuneGraph.from_config()


def check_nodes_and_edges(here):
    graph = kept(here)
    ada = Node(id="ada", labels=["Person"], properties={"name": "Ada"})
    alan = Node(id="alan", labels=["Person"], properties={"name": "Alan"})
    graph.add_nodes([ada, alan])
    graph.add_edges([Edge(label="KNOWS", properties={"since": 1833}, node_src=ada, node_dest=alan)])
    nodes = graph.get_all_nodes()
    assert sorted(node["~properties"]["name"] for node in nodes) == ["Ada", "Alan"]
    (edge,) = graph.get_all_edges()
    assert (edge["~type"], edge["~properties"]) == ("KNOWS", {"since": 1833})
    graph.clear_graph()
    assert graph.get_all_nodes() == []


def check_a_networkx_graph_moves_over(here):
    graph = kept(here)
    small = nx.karate_club_graph()
    nodes = {n: Node(id=str(n), labels=["Node"], properties={}) for n in small}
    graph.add_nodes(list(nodes.values()))
    graph.add_edges(
        [
            Edge(label="RELATES_TO", properties={}, node_src=nodes[a], node_dest=nodes[b])
            for a, b in small.edges
        ]
    )
    assert len(graph.get_all_nodes()) == 34
    assert len(graph.get_all_edges()) == 78
    graph.clear_graph()


def bucket(here):
    """A bucket of this run."""
    name = f"nx-{here.graph}"
    if name not in [one["Name"] for one in boto3.client("s3").list_buckets()["Buckets"]]:
        boto3.client("s3").create_bucket(Bucket=name)
    return name


def check_data_comes_from_a_bucket(here):
    name = bucket(here)
    nodes = "~id,~label,name:String\nada,Person,Ada\nalan,Person,Alan\n"
    edges = "~id,~from,~to,~label\ne1,ada,alan,KNOWS\n"
    for file, text in (("nodes.csv", nodes), ("edges.csv", edges)):
        boto3.client("s3").put_object(Bucket=name, Key=f"in/{file}", Body=text.encode())
    graph = kept(here)
    graph.add_node(Node(id="old", labels=["Person"], properties={}))
    # It resets the graph before, and polls the task.
    work = nx_neptune.import_csv_from_s3(
        graph, f"s3://{name}/in/", polling_interval=1, max_attempts=60
    )
    assert asyncio.run(work).startswith("t-")
    assert sorted(node["~id"] for node in graph.get_all_nodes()) == ["ada", "alan"]
    assert [edge["~type"] for edge in graph.get_all_edges()] == ["KNOWS"]


def check_data_goes_to_a_bucket_and_comes_back(here):
    name = bucket(here)
    # It exports only to a bucket that has versions, and a key, which it passes on; the S3 server here knows no keys.
    versions = {"Status": "Enabled"}
    boto3.client("s3").put_bucket_versioning(Bucket=name, VersioningConfiguration=versions)
    instance_management._get_bucket_encryption_key_arn = lambda _: KEY
    graph = kept(here)
    wanted = {"vertexFilter": {"Person": {}}}
    work = nx_neptune.export_csv_to_s3(
        graph, f"s3://{name}/out", wanted, polling_interval=1, max_attempts=60
    )
    task = asyncio.run(work)
    done = boto3.client("neptune-graph").get_export_task(taskIdentifier=task)
    assert done["status"] == "SUCCEEDED", done
    written = f"s3://{name}/out/{task}/"
    work = nx_neptune.import_csv_from_s3(graph, written, polling_interval=1, max_attempts=60)
    asyncio.run(work)
    names = sorted(node["~properties"]["name"] for node in graph.get_all_nodes())
    assert names == ["Ada", "Alan"]
    graph.clear_graph()


def check_searches_and_degrees_are_those_of_networkx(here):
    kept(here).clear_graph()
    graph = nx.DiGraph([("a", "b"), ("b", "c"), ("a", "d"), ("e", "a")])
    found = [tuple(edge) for edge in nx.bfs_edges(graph, "a", backend="neptune")]
    assert sorted(found) == sorted(nx.bfs_edges(graph, "a"))
    kept(here).clear_graph()
    assert nx.descendants_at_distance(graph, "a", 2, backend="neptune") == {"c"}
    for measure in (nx.degree_centrality, nx.in_degree_centrality, nx.out_degree_centrality):
        kept(here).clear_graph()
        assert measure(graph, backend="neptune") == measure(graph), measure.__name__
    kept(here).clear_graph()


def check_ranks_and_closeness_are_those_of_networkx(here):
    graph = nx.DiGraph([("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("e", "f"), ("d", "f")])
    kept(here).clear_graph()
    ranks = nx.pagerank(graph, max_iter=99, tol=1e-9, backend="neptune")
    near(ranks, _pagerank_python(graph, tol=1e-9))
    kept(here).clear_graph()
    weights = {"a": 1, "e": 3}
    ranks = nx.pagerank(graph, personalization=weights, max_iter=99, tol=1e-9, backend="neptune")
    near(ranks, _pagerank_python(graph, personalization=weights, tol=1e-9))
    kept(here).clear_graph()
    scores = nx.closeness_centrality(graph, backend="neptune", traversal_direction="inbound")
    near(scores, nx.closeness_centrality(graph))
    kept(here).clear_graph()


def check_components_and_communities_are_those_of_networkx(here):
    pieces = nx.DiGraph([("a", "b"), ("c", "b"), ("d", "e")])
    kept(here).clear_graph()
    found = nx.weakly_connected_components(pieces, backend="neptune")
    same(found, nx.weakly_connected_components(pieces))
    two = nx.Graph([("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("d", "e"), ("e", "f")])
    two.add_edge("f", "d")
    kept(here).clear_graph()
    same(nx.community.louvain_communities(two, backend="neptune"), [set("abc"), set("def")])
    kept(here).clear_graph()
    found = nx.community.label_propagation_communities(
        two, backend="neptune", traversal_direction="both"
    )
    same(found, [set("abc"), set("def")])
    kept(here).clear_graph()
    pairs = [("a", "b"), ("a", "d")]
    found = nx.jaccard_coefficient(two, pairs, backend="neptune", traversal_direction="both")
    known = nx.jaccard_coefficient(two, pairs)
    near({(a, b): score for a, b, score in found}, {(a, b): score for a, b, score in known})
    kept(here).clear_graph()


def near(found, expected):
    assert found.keys() == expected.keys(), found
    for name, value in expected.items():
        assert abs(found[name] - value) < 1e-6, (name, found[name], value)


def same(found, expected):
    assert sorted(map(sorted, found)) == sorted(map(sorted, expected))


def check_permissions_are_asked_for_and_granted(here):
    assert nx_neptune.validate_permissions()


def check_the_session_manager_makes_stops_and_deletes(here):
    with SessionManager(session_name="nx-session") as manager:
        graph = asyncio.run(manager.get_or_create_graph())
        assert graph.graph_id in [one.graph_id for one in manager.list_graphs()]
        asyncio.run(nx_neptune.stop_na_instance(graph.graph_id))
        asyncio.run(nx_neptune.start_na_instance(graph.graph_id))
        snapshot = asyncio.run(manager.create_snapshot(graph, "nx-kept"))
        again = asyncio.run(nx_neptune.create_na_instance_from_snapshot(snapshot))
        asyncio.run(manager.delete_snapshot(snapshot))
        # What it makes is protected; lifting that takes effect at once.
        aws = boto3.client("neptune-graph")
        assert aws.get_graph(graphIdentifier=again)["deletionProtection"]
        aws.update_graph(graphIdentifier=again, deletionProtection=False)
        aws.delete_graph(graphIdentifier=again, skipSnapshot=True)
        asyncio.run(nx_neptune.delete_na_instance(graph.graph_id))
        assert manager.list_graphs() == []

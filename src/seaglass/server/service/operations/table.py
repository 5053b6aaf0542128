"""The table of operations: what answers which. Above: chain. Below: the handlers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.server.service.operations import endpoints, graphs, queries, snapshots, tags, tasks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seaglass.server.service.context import Handler

OPERATIONS: Mapping[str, Handler] = {
    "CreateGraph": graphs.create_graph,
    "GetGraph": graphs.get_graph,
    "ListGraphs": graphs.list_graphs,
    "UpdateGraph": graphs.update_graph,
    "DeleteGraph": graphs.delete_graph,
    "ResetGraph": graphs.reset_graph,
    "StartGraph": graphs.start_graph,
    "StopGraph": graphs.stop_graph,
    "RestoreGraphFromSnapshot": graphs.restore_graph_from_snapshot,
    "CreateGraphSnapshot": snapshots.create_graph_snapshot,
    "GetGraphSnapshot": snapshots.get_graph_snapshot,
    "ListGraphSnapshots": snapshots.list_graph_snapshots,
    "DeleteGraphSnapshot": snapshots.delete_graph_snapshot,
    "CreatePrivateGraphEndpoint": endpoints.create_private_graph_endpoint,
    "GetPrivateGraphEndpoint": endpoints.get_private_graph_endpoint,
    "ListPrivateGraphEndpoints": endpoints.list_private_graph_endpoints,
    "DeletePrivateGraphEndpoint": endpoints.delete_private_graph_endpoint,
    "TagResource": tags.tag_resource,
    "UntagResource": tags.untag_resource,
    "ListTagsForResource": tags.list_tags_for_resource,
    "ExecuteQuery": queries.execute_query,
    "ListQueries": queries.list_queries,
    "GetQuery": queries.get_query,
    "CancelQuery": queries.cancel_query,
    "GetGraphSummary": queries.get_graph_summary,
    "CreateGraphUsingImportTask": tasks.create_graph_using_import_task,
    "StartImportTask": tasks.start_import_task,
    "GetImportTask": tasks.get_import_task,
    "ListImportTasks": tasks.list_import_tasks,
    "CancelImportTask": tasks.cancel_import_task,
    "StartExportTask": tasks.start_export_task,
    "GetExportTask": tasks.get_export_task,
    "ListExportTasks": tasks.list_export_tasks,
    "CancelExportTask": tasks.cancel_export_task,
}

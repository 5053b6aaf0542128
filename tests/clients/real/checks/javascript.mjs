// The JavaScript SDK, every operation that is served, as a strict reader of each answer.
//
// Arguments: endpoint, path of the service model, a folder that the server may write and read. Every member that the model requires must be there, none may be that
// it does not know, and each must have the type that the model gives it, after the SDK has read the answer. Prints one
// JSON object: name of a check -> null, or what went wrong.
import { readFileSync } from "node:fs";
import * as sdk from "@aws-sdk/client-neptune-graph";

const [endpoint, modelPath, transfers] = process.argv.slice(2);
const model = JSON.parse(readFileSync(modelPath, "utf-8"));
const client = new sdk.NeptuneGraphClient({ endpoint, disableHostPrefix: true, maxAttempts: 1 });
const STATUSES = { CreateGraph: 201, CreateGraphSnapshot: 201, RestoreGraphFromSnapshot: 201, CreatePrivateGraphEndpoint: 201, StartExportTask: 201, StartImportTask: 201, CreateGraphUsingImportTask: 201 };

function misfits(name, value, path) {
  const shape = model.shapes[name];
  switch (shape.type) {
    case "structure": {
      if (shape.document) return [];
      const found = [];
      for (const member of shape.required ?? [])
        if (value[member] === undefined) found.push(`${path}.${member} is missing`);
      for (const [member, inner] of Object.entries(value)) {
        if (inner === undefined) continue;
        if (!(member in shape.members)) found.push(`${path}.${member} is unknown`);
        else found.push(...misfits(shape.members[member].shape, inner, `${path}.${member}`));
      }
      return found;
    }
    case "list":
      return Array.isArray(value) ? value.flatMap((item) => misfits(shape.member.shape, item, `${path}[]`)) : [`${path} is no list`];
    case "map":
      return Object.values(value).flatMap((item) => misfits(shape.value.shape, item, `${path}{}`));
    case "timestamp":
      return value instanceof Date && !Number.isNaN(value.getTime()) ? [] : [`${path} is no time`];
    case "integer":
    case "long":
      return Number.isInteger(value) ? [] : [`${path} is no integer`];
    case "boolean":
      return typeof value === "boolean" ? [] : [`${path} is no boolean`];
    case "string":
      if (typeof value !== "string") return [`${path} is no string`];
      return shape.enum && !shape.enum.includes(value) ? [`${path}: ${value} is none of ${shape.enum}`] : [];
    default:
      return [];
  }
}

async function call(operation, input) {
  const answer = await client.send(new sdk[`${operation}Command`](input));
  const { $metadata, ...members } = answer;
  const status = STATUSES[operation] ?? 200;
  if ($metadata.httpStatusCode !== status) throw new Error(`${operation}: ${$metadata.httpStatusCode}, not ${status}`);
  if (!$metadata.requestId) throw new Error(`${operation}: no request id`);
  const output = model.operations[operation].output;
  if (operation !== "ExecuteQuery" && output) {
    const found = misfits(output.shape, members, operation);
    if (found.length) throw new Error(found.join("; "));
  }
  return answer;
}

async function rows(graphIdentifier, queryString, more = {}) {
  const answer = await call("ExecuteQuery", { graphIdentifier, queryString, language: "OPEN_CYPHER", ...more });
  return JSON.parse(await answer.payload.transformToString()).results;
}

function same(found, wanted) {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`${a} is not ${b}`);
}

async function refused(work, type, reason) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof sdk[type])) throw error;
    if (reason !== undefined) same(error.reason, reason);
    if (!error.message) throw new Error("an error without a message");
    return error;
  }
  throw new Error(`no ${type}`);
}

const available = (graphIdentifier) => sdk.waitUntilGraphAvailable({ client, maxWaitTime: 120 }, { graphIdentifier });

async function fresh(graphName, more = {}) {
  const made = await call("CreateGraph", { graphName, provisionedMemory: 16, replicaCount: 0, ...more });
  await available(made.id);
  return made.id;
}

const checks = {
  async graphs() {
    const id = await fresh("js-graphs", { tags: { team: "x" }, vectorSearchConfiguration: { dimension: 4 }, publicConnectivity: true });
    const found = await call("GetGraph", { graphIdentifier: id });
    same([found.name, found.vectorSearchConfiguration, found.createTime instanceof Date], ["js-graphs", { dimension: 4 }, true]);
    await call("UpdateGraph", { graphIdentifier: id, provisionedMemory: 32, deletionProtection: true });
    await available(id);
    await refused(() => call("DeleteGraph", { graphIdentifier: id, skipSnapshot: true }), "ConflictException");
    await call("UpdateGraph", { graphIdentifier: id, deletionProtection: false });
    await available(id);
    await call("StopGraph", { graphIdentifier: id });
    await sdk.waitUntilGraphStopped({ client, maxWaitTime: 120 }, { graphIdentifier: id });
    await call("StartGraph", { graphIdentifier: id });
    await available(id);
    await call("ResetGraph", { graphIdentifier: id, skipSnapshot: true });
    await available(id);
    await call("DeleteGraph", { graphIdentifier: id, skipSnapshot: true });
    await sdk.waitUntilGraphDeleted({ client, maxWaitTime: 120 }, { graphIdentifier: id });
    await refused(() => call("GetGraph", { graphIdentifier: id }), "ResourceNotFoundException");
  },
  async pages() {
    const ids = [await fresh("js-page-a"), await fresh("js-page-b")];
    const found = [];
    for await (const page of sdk.paginateListGraphs({ client, pageSize: 1 }, {})) {
      same(misfits("ListGraphsOutput", { graphs: page.graphs }, "page"), []);
      found.push(...page.graphs.map((graph) => graph.id));
    }
    for (const id of ids) if (!found.includes(id)) throw new Error(`${id} is on no page`);
  },
  async queries() {
    const id = await fresh("js-queries");
    await rows(id, "CREATE (:A {n: $n})-[:R {w: 1.5}]->(:B)", { parameters: { n: 1 } });
    same(await rows(id, "MATCH (a)-[r]->(b) RETURN a.n, r.w, labels(b) AS l", { planCache: "ENABLED" }), [{ "a.n": 1, "r.w": 1.5, l: ["B"] }]);
    const plan = await call("ExecuteQuery", { graphIdentifier: id, queryString: "RETURN 1", language: "OPEN_CYPHER", explainMode: "STATIC" });
    if (!(await plan.payload.transformToString()).includes("Arguments")) throw new Error("no plan");
    for (const mode of ["BASIC", "DETAILED"]) {
      const { graphSummary, version } = await call("GetGraphSummary", { graphIdentifier: id, mode });
      same([version, graphSummary.numNodes, graphSummary.numEdges], ["v1", 2, 1]);
    }
    same((await call("ListQueries", { graphIdentifier: id, maxResults: 10 })).queries, []);
    const query = (queryString, more = {}) => () => rows(id, queryString, more);
    await refused(query("RETURN"), "ValidationException", "MALFORMED_QUERY");
    await refused(query("RETURN 'a' + 1 - 2"), "ValidationException", "ILLEGAL_ARGUMENT");
    await refused(query("CALL neptune.algo.pageRank() YIELD node RETURN node"), "ValidationException");
    const long = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b RETURN count(*)";
    await refused(query(long, { queryTimeoutMilliseconds: 100 }), "UnprocessableException", "QUERY_TIMEOUT");
    const ended = refused(query(long), "ValidationException", "QUERY_CANCELLED");
    let running = [];
    while (!running.length) running = (await call("ListQueries", { graphIdentifier: id, maxResults: 10, state: "ALL" })).queries;
    await call("GetQuery", { graphIdentifier: id, queryId: running[0].id });
    await call("CancelQuery", { graphIdentifier: id, queryId: running[0].id });
    await ended;
  },
  async snapshots() {
    const id = await fresh("js-snapshots");
    await rows(id, "CREATE (:Kept)");
    const made = await call("CreateGraphSnapshot", { graphIdentifier: id, snapshotName: "js-kept", tags: { k: "v" } });
    const snapshotIdentifier = made.id;
    await sdk.waitUntilGraphSnapshotAvailable({ client, maxWaitTime: 120 }, { snapshotIdentifier });
    await call("GetGraphSnapshot", { snapshotIdentifier });
    same((await call("ListGraphSnapshots", { graphIdentifier: id })).graphSnapshots.length, 1);
    const again = await call("RestoreGraphFromSnapshot", { snapshotIdentifier, graphName: "js-again", provisionedMemory: 16 });
    await available(again.id);
    same(again.sourceSnapshotId, snapshotIdentifier);
    same(await rows(again.id, "MATCH (n) RETURN labels(n) AS l"), [{ l: ["Kept"] }]);
    await call("DeleteGraphSnapshot", { snapshotIdentifier });
    await sdk.waitUntilGraphSnapshotDeleted({ client, maxWaitTime: 120 }, { snapshotIdentifier });
  },
  async tags() {
    const id = await fresh("js-tags");
    const resourceArn = (await call("GetGraph", { graphIdentifier: id })).arn;
    await call("TagResource", { resourceArn, tags: { a: "1", "b:c": "2" } });
    same((await call("ListTagsForResource", { resourceArn })).tags, { a: "1", "b:c": "2" });
    await call("UntagResource", { resourceArn, tagKeys: ["b:c"] });
    same((await call("ListTagsForResource", { resourceArn })).tags, { a: "1" });
  },
  async endpoints() {
    const graphIdentifier = await fresh("js-endpoints");
    const one = { graphIdentifier, vpcId: "vpc-1" };
    await call("CreatePrivateGraphEndpoint", { ...one, subnetIds: ["subnet-1"], vpcSecurityGroupIds: ["sg-1"] });
    await sdk.waitUntilPrivateGraphEndpointAvailable({ client, maxWaitTime: 120 }, one);
    await call("GetPrivateGraphEndpoint", one);
    same((await call("ListPrivateGraphEndpoints", { graphIdentifier })).privateGraphEndpoints.length, 1);
    await call("DeletePrivateGraphEndpoint", one);
    await sdk.waitUntilPrivateGraphEndpointDeleted({ client, maxWaitTime: 120 }, one);
  },
  async tasks() {
    const graphIdentifier = await fresh("js-tasks");
    await rows(graphIdentifier, "CREATE (:Kept {n: 1})-[:R]->(:Kept)");
    const roleArn = "arn:aws:iam::123456789012:role/r";
    const kmsKeyIdentifier = "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef";
    const exportFilter = { vertexFilter: { Kept: { properties: { n: { outputType: "Int" } } } } };
    const wanted = { graphIdentifier, roleArn, kmsKeyIdentifier, format: "CSV", destination: `file://${transfers}/js` };
    const out = await call("StartExportTask", { ...wanted, exportFilter, tags: { k: "v" } });
    await sdk.waitUntilExportTaskSuccessful({ client, maxWaitTime: 120 }, { taskIdentifier: out.taskId });
    same((await call("GetExportTask", { taskIdentifier: out.taskId })).exportTaskDetails.numVerticesWritten, 2);
    same((await call("ListExportTasks", { graphIdentifier })).tasks.length, 1);
    const source = `${transfers}/js/${out.taskId}/`;
    const made = await call("CreateGraphUsingImportTask", { graphName: "js-imported", source, roleArn, format: "CSV" });
    await sdk.waitUntilImportTaskSuccessful({ client, maxWaitTime: 120 }, { taskIdentifier: made.taskId });
    await available(made.graphId);
    same((await call("GetImportTask", { taskIdentifier: made.taskId })).importTaskDetails.progressPercentage, 100);
    same(await rows(made.graphId, "MATCH (n:Kept) RETURN sum(n.n) AS n"), [{ n: 1 }]);
    const empty = await fresh("js-filled");
    const later = await call("StartImportTask", { graphIdentifier: empty, source, roleArn, failOnError: false });
    await sdk.waitUntilImportTaskSuccessful({ client, maxWaitTime: 120 }, { taskIdentifier: later.taskId });
    for await (const page of sdk.paginateListImportTasks({ client, pageSize: 1 }, {})) same(page.tasks.length <= 1, true);
    await refused(() => call("CancelImportTask", { taskIdentifier: later.taskId }), "ConflictException");
    await refused(() => call("CancelExportTask", { taskIdentifier: out.taskId }), "ConflictException");
  },
  async errors() {
    const bad = await refused(() => call("CreateGraph", { graphName: "g-NO", provisionedMemory: 1 }), "ValidationException", "BAD_REQUEST");
    same(bad.message.startsWith("2 validation errors detected"), true);
    const graphIdentifier = await fresh("js-twice");
    for (const operation of ["GetQuery", "CancelQuery"])
      await refused(() => call(operation, { graphIdentifier, queryId: "nobody" }), "ResourceNotFoundException");
    await refused(() => call("CreateGraph", { graphName: "js-twice", provisionedMemory: 16 }), "ConflictException");
  },
};

const outcomes = {};
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    outcomes[name] = null;
  } catch (error) {
    outcomes[name] = `${error.stack}`;
  }
}
console.log(JSON.stringify(outcomes));

"""The AWS face: HTTP, control plane, worker processes. Only `worker` may import the engine."""

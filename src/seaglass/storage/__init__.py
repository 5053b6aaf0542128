"""Bytes on disk: sealed objects, keys and logs. Knows nothing of graphs."""

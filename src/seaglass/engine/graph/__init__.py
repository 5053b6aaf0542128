"""The immutable graph value: chunks, groups, adjacency, versions; applying changes; reading."""

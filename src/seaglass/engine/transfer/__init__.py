"""Import: files in several formats become nodes and edges of a graph."""

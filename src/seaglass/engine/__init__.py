"""The graph database as a library; it knows nothing of AWS."""

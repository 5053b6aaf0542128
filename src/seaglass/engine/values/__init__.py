"""Cypher values: one by one, as columns and as frames; their equality and order."""

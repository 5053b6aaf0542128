"""Framed messages between the front and its workers; the standard library only."""

"""Append-only logs of sealed entries: byte layout, reader, recovery, writer."""

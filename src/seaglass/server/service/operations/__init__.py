"""Handlers of the operations, one file per noun; `table` lists them all."""

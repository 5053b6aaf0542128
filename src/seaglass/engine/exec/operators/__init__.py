"""The operators, one family per file; `exec/run.py` lists them."""

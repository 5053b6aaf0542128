"""The expressions, one family per file; `evaluate.py` lists them."""

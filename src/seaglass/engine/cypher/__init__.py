"""openCypher text -> plan. Knows no graph; `compile.py` is its contents page."""

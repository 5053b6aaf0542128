"""Graph algorithms: the procedures `neptune.algo.*`; `catalogue.py` is the contents page."""

"""What snapshots cost in seaglass, and in the ways that people keep states of a graph elsewhere."""

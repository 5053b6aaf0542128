"""The control plane on SQL: what graphs and snapshots exist, which state they are in, what must
happen next.
"""

"""Numba loops: arrays in, arrays out; imports nothing of ours outside this room."""

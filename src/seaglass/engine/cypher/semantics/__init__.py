"""Syntax tree -> bound tree: names, functions, and the rules of the language that no data can
change.
"""

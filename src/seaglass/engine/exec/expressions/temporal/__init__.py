"""Functions and operators on temporal values; `functions` is the contents page."""

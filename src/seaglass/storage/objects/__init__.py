"""Content-addressed, sealed, immutable objects."""

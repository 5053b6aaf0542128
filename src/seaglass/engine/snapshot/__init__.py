"""Versions to objects and back: layout, manifest, save, load, refs, garbage collection, verification."""

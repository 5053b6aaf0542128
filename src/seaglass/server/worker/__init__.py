"""A worker process: one graph's memory, log and queries; it alone loads the engine."""

"""Envelope encryption: the key ring wraps one data key per domain."""

"""Stores in S3-compatible buckets: objects, refs and a lease over one client."""

"""Search among the embeddings of a version."""

"""Who sends a request, and what that one may do: credentials and owners. Knows no HTTP server."""

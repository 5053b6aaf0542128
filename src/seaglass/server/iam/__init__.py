"""Who sends a request, and what that one may do: signatures, principals, policies. Knows no server."""

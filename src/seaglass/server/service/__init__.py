"""The ASGI app: one chain for every request, one handler for every operation of the model."""

"""Sizes on the link; each value with its unit and its origin."""

from __future__ import annotations

# Bytes. The service takes bodies up to 150 MiB (the limit that Neptune documents for a request);
# JSON written again may be longer.
LINK_REQUEST_BYTES = 192 << 20
# Bytes of one DATA frame: large enough that frames cost nothing, small enough to be held whole on
# both sides.
LINK_DATA_BYTES = 1 << 20
# Bytes of one END or ERROR: a list of 8,192 waiting queries with their texts cut at 4 KiB is the
# largest of them.
LINK_CONTROL_BYTES = 64 << 20
# Bytes that either side gathers before it hands them on.
LINK_BUFFER_BYTES = 64 << 10
# Exit status of a worker that the guard of its memory ended: what it did would end the next one too.
EXIT_OUT_OF_MEMORY = 137

"""Settings that all tests share."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# Numba compiles at the first call and the machines are shared: a deadline would measure them, not the code.
settings.register_profile(
    "house",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
    max_examples=int(os.environ.get("SEAGLASS_EXAMPLES", "60")),
)
settings.load_profile("house")

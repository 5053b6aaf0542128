"""`python -m seaglass.testkit.fuzz`: see `processes`."""

from __future__ import annotations

import sys

from seaglass.testkit.fuzz.processes import main

if __name__ == "__main__":
    sys.exit(main())

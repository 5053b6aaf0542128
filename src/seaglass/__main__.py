"""`python -m seaglass` is `seaglass`."""

from __future__ import annotations

from seaglass.cli import main

if __name__ == "__main__":
    main()

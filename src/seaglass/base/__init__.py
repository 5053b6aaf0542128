"""Words that every room uses: errors, limits, clock, randomness, files. Imports nothing of ours."""

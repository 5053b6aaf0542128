"""Running plans: operators over frames, expressions over columns, results as JSON."""

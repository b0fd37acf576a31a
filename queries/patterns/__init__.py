"""Named patterns, one module each with `detect()` and `explain()`. Called by api and the pattern refresh."""

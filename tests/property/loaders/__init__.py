"""Properties of the loading pipeline."""

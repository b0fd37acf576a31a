"""The loading pipeline, piece by piece."""

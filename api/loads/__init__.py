"""Loads that the server runs: jobs one after another, and the uploads that they read."""

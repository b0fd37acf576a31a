"""Loads that `kill -9` ends at chosen moments, and what a reader sees before anything else is done.

`python -m tests.support.kills` runs every moment on both stores, `tests/contract/kills` a few in each test run.
"""

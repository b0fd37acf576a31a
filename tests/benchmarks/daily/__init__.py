"""How long detection takes after one more day: what changed searched, and everything.

`python -m tests.benchmarks.daily`; the country of a work folder is made once.
"""

"""What the pattern catalogue is worth on a large generated country: who is found, who is missed, who is suspected.

`python -m tests.benchmarks.patterns`: a country with planted cases and near misses is loaded, every pattern searched,
and its findings held against the truth tables.
"""

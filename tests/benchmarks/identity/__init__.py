"""A million registrations resolved: how right, how fast, how much memory, and a batch against what is there.

`python -m tests.benchmarks.identity`; its steps are the modules here, each a function (size, folder) → facts by name.
"""

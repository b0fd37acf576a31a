"""What the kernels cost on ten million invoices, against goals, and against peers on the same work.

`python -m tests.benchmarks.kernels`; its steps are the modules here, each a function (size, folder) → facts by name.
"""

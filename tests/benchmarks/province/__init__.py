"""What a province asks of one machine: ten million invoices loaded, kept up, read while more load, saved and restored.

`python -m tests.benchmarks.province`; its steps are the modules here, each a function (size, folder) → facts by name.
"""

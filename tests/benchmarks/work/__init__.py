"""What the questions about officers and their work cost on a generated country: responsibility, portfolio, loop, gaps.

`python -m tests.benchmarks.work`; its steps are the modules here, each a function (size, folder) → facts by name, and
`page` has a line for each goal.
"""

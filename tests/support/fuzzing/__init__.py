"""Mutated exports through the whole pipeline: `seeds` → `mutating` → `judging`, run by `__main__`.

Everything is a function of (seed, case), so that a failure is repeated by its two numbers.
"""

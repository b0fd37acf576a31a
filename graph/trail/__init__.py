"""The trail of tasks: canonical form of an event, the chain of hashes per task, the days' roots.

Numbers and text in, text out; no store. Loads and the desk of tasks chain by it, `queries.trail` seals by it.
"""

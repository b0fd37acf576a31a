"""Findings as the graph keeps them: what a run changes, how they are read, explained, decided and joined into cases."""

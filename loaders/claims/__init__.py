"""Statements of sources that may disagree → one version a fact, with every claim kept. Entered through `merge`."""

"""Builders, references and servers that tests share."""

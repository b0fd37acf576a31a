"""The commands of `taxgraph`: typer signatures with their help, and how answers look in a terminal.

A command turns its arguments into the parameters of an operation, has it performed (`session`) and shows the answer
(`showing`). What an operation does stands in `api.operations`.
"""

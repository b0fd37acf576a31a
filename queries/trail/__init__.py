"""The trail of tasks as a whole: read with what was withdrawn, exported, sealed day by day.

`links` reads it, `rows` writes it out, `keys` signs, `roots_file` keeps the days' roots, `sealing` makes them. What is
proved and what is not: docs/trail.md.
"""

"""What all patterns share: the facts they read, the rules they apply, and findings with their identity.

`queries.patterns` has one module a pattern; nothing here knows which patterns there are.
"""

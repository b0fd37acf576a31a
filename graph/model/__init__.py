"""The vocabulary: every node, relationship and property, declared once as typed classes.

`fields` says what a property can be, `types` what a type is, the other modules declare, `vocabulary` lists.
"""

"""The authority in time: who answers for what on which day, how that moved, where nobody does or two do.

One module a question, each on both clocks and scoped; the directory of the authority is open inside it, taxpayers and
tasks are not (docs/adr/0005). Days are half open throughout: a span holds from its first day until the day before `to`.
"""

"""What the command line can have done to a store: one function an operation, JSON-able parameters in, JSON out.

The same functions run in the command's own process or, while a server owns the embedded file, in that server
(`api.operations.route`). `registry` finds them by name; `context` is what they are given.
"""

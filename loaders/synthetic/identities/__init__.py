"""Registrations of firms and which of them are one taxpayer: the truth that identity resolution is measured against.

`draw.identities` makes them; `writing.write_identities` writes them. The engine (`loaders.resolve`) never reads this.
"""

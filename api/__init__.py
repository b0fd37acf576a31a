"""Outward faces: GraphQL over HTTP and the command line; `app` and `cli` are the two places that build a store."""

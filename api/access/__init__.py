"""Who may see what, and who has seen it: principals, tokens, scopes, the access log."""

"""Questions about identity: how a taxpayer was formed."""

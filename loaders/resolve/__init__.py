"""Which parties are one taxpayer. `base.Resolver` is the interface, `write` runs it."""

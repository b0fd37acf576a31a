"""How good a register's identities are: its pairs in strata, samples to be labelled, and what labels tell."""

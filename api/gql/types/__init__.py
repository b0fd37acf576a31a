"""Every type of the schema, by hand: an API is a promise of its own. Checked against the vocabulary by a test."""

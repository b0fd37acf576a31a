"""Which registrations are one firm: certain rules first, then weighed evidence. Arrow tables in, Arrow tables out.

1. `fields.prepare`: each registration in the form in which it is compared; a row depends on that registration alone.
2. `hard.hard_identifiers`, `rules.rule_pairs`: organisation codes, numbers, recorded changes of number.
3. `blocking`, `comparisons`, `scoring.score`: candidates that share something rare, weighed by Splink on DuckDB.
4. `training.train` makes the `model.Model` that scoring needs; scoring never trains.

Nothing here opens a store. `loaders.resolve.clusters` makes taxpayers of the pairs,
`loaders.resolve.explain` tells why.
"""

"""GraphQL: types by hand, thin resolvers, loaders that ask in sets, limits before work."""

"""Why registrations are one taxpayer, for GraphQL and the command line: the engine's answer, in words."""

"""The database that one load works in, and the steps that fill it. Entered through `engine.open_staging`."""

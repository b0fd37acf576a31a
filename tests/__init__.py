"""The tests; markers come from the folders (see `conftest`)."""

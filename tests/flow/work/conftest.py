"""Work is done on both stores."""

from tests.support.stores import store, store_factory  # noqa: F401  # fixtures are found by their names

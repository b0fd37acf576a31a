"""Every story of identities is told on both stores."""

from __future__ import annotations

from tests.support.stores import store, store_factory  # noqa: F401  # fixtures are found by their names

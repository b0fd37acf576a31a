"""The stores of these tests."""

from __future__ import annotations

from tests.support.stores import store, store_factory

__all__ = ["store", "store_factory"]

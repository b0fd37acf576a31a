"""Outward faces: GraphQL over HTTP and the command line; `app` and `cli` are the two places that build a store."""

from __future__ import annotations

import api.leaving  # noqa: F401 - before any other module registers what it does at the end

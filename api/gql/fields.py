"""The decorators of resolvers: the docstring of a resolver describes its field. Used by types and roots."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar, cast

import strawberry

R = TypeVar("R", bound=Callable[..., Any])


def field(resolver: R) -> R:
    """A field of the schema, answered by this method."""
    return cast("R", strawberry.field(resolver=resolver, description=inspect.getdoc(resolver)))


def mutation(resolver: R) -> R:
    """A mutation of the schema, done by this method."""
    return cast("R", strawberry.mutation(resolver=resolver, description=inspect.getdoc(resolver)))


def subscription(resolver: R) -> R:
    """A subscription of the schema, told by this method."""
    return cast("R", strawberry.subscription(resolver=resolver, description=inspect.getdoc(resolver)))

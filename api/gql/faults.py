"""Errors of the schema in the one form that callers know. Used by `schema` and `answers`."""

from __future__ import annotations

from graphql import GraphQLError, GraphQLSyntaxError

from api.gql.limits import too_many_tokens
from api.problems import described, problem_of
from graph.errors import TaxgraphError


def dress(error: GraphQLError) -> GraphQLError:
    """Give an error its message and extensions, once; it is the same object."""
    if error.extensions and "code" in error.extensions:
        return error
    cause = _cause(error)
    if isinstance(cause, TaxgraphError) or (cause is not None and _executed(error)):
        shown = described(cause)
        error.message, error.extensions = shown["message"], shown["extensions"]
    else:
        # The document or its variables are wrong: graphql-core says where, in the caller's own words.
        error.extensions = {"code": "query.document", "category": "QUERY", "retryable": False}
    return error


def status_of(error: GraphQLError) -> int:
    """The HTTP status of a request that this error, once dressed, ended before anything was executed."""
    return problem_of(str((error.extensions or {}).get("code"))).http_status


def gave_up(error: GraphQLError) -> bool:
    """Whether the parser stopped at its limit of tokens; the library tells it by words alone."""
    return isinstance(error, GraphQLSyntaxError) and "tokens" in error.message and "Parsing aborted" in error.message


def _executed(error: GraphQLError) -> bool:
    return error.path is not None


def _cause(error: GraphQLError) -> BaseException | None:
    return too_many_tokens() if gave_up(error) else error.original_error

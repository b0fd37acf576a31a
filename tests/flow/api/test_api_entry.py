"""Who gets in: tokens of the store, tokens of an issuer, and nobody without one."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from api.access.principals import Identity, Role
from api.access.tokens import META, TokenBook
from api.settings import read_settings
from graph.errors import SettingsError
from graph.store.duckdb_store import DuckdbStore
from graph.store.port import GraphStore
from tests.support.serving import INVESTIGATOR, PATIENT_SECONDS, Caller, Server, serving
from tests.support.two_cities import two_cities

ISSUER, AUDIENCE = "https://issuer.example", "taxgraph"
COUNT = "{ taxpayers { totalCount } }"


@dataclass
class Issuer:
    """Signs tokens; its public keys stand in a file."""

    keys: Path
    rsa_key: rsa.RSAPrivateKey
    ec_key: ec.EllipticCurvePrivateKey

    def token(self, *, algorithm: str = "RS256", kid: str = "rsa", key: Any = None, **changes: Any) -> str:
        """A token that is valid unless a claim is changed (None leaves it out)."""
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "li", "exp": int(time.time()) + 600}
        claims |= {"roles": ["investigator", "of another system"], "bureau": "4401", "officer": "officer-1"}
        given = {name: value for name, value in (claims | changes).items() if value is not None}
        return jwt.encode(given, key or self.rsa_key, algorithm=algorithm, headers={"kid": kid})


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    """An issuer with one RSA and one elliptic key."""
    rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    ec_key = ec.generate_private_key(ec.SECP256R1())
    public = [
        jwt.algorithms.RSAAlgorithm.to_jwk(rsa_key.public_key(), as_dict=True) | {"kid": "rsa", "alg": "RS256"},
        jwt.algorithms.ECAlgorithm.to_jwk(ec_key.public_key(), as_dict=True) | {"kid": "ec", "alg": "ES256"},
    ]
    path = tmp_path_factory.mktemp("issuer") / "keys.json"
    path.write_text(json.dumps({"keys": public}), encoding="utf-8")
    return Issuer(path, rsa_key, ec_key)


@pytest.fixture(scope="module")
def guarded(issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that trusts the issuer."""
    store = cast("GraphStore", DuckdbStore.open(tmp_path_factory.mktemp("guarded") / "graph.duckdb"))
    store.ensure_schema()
    store.write(two_cities())
    settings = read_settings(
        jwt_issuer=ISSUER, jwt_audience=AUDIENCE, jwt_keys=str(issuer.keys), request_seconds=PATIENT_SECONDS
    )
    with serving(store, settings=settings) as server:
        yield server
    store.close()


@pytest.mark.parametrize(("algorithm", "kid"), [("RS256", "rsa"), ("ES256", "ec")])
def test_a_token_of_the_issuer_opens_the_scope_of_its_bureau(
    guarded: Server, issuer: Issuer, algorithm: str, kid: str
) -> None:
    key = issuer.rsa_key if kid == "rsa" else issuer.ec_key
    caller = Caller(guarded.url, issuer.token(algorithm=algorithm, kid=kid, key=key))
    assert caller.ask(COUNT) == {"taxpayers": {"totalCount": 3}}


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example"},
        {"aud": "another"},
        {"exp": int(time.time()) - 3600},
        {"exp": None},
        {"sub": None},
        {"nbf": int(time.time()) + 3600},
        {"kid": "unknown"},
    ],
)
def test_a_token_with_one_wrong_part_opens_nothing(guarded: Server, issuer: Issuer, changes: dict[str, Any]) -> None:
    error = Caller(guarded.url, issuer.token(**changes)).error(COUNT)
    assert (error["status"], error["code"]) == (401, "access.token")


def test_a_token_signed_with_the_public_key_as_a_shared_secret_opens_nothing(guarded: Server, issuer: Issuer) -> None:
    forged = issuer.token(algorithm="HS256", key="a shared secret of more than thirty-two bytes")
    assert Caller(guarded.url, forged).error(COUNT)["status"] == 401


def test_an_unsigned_token_opens_nothing(guarded: Server, issuer: Issuer) -> None:
    claims = jwt.decode(issuer.token(), options={"verify_signature": False})
    unsigned = jwt.encode(claims, "", algorithm="none", headers={"kid": "rsa"})
    assert Caller(guarded.url, unsigned).error(COUNT)["status"] == 401


def test_a_token_signed_by_somebody_else_opens_nothing(guarded: Server, issuer: Issuer) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert Caller(guarded.url, issuer.token(key=other)).error(COUNT)["status"] == 401


def test_nobody_is_answered_without_a_token(country: Server) -> None:
    response = country.anonymous().post(COUNT)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["errors"][0]["extensions"]["code"] == "access.token"


def test_not_even_the_schema_is_shown_without_a_token(country: Server) -> None:
    assert country.anonymous().post("{ __schema { types { name } } }").status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Basic abc", "Bearer tg_unknown", "Bearer not.a.jwt"])
def test_a_header_that_proves_nothing_is_refused(country: Server, header: str) -> None:
    response = httpx.post(f"{country.url}/graphql", json={"query": COUNT}, headers={"Authorization": header})
    assert response.status_code == 401


def test_a_principal_without_a_bureau_sees_nothing_unless_it_is_root(country: Server) -> None:
    token = TokenBook(country.store).create(Identity("nobody", INVESTIGATOR))
    error = Caller(country.url, token).error(COUNT)
    assert (error["status"], error["code"]) == (403, "access.scope")


def test_a_principal_without_a_role_reads_no_taxpayer(country: Server) -> None:
    error = country.caller(bureau="4401", roles=frozenset()).error(COUNT)
    assert error["code"] == "access.role"


def test_the_access_log_is_closed_to_all_but_internal_control(ash: Caller, root: Caller) -> None:
    for caller in (ash, root):
        assert caller.error("{ accessEvents { totalCount } }")["code"] == "access.role"


def test_the_first_start_makes_one_token_and_keeps_only_its_digest(tmp_path: Path) -> None:
    store = cast("GraphStore", DuckdbStore.open(tmp_path / "graph.duckdb"))
    store.ensure_schema()
    book = TokenBook(store)
    token = book.ensure_local()
    assert token is not None
    assert book.identity_of(token) == Identity("local", frozenset(Role))
    assert (book.ensure_local(), len(book.tokens())) == (None, 1)
    assert token not in (store.meta(META) or token)
    store.close()


def test_a_token_made_while_the_server_runs_opens_it(country: Server) -> None:
    token = TokenBook(country.store).create(Identity("new", INVESTIGATOR, bureau="4401"))
    assert Caller(country.url, token).ask(COUNT)["taxpayers"]["totalCount"] == 3


def test_a_token_ends_with_its_lifetime(country: Server) -> None:
    spent = TokenBook(country.store).create(
        Identity("late", INVESTIGATOR, bureau="4401"), lifetime=timedelta(seconds=-1)
    )
    assert Caller(country.url, spent).error(COUNT)["status"] == 401


def test_an_issuer_that_is_only_half_configured_is_refused() -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings(jwt_issuer=ISSUER)
    assert refused.value.code == "settings.value"

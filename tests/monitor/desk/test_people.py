"""Tokens are bound to named persons, shown once, end by themselves or at once; the host may do all but decide."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from desk_world import NOW, Store

from monitor.desk.people import HOST_SCOPES, Made, Person, by_token, host, lacking, new_token, revoke_token
from monitor.desk.refusal import Refused
from monitor.store import audit, tables
from monitor.store.tokens import LIFE_MS
from sla.exclusion import Fault

ROOT = host("root")


def made(store: Store, name: str = "Ada", scopes: tuple[str, ...] = ("approve",)) -> Made:
    found = store.do(lambda c: new_token(c, ROOT, name, scopes, NOW))
    assert isinstance(found, Made)
    return found


def refusal(store: Store, person: Person, name: str, scopes: tuple[str, ...]) -> Refused:
    found = store.do(lambda c: new_token(c, person, name, scopes, NOW))
    assert isinstance(found, Refused)
    return found


def test_a_token_opens_its_scopes_for_its_person_until_it_ends(store: Store) -> None:
    token = made(store)
    person = store.look(lambda c: by_token(c, token.secret, NOW))
    assert isinstance(person, Person)
    assert (person.name, person.actor.auth_method, person.scopes) == ("Ada", "token", {"approve"})
    over = store.look(lambda c: by_token(c, token.secret, NOW + LIFE_MS))
    assert isinstance(over, Fault)
    assert "expired" in over.message
    stranger = store.look(lambda c: by_token(c, "tn_" + "A" * 43, NOW))
    assert isinstance(stranger, Fault)
    assert "A" * 20 not in stranger.got


def test_a_revoked_token_opens_nothing_at_once(store: Store) -> None:
    token = made(store)
    store.do(lambda c: revoke_token(c, ROOT, token.token.no, NOW))
    found = store.look(lambda c: by_token(c, token.secret, NOW))
    assert isinstance(found, Fault)
    assert "revoked" in found.message
    again = store.do(lambda c: revoke_token(c, ROOT, token.token.no, NOW))
    assert isinstance(again, Refused)
    assert again.codes == {"unknown-token"}


def test_the_secret_is_kept_nowhere(store: Store) -> None:
    token = made(store)
    assert token.secret.startswith("tn_")
    assert len(token.secret) > 40
    store.database.close()
    for file in store.configuration.data.iterdir():
        assert token.secret.encode() not in file.read_bytes(), file.name


def test_everything_wrong_with_a_new_token_is_said_at_once_and_audited(store: Store) -> None:
    made(store, "Ada")
    nobody = replace(ROOT, scopes=frozenset({"read"}))
    assert refusal(store, nobody, "ada", ("approove",)).codes == {"scope", "same-person", "value"}
    assert refusal(store, ROOT, "host:root", ()).codes == {"reserved-name", "missing"}
    actions = store.look(lambda c: list(c.execute(sa.select(tables.audit.c.action)).scalars()))
    assert actions == ["configuration.loaded", "token.new", "token.new.refused", "token.new.refused"]
    assert store.look(audit.verified).bad_seq is None


def test_one_person_may_hold_several_tokens_of_one_spelling(store: Store) -> None:
    assert made(store, "Ada").token.name == made(store, "Ada", ("operate",)).token.name


@pytest.mark.parametrize("scope", ["read", "operate", "admin"])
def test_the_host_may_do_all_but_decide(scope: str) -> None:
    assert scope in HOST_SCOPES
    assert lacking(ROOT, scope) == ()
    assert [fault.code for fault in lacking(ROOT, "approve")] == ["scope"]

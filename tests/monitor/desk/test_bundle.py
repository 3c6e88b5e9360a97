"""A bundle of evidence proves itself: no byte can be changed, and what was sealed anew by somebody else does not fit either."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from desk_world import NOW, Store
from test_issue import JUNE, approved, down, published

from monitor.desk.bundle import NotReproducible, bundle, sealed, signing_key
from monitor.desk.verifying import NoBundle, verify
from monitor.store import statements
from sla.case_document import Unreadable
from sla.evaluate import evaluate
from sla.reading import read
from sla.span import DAY, HOUR
from sla.state import State

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))


def made(store: Store) -> dict[str, Any]:
    """The evidence of the second version of June: one late outage, one exclusion by two persons."""
    published(store, NOW)
    down(store, "2026-06-20T10:00:00Z", 10, NOW + HOUR)
    approved(store, NOW + DAY)
    published(store, NOW + 2 * DAY)
    return again(store)


def again(store: Store) -> dict[str, Any]:
    return store.look(lambda c: bundle(c, statements.versions(c, "acme", JUNE.period)[:2]))


def test_what_was_published_follows_from_its_evidence(store: Store) -> None:
    document = made(store)
    found = verify(sealed(document, None))
    assert (found.difference, found.signed_by) == (None, None)
    assert (found.name, found.figures) == ("acme 2026-06 version 2", "1560 s counted, met")
    assert [row["action"] for row in document["audit"]] == [
        "statement.issued",
        "exclusion.proposed",
        "exclusion.approved",
        "statement.issued",
    ]
    case = read(document["case"]).case  # a case like any other, for `sla evaluate` and whatever somebody asks of it
    assert case is not None and evaluate(case)


def test_the_same_version_is_the_same_file_at_any_time(store: Store) -> None:
    before = sealed(made(store), KEY)
    down(store, "2026-06-21T10:00:00Z", 10, NOW + 3 * DAY)
    published(store, NOW + 4 * DAY)
    assert sealed(again(store), KEY) == before


def test_no_byte_can_be_changed(store: Store) -> None:
    data = sealed(made(store), KEY)
    assert verify(data, PUBLIC).difference is None
    rng = Random(7)
    for _ in range(1_500):
        at = rng.randrange(len(data))
        changed = bytearray(data)
        changed[at] ^= 1 << rng.randrange(8)
        assert refused(bytes(changed)), at
    for cut in (data[:-1], data + b"\n", b" " + data, data[:1000], data * 2):
        assert refused(cut)


def refused(data: bytes) -> bool:
    try:
        return verify(data).difference is not None
    except (Unreadable, NoBundle):
        return True


def _figure(document: dict[str, Any]) -> None:
    document["statement"]["result"]["days"][17]["downtime_counted_seconds"] = "1"


def _fact(document: dict[str, Any]) -> None:
    document["case"]["components"]["directory"]["changes"][1]["at"] = "2026-06-18T14:01:00.000Z"


def _reason(document: dict[str, Any]) -> None:
    document["statement"]["exclusions"][0]["reason"] = "something else"


def _delta(document: dict[str, Any]) -> None:
    document["versions"][1]["deltas"][0]["counted_seconds"] = "601"


def _author(document: dict[str, Any]) -> None:
    document["audit"][1]["actor"] = "Eve"


def _approver(document: dict[str, Any]) -> None:
    """In every place but the audit it was somebody else, and all digests are renewed."""
    for one in (document["statement"], document["case"]):
        one["exclusions"][0]["history"][1]["by"] = "Carl"


def _unaudited(document: dict[str, Any]) -> None:
    del document["audit"][2]


def _assumed(document: dict[str, Any]) -> None:
    del document["case"]["exclusions"][0]["history"]


def _skipped(document: dict[str, Any]) -> None:
    del document["versions"][0]


def _member(document: dict[str, Any]) -> None:
    document["more"] = 1


def _emptied(document: dict[str, Any]) -> None:
    document["statement"] = {}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_figure, "days/17/downtime_counted_seconds (2026-06-18): computed 960, bundle says 1"),
        (_fact, "any_days/worst"),
        (_reason, "statement/exclusions: X-1 is not that of the case"),
        (_delta, "versions: the deltas of version 2 sum to -2399 s, its difference is -2400 s"),
        (_author, "audit: row"),
        (_approver, "input_sha256: computed"),
        (_unaudited, "audit: it does not say that X-1 was approved"),
        (_assumed, "case/exclusions: an exclusion without history is an assumption"),
        (_skipped, "versions: version 1 is missing"),
        (_member, "its members are not those of a bundle, at more"),
        (_emptied, "it is not whole"),
    ],
    ids=lambda one: getattr(one, "__name__", None),
)
def test_what_was_changed_and_sealed_anew_is_found_and_named(
    store: Store, change: Callable[[dict[str, Any]], None], said: str
) -> None:
    document = deepcopy(made(store))
    change(document)
    found = verify(sealed(document, OTHER)).difference
    assert found is not None and said in found


def test_only_the_holder_of_the_key_can_write_another(store: Store) -> None:
    """Whoever changes everything that hangs together is found by the key alone."""
    document = made(store)
    assert verify(sealed(document, OTHER)).difference is None
    found = verify(sealed(document, OTHER), PUBLIC)
    assert found.difference is not None and found.difference.startswith("it is signed by another key, ")
    assert verify(sealed(document, None), PUBLIC).difference == "it is not signed"
    spelt = json.loads(sealed(document, KEY))
    spelt["signature"]["value"] = spelt["signature"]["value"].upper()
    assert verify((json.dumps(spelt, sort_keys=True, separators=(",", ":")) + "\n").encode()).difference == (
        "its signature does not fit"
    )
    stolen = json.loads(sealed(document, KEY))
    stolen["signature"]["value"] = json.loads(sealed(document, OTHER))["signature"]["value"]
    assert verify((json.dumps(stolen, sort_keys=True, separators=(",", ":")) + "\n").encode()).difference == (
        "its signature does not fit"
    )


def test_what_the_store_no_longer_says_is_not_exported(store: Store) -> None:
    made(store)
    store.do(lambda c: c.execute(sa.text("DROP TRIGGER change_stays")))
    text = f"UPDATE change SET at = at + 60000 WHERE state = {int(State.DOWN)}"
    store.do(lambda c: c.execute(sa.text(text).columns()))
    with pytest.raises(NotReproducible, match="/result/"):
        again(store)


@pytest.mark.parametrize("data", [b"{}", b"[]", b'{"format":"threenines-case/1"}', b"7"])
def test_a_file_that_is_no_bundle_is_refused(data: bytes) -> None:
    with pytest.raises(NoBundle, match="threenines-evidence/1"):
        verify(data)


def test_only_keys_of_its_kind_sign_and_verify() -> None:
    assert signing_key(PEM).private_bytes_raw() == KEY.private_bytes_raw()
    other = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    for pem in ("nothing", PUBLIC, other):
        with pytest.raises(ValueError, match="expected an Ed25519 private key in PEM"):
            signing_key(pem)
    for pem in ("nothing", PEM):
        with pytest.raises(ValueError, match="expected an Ed25519 public key in PEM"):
            verify(b"{}", pem)

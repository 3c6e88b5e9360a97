"""A published statement with its evidence as one file, which proves itself: whoever has it computes the statement again.

The file is one line of canonical JSON (RFC 8785) in the format ``threenines-evidence/1``. ``sha256`` is the digest of all
other members but ``signature``; the signature is Ed25519 over these 32 bytes. So no byte can be changed unnoticed, and with a
signature nobody but the holder of the key can write another file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from sqlalchemy.engine import Connection

from monitor.desk.case_file import facts
from monitor.desk.issue import differing, object_name
from monitor.desk.statement import Asked, stated
from monitor.store import audit
from monitor.store.statements import Issued
from sla.canonical import canonical
from sla.texts import instant_text

FORMAT = "threenines-evidence/1"
UNDIGESTED = ("sha256", "signature")


class NotReproducible(ValueError):
    """The statement does not follow from the store any more; the text is the first member that differs."""


def bundle(connection: Connection, published: Sequence[Issued]) -> dict[str, Any]:
    """The evidence of the last of ``published``, all versions of one statement up to it, without digest and signature.

    The same version gives the same bundle at any time. Raises NotReproducible.
    """
    issued = published[-1]
    if found := next(differing(connection, (issued,)), None):
        raise NotReproducible(found[1])
    made = stated(facts(connection, issued.site, issued.as_of), Asked.of(issued.period))
    names = [object_name(one.site, one.period, one.version) for one in published]
    decided = [filed.exclusion.id for filed in made.exclusions]
    rows = audit.about(connection, {*names, *decided})
    last = next(place for place, row in enumerate(rows) if row["object"] == names[-1])
    return {
        "format": FORMAT,
        "case": dict(made.answered.document),
        "statement": issued.document,
        "about": dict(issued.about),
        "versions": [version(one) for one in published],
        "audit": list(rows[: last + 1]),
    }


def version(issued: Issued) -> dict[str, Any]:
    """What a later version needs to know of this one, and its own deltas."""
    result = issued.document["result"]
    return {
        "version": issued.version,
        "as_of": instant_text(issued.as_of),
        "issued_at": instant_text(issued.issued_at),
        "issued_by": issued.issued_by,
        "engine": issued.engine,
        "tzdata": issued.tzdata,
        "input_sha256": issued.input_sha256,
        "content_sha256": sha256(issued.content).hexdigest(),
        "downtime_counted_seconds": result["figures"]["downtime_counted_seconds"],
        "verdict": result["verdict"],
        "deltas": [dict(one) for one in issued.deltas],
    }


def digest(document: Mapping[str, Any]) -> bytes:
    """The SHA-256 of a bundle: of the canonical JSON of all that is digested."""
    return sha256(canonical({name: value for name, value in document.items() if name not in UNDIGESTED}).encode()).digest()


def sealed(document: Mapping[str, Any], key: Ed25519PrivateKey | None) -> bytes:
    """The bundle as a file; with ``key`` it is signed."""
    found = digest(document)
    whole = {**document, "sha256": found.hex()}
    if key is not None:
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        whole["signature"] = {"algorithm": "Ed25519", "public_key": public.hex(), "value": key.sign(found).hex()}
    return canonical(whole).encode() + b"\n"


def signing_key(pem: str) -> Ed25519PrivateKey:
    """The key in a PEM without password. Raises ValueError if there is none of this kind."""
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        raise ValueError("expected an Ed25519 private key in PEM without password") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("expected an Ed25519 private key in PEM without password, got a key of another kind")
    return key

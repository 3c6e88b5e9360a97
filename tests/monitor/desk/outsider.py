"""Whether the verifier that outsiders get says of evidence what ours says; it shares nothing with us."""

from __future__ import annotations

from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from evidence_world import evidence, of_world
from verify import findings
from worlds import World, versioned

from monitor.desk.bundle import sealed
from monitor.desk.verifying import NoBundle
from monitor.desk.verifying import verify as ours
from sla.case_document import Unreadable

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def outsiders(data: bytes, public_key: str | None = None) -> list[str]:
    """What theirs finds."""
    return list(findings(data, public_key))


def confirmed_by_an_outsider(drawn: World, seed: int) -> None:
    """Of each statement that can be published of a world both say that it follows from its evidence; one in three is signed."""
    for world in (drawn, versioned(drawn)) if seed % 3 else (drawn,):
        for case in of_world(world):
            data = sealed(evidence(case), None if seed % 3 else KEY)
            assert (outsiders(data), ours(data).difference) == ([], None)


def flipped(text: str, rng: Random) -> tuple[int, str]:
    """``text`` with one bit of one byte turned over, such that it is still ASCII; and where."""
    while True:
        at = rng.randrange(len(text))
        other = chr(ord(text[at]) ^ 1 << rng.randrange(7))
        if ord(text[at]) < 128 and other.isprintable():
            return at, text[:at] + other + text[at + 1 :]


def refused(data: bytes) -> bool:
    """Whether ours refuses ``data``, as no evidence at all or by a difference."""
    try:
        return ours(data).difference is not None
    except (NoBundle, Unreadable):
        return True


def found(data: bytes) -> bool:
    """Whether theirs finds anything."""
    return next(findings(data), None) is not None


def members(document: dict[str, Any]) -> dict[str, Any]:
    """A bundle without its seal."""
    return {name: value for name, value in document.items() if name not in ("sha256", "signature")}

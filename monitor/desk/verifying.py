"""A bundle of evidence looked at with nothing else at hand: every figure again, and everything that it says of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from itertools import pairwise
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from monitor.desk.bundle import FORMAT, digest
from monitor.desk.figures import answered
from monitor.desk.issue import first_difference, object_name
from monitor.store import audit
from sla.canonical import canonical
from sla.case_document import parse
from sla.reading import read
from sla.texts import until

_MEMBERS = frozenset({"format", "case", "statement", "about", "versions", "audit", "sha256"})
_MADE_BY = frozenset({"engine", "tzdata"})


class NoBundle(ValueError):
    """The file is no bundle of evidence; the text says why."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found: the first difference (None: it matches), what the bundle is of, and by whose key it is signed, if it is."""

    difference: str | None
    name: str
    figures: str
    made_by: str
    signed_by: str | None


def verify(data: bytes, public_key: str | None = None) -> Verified:
    """``data`` verified; with ``public_key`` (PEM) it must be signed by its holder.

    Raises NoBundle or ``sla.case_document.Unreadable`` where it is no bundle, and ValueError where ``public_key`` is no key.
    """
    wanted = None if public_key is None else _public(public_key)
    document = parse(data)
    if type(document) is not dict or document.get("format") != FORMAT:
        raise NoBundle(f'expected a file of the format "{FORMAT}"')
    checks: tuple[Callable[[], Iterator[str]], ...] = (
        lambda: _written(document, data),
        lambda: _signed(document, wanted),
        lambda: _computed(document),
        lambda: _decided(document),
        lambda: _versions(document),
        lambda: _audited(document),
    )
    difference = None
    try:
        difference = next((found for check in checks for found in check()), None)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as fault:
        difference = f"it is not whole: {type(fault).__name__} {fault}"
    return _told(document, difference)


def _public(pem: str) -> str:
    try:
        key = load_pem_public_key(pem.encode())
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("expected an Ed25519 public key in PEM")
    return key.public_bytes_raw().hex()


def _written(document: Mapping[str, Any], data: bytes) -> Iterator[str]:
    """Is it, byte by byte, what was sealed?"""
    missing = sorted(_MEMBERS - document.keys()) + sorted(document.keys() - _MEMBERS - {"signature"})
    if missing:
        yield f"its members are not those of a bundle, at {missing[0]}"
        return
    whole = canonical(dict(document)).encode() + b"\n"
    if whole != data:
        differing = (at for at, (one, other) in enumerate(zip(whole, data, strict=False)) if one != other)
        yield f"byte {next(differing, min(len(whole), len(data)))} is not as it was written"
    if digest(document).hex() != document["sha256"]:
        yield "something in it was changed: the digest of its content is another than it says"


def _signed(document: Mapping[str, Any], wanted: str | None) -> Iterator[str]:
    signature = document.get("signature")
    if signature is None:
        if wanted is not None:
            yield "it is not signed"
        return
    if sorted(signature) != ["algorithm", "public_key", "value"] or signature["algorithm"] != "Ed25519":
        yield "its signature is of another kind than Ed25519"
        return
    if wanted is not None and signature["public_key"] != wanted:
        yield f"it is signed by another key, {signature['public_key']}"
    try:
        key = Ed25519PublicKey.from_public_bytes(_bytes(signature["public_key"]))
        key.verify(_bytes(signature["value"]), digest(document))
    except (InvalidSignature, ValueError):
        yield "its signature does not fit"


def _bytes(text: str) -> bytes:
    """What ``text`` says in lower-case hexadecimal: one spelling only, for the digest does not cover it. Raises ValueError."""
    found = bytes.fromhex(text)
    if found.hex() != text:
        raise ValueError("not lower-case hexadecimal")
    return found


def _computed(document: Mapping[str, Any]) -> Iterator[str]:
    """Does the statement follow from the case?"""
    reading = read(document["case"])
    if reading.case is None:
        first = reading.mistakes[0]
        yield f"case{first.pointer}: {first.message}, expected {first.expected}"
        return
    if reading.hypothetical:
        yield "case/exclusions: an exclusion without history is an assumption, and no evidence"
        return
    found, said = answered(dict(document["case"])).result, document["statement"]["result"]
    if place := first_difference(said, found, _MADE_BY):
        other = "" if said["engine"] == found["engine"] else f" (by engine {said['engine']}; this is {found['engine']})"
        yield f"{place[1:]}{_dated(place, found)}: computed {_at(found, place)}, bundle says {_at(said, place)}{other}"
    case = document["case"]
    own = {"site": case["id"], "as_of": case["query"]["as_of"], "zone": case["agreement"]["zone"]}
    for name, value in own.items():
        if document["statement"][name] != value:
            yield f"statement/{name}: the case says {value}, the statement {document['statement'][name]}"


def _decided(document: Mapping[str, Any]) -> Iterator[str]:
    """Are the exclusions that it prints those that it was computed with? One whose cause nobody agreed on is in no case."""
    case = document["case"]
    agreed = {cause for one in (case, *case.get("earlier", ())) for cause in one["agreement"]["excluded_causes"]}
    known = {one["id"]: one for one in case["exclusions"]}
    for one in document["statement"]["exclusions"]:
        if one["cause"] in agreed and one["components"] and one["id"] not in known:
            continue  # its components have left the site
        if one["cause"] in agreed and not _same(one, known.get(one["id"], {}), document["statement"]["components"]):
            yield f"statement/exclusions: {one['id']} is not that of the case"


def _same(printed: Mapping[str, Any], counted: Mapping[str, Any], names: Mapping[str, str]) -> bool:
    """Whether both say the same; ``names`` tell of which component each part in the case is one."""
    but = ("components", "notes")
    told, shown = ({name: value for name, value in one.items() if name not in but} for one in (counted, printed))
    over = {names.get(name, name) for name in counted.get("components", ())}
    return told == shown and over <= set(printed["components"]) and bool(over) == bool(printed["components"])


def _versions(document: Mapping[str, Any]) -> Iterator[str]:
    """Do the deltas of each version sum to its difference, and is the last one this statement?"""
    versions = document["versions"]
    for number, one in enumerate(versions, 1):
        if one["version"] != number:
            yield f"versions: version {number} is missing"
    for before, after in pairwise(versions):
        total = sum((Fraction(delta["counted_seconds"]) for delta in after["deltas"]), Fraction(0))
        more = Fraction(after["downtime_counted_seconds"]) - Fraction(before["downtime_counted_seconds"])
        if total != more:
            yield f"versions: the deltas of version {after['version']} sum to {total} s, its difference is {more} s"
    last, own = versions[-1], _of_this(document["statement"])
    yield from (f"versions: {name} of the last one is not that of the statement" for name in own if last[name] != own[name])


def _of_this(statement: Mapping[str, Any]) -> dict[str, Any]:
    """What its version must say of a statement."""
    result = statement["result"]
    return {
        "content_sha256": sha256(canonical(dict(statement)).encode()).hexdigest(),
        "input_sha256": result["input_sha256"],
        "downtime_counted_seconds": result["figures"]["downtime_counted_seconds"],
        "verdict": result["verdict"],
        "as_of": statement["as_of"],
        "engine": result["engine"],
        "tzdata": result["tzdata"],
    }


def _audited(document: Mapping[str, Any]) -> Iterator[str]:
    """Was each version published, and each step taken, as the audit says?"""
    rows, statement = document["audit"], document["statement"]
    yield from (f"audit: row {row.get('seq')} is not what was written" for row in rows if not audit.sound(row))
    seen = {(row["action"], row["object"]): row for row in rows}
    for one in document["versions"]:
        name = object_name(statement["site"], statement["period"], one["version"])
        row = seen.get(("statement.issued", name))
        if row is None or not _published_so(row, one):
            yield f"audit: it does not say that {name} was published as it is"
    if document["about"] and _about_sha256(document["about"]) not in rows[-1]["body"]:
        yield "about: the names are not those that the statement was published with"
    for one in statement["exclusions"]:
        for step in one["history"]:
            row = seen.get((f"exclusion.{step['status']}", one["id"]))
            if row is None or row["actor"] != step["by"]:
                yield f"audit: it does not say that {one['id']} was {step['status']} by {step['by']}"


def _published_so(row: Mapping[str, Any], version: Mapping[str, Any]) -> bool:
    """Whether a row of the audit says that ``version`` was published as it is: by whom, when, what."""
    told = (row["actor"], row["at"]) == (version["issued_by"], until(version["issued_at"]))
    return told and f'"content_sha256":"{version["content_sha256"]}"' in row["body"]


def _about_sha256(about: Mapping[str, Any]) -> str:
    return f'"about_sha256":"{sha256(canonical(dict(about)).encode()).hexdigest()}"'


def _dated(place: str, found: Mapping[str, Any]) -> str:
    """The date or instant of the row of the result that holds ``place``."""
    steps = place.split("/")[1:]
    if len(steps) > 2 and steps[0] in ("days", "outages") and int(steps[1]) < len(found[steps[0]]):
        row = found[steps[0]][int(steps[1])]
        return f" ({row.get('date') or row['from']})"
    return ""


def _at(value: Any, place: str) -> str:
    """What stands at a pointer, cut short."""
    for step in place.split("/")[1:]:
        if not step:
            continue
        value = value[int(step)] if isinstance(value, list) else value.get(step) if isinstance(value, dict) else None
    return str(value)[:80]


def _told(document: Mapping[str, Any], difference: str | None) -> Verified:
    try:
        statement, last = document["statement"], document["versions"][-1]
        result = statement["result"]
        name = object_name(statement["site"], statement["period"], last["version"])
        figures = f"{result['figures']['downtime_counted_seconds']} s counted, {result['verdict']}"
        made_by = f"engine {result['engine']}, time zones {result['tzdata']}"
        signature = document.get("signature")
        return Verified(difference, name, figures, made_by, signature["public_key"] if signature else None)
    except (KeyError, TypeError, IndexError, AttributeError):
        return Verified(difference or "it is not whole", "a bundle", "", "", None)

#!/usr/bin/env python3
"""Verify a statement of availability from its evidence, with nothing but Python (3.11 or later) and its time-zone data.

    python3 verify.py evidence.json [provider.pem]

It was written from docs/statements.md and docs/verifier/rules.md and shares no line with the program that made the file. It asks:
is every byte as it was sealed (and signed, with provider.pem by the holder of that key), does every figure follow from the facts
(recompute.py, which lies beside), did two people decide on what is left out, do the deltas of the versions sum up, is the audit
what was written? It prints `match` (exit 0), or each difference (exit 1).
"""

import base64
import hashlib
import json
import sys
from fractions import Fraction as F
from itertools import pairwise
from pathlib import Path

from recompute import computed, ms


def canonical(value):
    """RFC 8785 for objects, arrays, texts, whole numbers, true, false and null: keys in the order of their UTF-16 code units."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(key)}:{canonical(value[key])}" for key in keys) + "}"
    return "[" + ",".join(map(canonical, value)) + "]" if isinstance(value, list) else json.dumps(value, ensure_ascii=False)


def sha256(text):
    return hashlib.sha256(text.encode())


# ---- Ed25519 (RFC 8032), points as (x, y, z, t)
P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
CURVE = -121665 * pow(121666, -1, P) % P


def point(data):
    number = int.from_bytes(data, "little")
    y, odd = number & (1 << 255) - 1, number >> 255
    square = (y * y - 1) * pow(CURVE * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if (x * x - square) % P == 0 else x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and odd):
        raise ValueError("no point of the curve")
    x = x if x & 1 == odd else P - x
    return x, y, 1, x * y % P


def plus(one, two):
    a, b = (one[1] - one[0]) * (two[1] - two[0]), (one[1] + one[0]) * (two[1] + two[0])
    c, d = 2 * one[3] * two[3] * CURVE, 2 * one[2] * two[2]
    return (b - a) * (d - c) % P, (d + c) * (b + a) % P, (d - c) * (d + c) % P, (b - a) * (b + a) % P


def times(number, of):
    found = (0, 1, 1, 0)
    for bit in f"{number:b}":
        found = plus(found, found)
        found = plus(found, of) if bit == "1" else found
    return found


def signed(public, message, signature):
    r, s, key = point(signature[:32]), int.from_bytes(signature[32:], "little"), point(public)
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    one, two = times(s, point(bytes([0x58]) + bytes([0x66]) * 31)), plus(r, times(h, key))
    return len(signature) == 64 and s < ORDER and not any((one[n] * two[2] - two[n] * one[2]) % P for n in (0, 1))


def begun(thing):
    return ms(thing["from"]) if "from" in thing else min(ms(said["at"]) for said in thing["announcements"])


def as_known(value, as_of=None):
    """The case without notes and without what was recorded later, in the order that its digest is made of."""
    if as_of is None:
        value, as_of = {"format": "threenines-case/1", **value}, ms(value["query"]["as_of"])
    if isinstance(value, list):
        return [as_known(one, as_of) for one in value]
    if not isinstance(value, dict):
        return value
    found = {name: as_known(one, as_of) for name, one in value.items() if name != "note"}
    for name, key in {"changes": "at", "doubts": "from"}.items():
        if isinstance(found.get(name), list):
            rows = [row for row in found[name] if ms(row.get("recorded_at", row[key])) <= as_of]
            found[name] = sorted(rows, key=lambda row: (ms(row[key]), canonical(row)))
    for name, steps in {"exclusions": "history", "maintenance": "announcements"}.items():
        if isinstance(found.get(name), list):
            told = [{**one, steps: [step for step in one[steps] if ms(step["at"]) <= as_of]} for one in found[name]]
            found[name] = sorted((one for one in told if one[steps]), key=lambda one: (begun(one), canonical(one)))
    return found


# ---- what is asked of the file
def differences(told, found, place):
    if isinstance(told, dict) and isinstance(found, dict):
        for name in sorted({*told, *found}):
            yield from differences(told.get(name), found.get(name), f"{place}/{name}")
    elif isinstance(told, list) and isinstance(found, list) and len(told) == len(found):
        for number, pair in enumerate(zip(told, found)):
            yield from differences(*pair, f"{place}/{number}")
    elif told != found or type(told) is not type(found):
        yield f"{place}: the file says {json.dumps(told)[:80]}, computed {json.dumps(found)[:80]}"


def sealed(document, data, pem):
    members = {"format", "case", "statement", "about", "versions", "audit", "sha256"}
    if document["format"] != "threenines-evidence/1" or document.keys() - {"signature"} != members:
        yield "it is no evidence of the format threenines-evidence/1"
    if (canonical(document) + "\n").encode() != data:
        yield "it is not one line of canonical JSON"
    digest = sha256(canonical({name: document[name] for name in members - {"sha256"}}))
    if digest.hexdigest() != document["sha256"]:
        yield "sha256: something in it was changed"
    sign = document.get("signature", {})
    if sign and (sign.keys() != {"algorithm", "public_key", "value"} or sign["algorithm"] != "Ed25519"):
        yield "signature: it is no Ed25519 signature"
    public, value = (bytes.fromhex(sign.get(name, "")) for name in ("public_key", "value"))
    spelt = (public.hex(), value.hex()) == (sign.get("public_key"), sign.get("value"))
    if sign and not (spelt and signed(public, digest.digest(), value)):
        yield "signature: it does not fit"
    if pem is not None:
        der = base64.b64decode("".join(line for line in pem.split("\n") if "-" not in line))
        if sign.get("public_key") != der[-32:].hex() or der[:-32].hex() != "302a300506032b6570032100":
            yield "signature: it is not by the holder of that key"


def decided(case, statement):
    """Were the exclusions decided by the rules, and are those printed those counted?"""
    agreed = {cause for one in (case, *case.get("earlier", [])) for cause in one["agreement"]["excluded_causes"]}
    known_, own = {one["id"]: one for one in case["exclusions"]}, statement["components"]
    for one in case["exclusions"]:
        steps = [step["status"] for step in one["history"]]
        people = [step["by"] for step in one["history"]]
        if (steps != ["proposed", "approved", "revoked"][: len(steps)] and steps != ["proposed", "rejected"]) or not steps:
            yield f"case/exclusions: {one['id']} was {', '.join(steps)}"
        if "approved" in steps and (people[0] == people[1] or not one["evidence"]):
            yield f"case/exclusions: {one['id']} was not decided by two people on evidence"
    for one in statement["exclusions"]:
        if one["cause"] not in agreed or (one["components"] and one["id"] not in known_):
            continue  # nobody agreed on the cause, or its components have left the site
        counted, but = known_.get(one["id"], {"components": []}), {"components", "notes"}
        over = {own.get(name, name) for name in counted["components"]}
        said = [{name: value for name, value in each.items() if name not in but} for each in (counted, one)]
        if said[0] != said[1] or not over <= set(one["components"]) or bool(over) != bool(one["components"]):
            yield f"statement/exclusions: {one['id']} is not that of the case"


def published(document):
    """Do the deltas sum up, and does the audit say that these versions were published and these steps taken?"""
    statement, versions, rows = document["statement"], document["versions"], document["audit"]
    result, case = statement["result"], document["case"]
    if [one["version"] for one in versions] != list(range(1, len(versions) + 1)):
        yield "versions: one is missing"
    for before, after in pairwise(versions):
        total = sum(F(delta["counted_seconds"]) for delta in after["deltas"])
        if total != F(after["downtime_counted_seconds"]) - F(before["downtime_counted_seconds"]):
            yield f"versions: the deltas of version {after['version']} do not sum to its difference"
    own = {name: result[name] for name in ("input_sha256", "verdict", "engine", "tzdata")} | {"as_of": statement["as_of"]}
    own["content_sha256"] = sha256(canonical(statement)).hexdigest()
    own["downtime_counted_seconds"] = result["figures"]["downtime_counted_seconds"]
    yield from differences({name: versions[-1][name] for name in own}, own, "versions/last")
    if sha256(canonical(as_known(case))).hexdigest() != result["input_sha256"]:
        yield "statement/result/input_sha256: it was computed from another case"
    asked = {"site": case["id"], "as_of": case["query"]["as_of"], "zone": case["agreement"]["zone"]}
    yield from differences({name: statement[name] for name in asked}, asked, "statement")
    for row in rows:
        text = canonical({name: value for name, value in row.items() if name not in ("prev", "hash")}).encode()
        chained = b"threenines-audit-1\0" + bytes.fromhex(row["prev"]) + len(text).to_bytes(8, "big") + text
        if hashlib.sha256(chained).hexdigest() != row["hash"]:
            yield f"audit: row {row['seq']} is not what was written"
    deeds = {(row["action"], row["object"]): row for row in rows}
    for one in versions:
        row = deeds.get(("statement.issued", f"{statement['site']} {statement['period']} version {one['version']}"))
        body = json.loads(row["body"]) if row else {}
        said = (one["content_sha256"], one["issued_by"], ms(one["issued_at"]))
        if row is None or said != (body["content_sha256"], row["actor"], row["at"]):
            yield f"audit: it does not say that version {one['version']} was published as it is"
    if document["about"] and body.get("about_sha256") != sha256(canonical(document["about"])).hexdigest():
        yield "about: the names are not those that it was published with"
    for one in statement["exclusions"]:
        for step in one["history"]:
            if deeds.get((f"exclusion.{step['status']}", one["id"]), {}).get("actor") != step["by"]:
                yield f"audit: it does not say that {one['id']} was {step['status']} by {step['by']}"


def findings(data, pem=None):
    """Each difference, in words; none: it matches."""

    def refuse(number):
        raise ValueError(f"{number} is no whole number")

    try:
        document = json.loads(data, parse_float=refuse, parse_constant=refuse)
        case, statement = document["case"], document["statement"]
        yield from sealed(document, data, pem)
        yield from decided(case, statement)
        yield from published(document)
        told = {name: value for name, value in statement["result"].items() if name not in ("engine", "tzdata", "input_sha256")}
        yield from differences(told, computed(case), "statement/result")
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as fault:
        yield f"it is not whole: {type(fault).__name__} {fault}"


def main(path, public_key=None):
    pem = None if public_key is None else Path(public_key).read_text()
    found = list(findings(Path(path).read_bytes(), pem))
    print(*(found or ["match"]), sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) in (2, 3) else __doc__)

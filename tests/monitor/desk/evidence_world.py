"""Evidence of a published statement made of any case that asks for one, as the store would give it; no database."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from monitor.desk.figures import answered
from sla import writing
from sla.canonical import canonical
from sla.reading import read
from sla.texts import instant_text, until

ABOUT: dict[str, Any] = {
    "provider": "Northwind Cloud",
    "language": "en",
    "customer": "Acme GmbH",
    "site": "Acme Portal",
    "components": {"directory": "Directory <of> Acme", "node-1": "Node 1"},
    "ends": [{"component": "node-1", "kind": "certificate", "ends_at": "2026-12-16T00:00:00.000Z"}],
}
CASE: dict[str, Any] = {
    "format": "threenines-case/1",
    "id": "acme",
    "agreement": {"preset": "slg-2018", "version": "1", "zone": "Europe/Berlin", "effective_from": "2026-04-30T22:00:00.000Z"},
    "components": {
        "node-1": {
            "changes": [
                {"at": "2026-04-30T22:00:00Z", "state": "up"},
                {"at": "2026-06-23T03:00:00Z", "state": "unknown", "cause": "monitor_down"},
                {"at": "2026-06-23T03:17:00Z", "state": "up"},
            ],
            "kind": "instance",
            "managed_by": "provider",
        },
        "directory": {
            "changes": [
                {"at": "2026-04-30T22:00:00Z", "state": "up"},
                {"at": "2026-06-12T00:20:00Z", "state": "down", "cause": "deadline"},
                {"at": "2026-06-12T00:29:00Z", "state": "up"},
                {"at": "2026-06-18T14:00:00Z", "state": "down", "cause": "tcp_refused"},
                {"at": "2026-06-18T15:06:00Z", "state": "up"},
            ],
            "doubts": [{"from": "2026-06-12T00:19:00Z", "to": "2026-06-12T00:20:00Z"}],
            "kind": "ldap",
            "managed_by": "customer",
        },
    },
    "composition": {"all": ["node-1", "directory"]},
    "exclusions": [
        {
            "id": "X-1",
            "from": "2026-06-18T14:00:00.000Z",
            "to": "2026-06-18T14:50:00.000Z",
            "components": ["directory"],
            "cause": "isp",
            "party": "=cmd|calc",
            "reason": "fibre <b>cut</b>",
            "evidence": ["ticket:4711"],
            "history": [
                {"at": "2026-06-19T08:00:00.000Z", "status": "proposed", "by": "anna"},
                {"at": "2026-06-22T09:00:00.000Z", "status": "approved", "by": "ben"},
            ],
        },
        {
            "id": "X-2",
            "from": "2026-06-12T00:20:00.000Z",
            "to": "2026-06-12T00:29:00.000Z",
            "components": [],
            "cause": "isp",
            "reason": "-1+1",
            "evidence": ["ticket:4712"],
            "history": [
                {"at": "2026-06-19T08:00:00.000Z", "status": "proposed", "by": "anna"},
                {"at": "2026-06-22T09:00:00.000Z", "status": "rejected", "by": "ben"},
            ],
        },
    ],
    "maintenance": [
        {
            "id": "MNT-1",
            "components": [],
            "announcements": [
                {
                    "at": "2026-06-01T10:00:00.000Z",
                    "from": "2026-06-12T00:00:00.000Z",
                    "to": "2026-06-12T02:00:00.000Z",
                    "status": "CONFIRMED",
                    "impact": "OUTAGE",
                }
            ],
        }
    ],
    "query": {"kind": "statement", "month": "2026-06", "as_of": "2026-07-03T06:00:00.000Z"},
}


def evidence(case: dict[str, Any] = CASE, about: dict[str, Any] = ABOUT) -> dict[str, Any]:
    """The evidence of the statement that ``case`` asks for, published once at its ``as_of``."""
    case = _spelt(case)
    result, query = answered(case).result, case["query"]
    figures = result["figures"]
    content = {
        "format": "threenines-statement/1",
        "site": case["id"],
        "period": query.get("month") or f"{figures['first']}..{figures['last']}",
        "as_of": query["as_of"],
        "agreement": case["agreement"].get("version", "1"),
        "zone": case["agreement"]["zone"],
        "components": {name: name for name in case["components"]},
        "exclusions": [{**one, "notes": []} for one in case.get("exclusions", [])],
        "result": result,
    }
    version = {
        "version": 1,
        "as_of": query["as_of"],
        "issued_at": query["as_of"],
        "issued_by": "anna",
        "engine": result["engine"],
        "tzdata": result["tzdata"],
        "input_sha256": result["input_sha256"],
        "content_sha256": sha256(canonical(content).encode()).hexdigest(),
        "downtime_counted_seconds": figures["downtime_counted_seconds"],
        "verdict": result["verdict"],
        "deltas": [],
    }
    return {
        "format": "threenines-evidence/1",
        "case": case,
        "statement": content,
        "about": about,
        "versions": [version],
        "audit": _audit(case, content, version, about),
    }


def _spelt(case: dict[str, Any]) -> dict[str, Any]:
    """The case with every member of its agreements and exclusions written out, as the store keeps them."""
    found = read(case).case
    if found is None:
        raise ValueError("no case")
    earlier = [{"until": instant_text(one.until), "agreement": writing.agreement(one.agreement)} for one in found.earlier]
    return {
        **case,
        "agreement": writing.agreement(found.agreement),
        **({"earlier": earlier} if earlier else {}),
        "exclusions": [writing.exclusion(one) for one in found.exclusions],
        "query": {**case["query"], "as_of": instant_text(until(case["query"]["as_of"]))},
    }


def _audit(case: dict[str, Any], content: dict[str, Any], version: dict[str, Any], about: dict[str, Any]) -> list[dict[str, Any]]:
    steps = [(step, one["id"]) for one in case.get("exclusions", []) for step in one["history"]]
    deeds = [(until(step["at"]), step["by"], f"exclusion.{step['status']}", name, {}) for step, name in steps]
    said = {
        "about_sha256": sha256(canonical(about).encode()).hexdigest(),
        "as_of": version["as_of"],
        "content_sha256": version["content_sha256"],
        "deltas": 0,
        "input_sha256": version["input_sha256"],
        "verdict": version["verdict"],
    }
    name = f"{content['site']} {content['period']} version 1"
    rows, prev = [], bytes(32)
    for seq, (at, actor, action, what, body) in enumerate(
        [*deeds, (until(version["as_of"]), "anna", "statement.issued", name, said)], 1
    ):
        row = {"seq": seq, "at": at, "actor": actor, "auth_method": "token", "action": action, "object": what}
        row |= {"body": canonical(body), "evidence": "[]"}
        text = canonical(row).encode()
        digest = sha256(b"threenines-audit-1\0" + prev + len(text).to_bytes(8, "big") + text).digest()
        rows.append({**row, "prev": prev.hex(), "hash": digest.hex()})
        prev = digest
    return rows


def of_world(drawn: Any) -> list[dict[str, Any]]:
    """The cases of a random world that a statement can be published of: told by changes, decided by people, as of an instant."""
    from worlds import changes

    grid, case = drawn.grid, {**drawn.case, "format": "threenines-case/1", "id": "site"}
    told = {name: one if "changes" in one else {**changes(grid), **_applies(one)} for name, one in case["components"].items()}
    case["components"] = told
    case["exclusions"] = [one for one in case.get("exclusions", []) if one.get("history")]
    case["maintenance"] = case.get("maintenance", [])
    asked = [query for query in (*drawn.short, *drawn.long) if query["kind"] == "statement"]
    return [{**case, "query": {"as_of": grid.text(grid.size), **query}} for query in asked]


def _applies(one: dict[str, Any]) -> dict[str, Any]:
    return {"applicable": one["applicable"]} if "applicable" in one else {}

"""What webhooks are sent: the objects of the status documents, version 2, in the envelope that customers' tools already read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Envelope:
    """What stands around each message: how to end it, where it is explained, and how the page stands (``status.json``)."""

    unsubscribe: str
    documentation: str
    status: Json


def incident(envelope: Envelope, one: Json) -> bytes:
    """An incident or a maintenance as it stands in a document, with the members that only webhooks have."""
    more = {
        "organization_id": envelope.status["page"]["id"],
        "backfilled": False,
        "impact_override": None,
        "scheduled_for": one.get("scheduled_for"),
        "scheduled_until": one.get("scheduled_until"),
    }
    return _bytes({**_head(envelope), "incident": {**one, **more}})


def component(envelope: Envelope, one: Json, before: str, change_id: str) -> bytes:
    """A component as it stands in a document, whose status was ``before`` until now."""
    update = {
        "created_at": one["updated_at"],
        "new_status": one["status"],
        "old_status": before,
        "id": change_id,
        "component_id": one["id"],
    }
    told = {name: one[name] for name in ("created_at", "id", "name", "status")}
    return _bytes({**_head(envelope), "component_update": update, "component": told})


def _head(envelope: Envelope) -> dict[str, Any]:
    status = envelope.status["status"]
    return {
        "meta": {"unsubscribe": envelope.unsubscribe, "documentation": envelope.documentation},
        "page": {
            "id": envelope.status["page"]["id"],
            "status_indicator": status["indicator"],
            "status_description": status["description"],
        },
    }


def _bytes(body: Json) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()

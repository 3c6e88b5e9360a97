"""What tools may read of rollouts and releases, as JSON; and what the gate says, for pipelines."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection

from monitor.config.configuration import Configuration
from monitor.desk import gate, waves
from monitor.desk.nouns import Json, Question, Rows
from monitor.desk.release_deeds import release_document
from monitor.desk.rollout_deeds import decision_document, rollout_document
from monitor.store import releases, rollouts
from monitor.store.rollouts import Kept
from sla.rollout import Wave
from sla.span import Instant


def every_rollout(connection: Connection, asked: Question) -> Rows:
    """All rollouts with their waves."""
    return [_document(connection, kept) for kept in reversed(rollouts.every(connection))]


def rollout(connection: Connection, asked: Question) -> Json | None:
    """One rollout."""
    found = rollouts.find(connection, asked.values["id"])
    return None if found is None else _document(connection, found)


def rollout_gate(connection: Connection, asked: Question) -> Json | None:
    """What the gate says before a wave, by default the next; None: there is no such wave."""
    return gate_document(connection, asked.configuration, asked.values["id"], asked.values["wave"], asked.now)


def gate_document(
    connection: Connection, configuration: Configuration, key: str, number: int | None, now: Instant
) -> dict[str, Any] | None:
    """What the gate before wave ``number`` of the rollout ``key`` says; None if there is no such rollout or wave."""
    known = rollouts.find(connection, key)
    if known is None:
        return None
    rollout = waves.standing(connection, known)
    wave: Wave | None = rollout.next
    if number is not None:
        wave = next((one for one in rollout.waves if one.number == number), None)
    if wave is None:
        return None
    found = gate.decision(connection, configuration, rollout, wave, now)
    return {**decision_document(key, found), "state": known.state}


def every_release(connection: Connection, asked: Question) -> Rows:
    """All releases whose notes were published, the newest first."""
    return [release_document(one) for one in reversed(releases.every(connection))]


def release(connection: Connection, asked: Question) -> Json | None:
    """One release by its version."""
    found = releases.find(connection, asked.values["version"])
    return None if found is None else release_document(found)


def _document(connection: Connection, kept: Kept) -> Json:
    return rollout_document(kept, waves.standing(connection, kept))

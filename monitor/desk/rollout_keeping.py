"""Rollouts kept: rows, audit and letters in one transaction; and what the clock and the gate do to them by themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from sqlalchemy.engine import Connection

from monitor.desk import gate, maintenance_keeping, operators, waves
from monitor.desk.deed import Installation, Sitting
from monitor.desk.people import Person
from monitor.desk.refusal import Refused, refused
from monitor.desk.rollouts import Draft, Judged, judge_draft
from monitor.desk.wave_plan import laid_out, next_train
from monitor.store import audit, maintenance, rollouts
from monitor.store.audit import SERVICE, Actor, Entry
from monitor.store.letters import Key
from monitor.store.maintenance import Plan as Window
from monitor.store.rollouts import Kept, Kind, Step
from reports.letter import Tone
from reports.maintenance_notice import Kind as Notice
from sla.gate import Decision
from sla.maintenance import Status
from sla.rollout import Rollout
from sla.span import HOUR, Instant
from sla.texts import instant_text

POSTPONED_BEFORE_MS = 4 * HOUR
"""What is announced, held and has no new date so long before it would begin is postponed: nobody waits up for it."""
POSTPONED = "postponed"
BY_ITSELF = Person(SERVICE, frozenset({"read", "operate"}))
TITLE = "Rolling update"


def keep(at: Sitting, judged: Judged, action: str) -> tuple[Kept, tuple[Key, ...]] | Refused:
    """Keep what was judged and tell of it, or refuse all of it; both are audited. Gives the rollout and the letters queued."""
    if judged.faults:
        entry = Entry(at.person.actor, action, judged.rollout.id, {})
        return refused(at.connection, at.now, entry, judged.faults)
    queued: list[Key] = []
    fresh: dict[str, str] = {}
    for site, window in judged.windows.items():
        named = window if window.id else replace(window, id=maintenance.new_id(at.connection, at.now))
        if not window.id:
            fresh[site] = named.id
        queued += maintenance_keeping.kept(at.connection, at.ground, named, at.person.actor, at.now)
    told = _named(judged.rollout, fresh)
    noted(at, told, at.person.actor)
    return told, tuple(queued)


def _named(rollout: Kept, fresh: Mapping[str, str]) -> Kept:
    """The rollout with the ids of its new windows."""
    last = rollout.last
    laid = tuple(
        replace(wave, windows=tuple((site, (*ids, fresh[site]) if site in fresh else ids) for site, ids in wave.windows))
        for wave in last.plan.waves
    )
    return Kept(rollout.id, (*rollout.steps[:-1], replace(last, plan=replace(last.plan, waves=laid))))


def noted(at: Sitting, rollout: Kept, actor: Actor) -> None:
    """Keep the newest step of a rollout, and note it in the audit."""
    step = rollout.last
    rollouts.append(at.connection, rollout.id, step)
    body = {
        "release": step.plan.release,
        "title": step.plan.title,
        "wave": step.wave,
        "note": step.note,
        "windows": [{site: ids[-1] for site, ids in wave.windows} for wave in step.plan.waves],
    }
    audit.append(at.connection, at.now, Entry(actor, f"rollout.{step.kind.value}", rollout.id, body))


@dataclass(frozen=True, slots=True)
class Move:
    """One thing that is due of the rollout ``known``: ``kind`` says what, ``note`` why. HELD, COMPLETED or CANCELLED windows."""

    known: Kept
    kind: Kind
    note: str = ""


def moves(connection: Connection, ground: Installation, now: Instant) -> tuple[Move, ...]:
    """What the gate and the clock want of the rollouts that go on; it is read beside the writer, since figures take time."""
    found = []
    for known in rollouts.going_on(connection):
        rollout = waves.standing(connection, known)
        if rollout.waves[-1].soaked(now):
            found.append(Move(known, Kind.COMPLETED, "every wave is completed and soaked"))
        elif known.hold is None and (why := _against(connection, ground, rollout, now)):
            found.append(Move(known, Kind.HELD, why))
    return tuple(found)


def _against(connection: Connection, ground: Installation, rollout: Rollout, now: Instant) -> str | None:
    """Why a rollout can't go on as it was announced; None: nothing is against it, or nothing of it has been promised yet."""
    late = rollout.overtaken(now)
    if late:
        return f"wave {late[0].number} can't begin at {instant_text(late[0].span.start)}: the one before is not soaked by then"
    wave = rollout.next
    if wave is None or wave.number in rollout.overridden or not (wave.told or any(one.begun for one in rollout.waves)):
        return None
    found = gate.decision(connection, ground.configuration, rollout, wave, now)
    return said(found) if found.final else None


def said(found: Decision) -> str:
    """A decision in words, with everything that is against it."""
    against = "; ".join(f"{f'{one.site}: ' * bool(one.site)}{one.code}: {one.got}, wanted {one.wanted}" for one in found.against)
    return f"the gate before wave {found.wave} says {found.answer.value}: {against}"


def tend(connection: Connection, ground: Installation, due: Collection[Move], now: Instant) -> tuple[str, ...]:
    """Take the ``due`` moves that still fit, draft the next train, postpone what is held too long. The sites told of."""
    at = Sitting(connection, BY_ITSELF, now, ground)
    for move in due:
        if rollouts.find(connection, move.known.id) == move.known:
            known = move.known
            step = Step(max(now, known.last.at), move.kind, known.plan, SERVICE.name, note=move.note)
            noted(at, Kept(known.id, (*known.steps, step)), SERVICE)
            _told(at, known.id, move.kind, len(known.steps), move.note)
    drafted(at)
    return tuple(dict.fromkeys(site for known in rollouts.going_on(connection) for site in _postponed(at, known)))


def drafted(at: Sitting) -> Kept | None:
    """Draft the rollout of the next train, once; operators are told. Nobody else is before somebody announces it."""
    configuration = at.ground.configuration
    start = next_train(configuration.rollouts, configuration.provider.zone, at.now)
    if start is None:
        return None
    title = f"{TITLE} of {instant_text(start)[:10]}"
    if any(one.steps[0].plan.title == title for one in rollouts.every(at.connection)):
        return None
    judged = judge_draft(at, Draft(None, title, laid_out(configuration, start), configuration.rollouts.impact))
    outcome = None if judged.faults else keep(at, judged, "rollout.drafted")
    if outcome is None or isinstance(outcome, Refused):
        return None
    made, _ = outcome
    words = f"It begins {instant_text(start)}; give it its version, look at its waves, announce them: nobody is told by itself."
    _told(at, made.id, Kind.DRAFTED, 0, words)
    return made


def _told(at: Sitting, rollout: str, what: Kind, sequence: int, words: str) -> None:
    """Operators read that ``what`` came to it, and why."""
    said = {"Why": "\n".join(words.split("; "))}
    tone: Tone = "urgent" if what is Kind.HELD else "news"
    subject = f"[Rollout] {rollout}: {what.value}"
    operators.tell(at.connection, at.ground, rollout, subject, said, at.now, tone, what.value, sequence)


def _postponed(at: Sitting, known: Kept) -> Iterator[str]:
    """Cancel what is announced of a held rollout and would begin soon; its contacts read that a new notice will follow."""
    if known.hold is None:
        return
    ids = [keys[-1] for wave in known.plan.waves for _, keys in wave.windows]
    for window in maintenance.several(at.connection, ids).values():
        if window.last.status in (Status.TENTATIVE, Status.CONFIRMED) and at.now >= window.last.span.start - POSTPONED_BEFORE_MS:
            maintenance_keeping.kept(at.connection, at.ground, _cancelled(at, window, known), SERVICE, at.now)
            yield window.site


def _cancelled(at: Sitting, window: Window, known: Kept) -> Window:
    step = replace(
        window.last,
        at=max(at.now, window.last.at),
        kind=Notice.CANCELLED.value,
        status=Status.CANCELLED,
        person=SERVICE.name,
        note=f"{known.id} is held",
        outcome=POSTPONED,
        agreed_by=None,
    )
    return replace(window, steps=(*window.steps, step))

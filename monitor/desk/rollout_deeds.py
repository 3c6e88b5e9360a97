"""What may be asked of rollouts, as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from monitor.desk import rollouts, waves
from monitor.desk.deed import TEXTS, Deed, Reply, Sitting
from monitor.desk.maintenance_deeds import IMPACT, drafts_of, letter_document
from monitor.desk.refusal import Refused
from monitor.desk.rollout_keeping import keep
from monitor.desk.rollouts import Draft, Judged, Moved
from monitor.desk.wave_plan import Laid, laid_out
from monitor.store.rollouts import Kept, Step
from sla.case_values import INSTANT, UNTIL
from sla.exclusion import Fault
from sla.forms import FULL_TEXT, TEXT, Items, Member, Members, OrNull, Values, Whole, same
from sla.gate import Decision
from sla.rollout import RINGS, Rollout, Wave, Window
from sla.span import SECOND, Instant, Span
from sla.texts import instant_text

_ID = Member("id", FULL_TEXT, "the rollout's id")
_WAVE = Member("wave", Whole(1, "waves"), "which wave, from 1")
_WHY = Member("reason", FULL_TEXT, "why, for operators")
WAVE = Members(
    "wave",
    (
        Member("ring", same(*RINGS), "the ring of its sites"),
        Member("from", INSTANT, "when its windows begin"),
        Member("to", UNTIL, "when they end; not part of them"),
        Member("sites", TEXTS, "its sites", (), "all of the ring that are in no other wave"),
    ),
)
DRAFT = Members(
    "rollout",
    (
        Member("version", OrNull(FULL_TEXT), "the release's version", None, "not known yet"),
        Member("title", FULL_TEXT, "what customers read above their windows", "Rolling update", "Rolling update"),
        Member("from", OrNull(INSTANT), "when the first wave begins; the others follow by the rules", None, "the waves say so"),
        Member("waves", Items(WAVE), "the waves, one by one", (), "by the rings"),
        Member("impact", OrNull(IMPACT), "the level of impact on each site", None, "as configured"),
        Member("about", TEXT, "more about it, for the customers", "", "none"),
        Member("action", TEXT, "what the customers must do", "", "nothing"),
    ),
)
CHANGE = Members(
    "rollout-change",
    (
        _ID,
        Member("version", OrNull(FULL_TEXT), "the release's version", None, "as before"),
        Member("title", OrNull(FULL_TEXT), "what customers read above their windows", None, "as before"),
    ),
)
ANNOUNCE = Members("wave-announcement", (_ID, _WAVE))
MOVE = Members(
    "wave-move",
    (
        _ID,
        _WAVE,
        Member("from", INSTANT, "when its windows begin now"),
        Member("to", UNTIL, "when they end now"),
        Member("emergency", OrNull(TEXT), "why it can't wait for its notice, for the customers", None, "no emergency"),
        Member("agreed_by", OrNull(FULL_TEXT), "who of the customers agreed to short notice", None, "nobody"),
    ),
)
HOLD = Members("rollout-hold", (_ID, _WHY))
_OVERRIDE = Member("override", OrNull(FULL_TEXT), "why it goes on in spite of the gate", None, "the gate has nothing against it")
RESUME = Members("rollout-resume", (_ID, _OVERRIDE))
CANCEL = Members("rollout-cancellation", (_ID, _WHY))

Judge = Callable[[Sitting, Values], Judged]


def _draft(at: Sitting, values: Values) -> Judged:
    configuration = at.ground.configuration
    wrong = [
        Fault("empty-span", ("waves", place, "to"), "it ends after it begins", *_ends(one))
        for place, one in enumerate(values["waves"])
        if one["to"] <= one["from"]
    ]
    if bool(values["waves"]) == (values["from"] is not None):
        wrong.append(Fault("missing", ("from",), "either the first start or the waves are said", "both or none", "one of them"))
    if wrong:
        return Judged(Kept("", ()), faults=tuple(wrong))
    laid = _laid(at, values["waves"]) if values["waves"] else laid_out(configuration, values["from"])
    impact = configuration.rollouts.impact if values["impact"] is None else values["impact"]
    return rollouts.judge_draft(at, Draft(values["version"], values["title"], laid, impact, values["about"], values["action"]))


def _ends(one: Values) -> tuple[str, str]:
    return instant_text(one["to"]), f"after {instant_text(one['from'])}"


def _laid(at: Sitting, given: tuple[Values, ...]) -> tuple[Laid, ...]:
    """The waves as said; one without sites takes all of its ring that no other names."""
    named = {site for one in given for site in one["sites"]}
    rest = {ring: tuple(s.key for s in at.ground.configuration.sites if s.ring == ring and s.key not in named) for ring in RINGS}
    return tuple(Laid(one["ring"], Span(one["from"], one["to"]), tuple(one["sites"]) or rest[one["ring"]]) for one in given)


def _change(at: Sitting, values: Values) -> Judged:
    return rollouts.judge_change(at, values["id"], values["version"], values["title"])


def _announce(at: Sitting, values: Values) -> Judged:
    return rollouts.judge_announcement(at, values["id"], values["wave"])


def _move(at: Sitting, values: Values) -> Judged:
    if values["to"] <= values["from"]:
        return Judged(Kept(values["id"], ()), faults=(Fault("empty-span", ("to",), "it ends after it begins", *_ends(values)),))
    moved = Moved(Span(values["from"], values["to"]), values["emergency"], values["agreed_by"])
    return rollouts.judge_move(at, values["id"], values["wave"], moved)


def _hold(at: Sitting, values: Values) -> Judged:
    return rollouts.judge_hold(at, values["id"], values["reason"])


def _resume(at: Sitting, values: Values) -> Judged:
    return rollouts.judge_resume(at, values["id"], values["override"])


def _cancel(at: Sitting, values: Values) -> Judged:
    return rollouts.judge_cancel(at, values["id"], values["reason"])


def _deed(name: str, form: Members, judge: Judge) -> Deed:
    """The deed that takes the step which ``judge`` judges, for all windows or for none."""

    def do(at: Sitting, values: Values) -> Reply:
        outcome = keep(at, judge(at, values), name)
        if isinstance(outcome, Refused):
            return Reply(outcome.faults)
        told, queued = outcome
        letters = [{"to": key.contact, "kind": key.kind} for key in queued]
        sites = tuple(dict.fromkeys(site for wave in told.plan.waves for site, _ in wave.windows)) if queued else ()
        body = {"rollout": rollout_document(told, waves.standing(at.connection, told)), "letters": letters}
        return Reply(body=body, sites=sites)

    def show(at: Sitting, values: Values) -> Reply:
        judged = judge(at, values)
        if judged.faults:
            return Reply(judged.faults)
        drafts = [draft for plan in judged.windows.values() if plan.last.status for draft in drafts_of(at, plan)]
        rollout = rollout_document(judged.rollout, waves.standing(at.connection, judged.rollout, judged.windows))
        return Reply(body={"would": name, "rollout": rollout, "letters": [letter_document(at, draft) for draft in drafts]})

    return Deed(form, do, show)


def rollout_document(kept: Kept, rollout: Rollout) -> dict[str, Any]:
    """A rollout as JSON: its waves as they stand, and all its steps."""
    hold = kept.hold
    return {
        "id": kept.id,
        "state": kept.state,
        "version": kept.plan.release,
        "title": kept.plan.title,
        "held": None if hold is None or kept.over else _step_document(hold),
        "overridden": sorted(kept.overridden),
        "waves": [_wave_document(wave) for wave in rollout.waves],
        "steps": [_step_document(step) for step in kept.steps],
    }


def _step_document(step: Step) -> dict[str, Any]:
    return {"at": instant_text(step.at), "by": step.person, "kind": step.kind.value, "wave": step.wave, "note": step.note}


def _wave_document(wave: Wave) -> dict[str, Any]:
    return {
        "wave": wave.number,
        "ring": wave.ring,
        "from": instant_text(wave.span.start),
        "to": instant_text(wave.span.end),
        "soak_seconds": wave.soak_ms // SECOND,
        "completed_at": _told(wave.completed_at),
        "soaked_at": _told(wave.soaked_at),
        "windows": [_window_document(one) for one in wave.windows],
    }


def _window_document(one: Window) -> dict[str, Any]:
    return {
        "site": one.site,
        "maintenance": one.maintenance,
        "status": "DRAFT" if one.status is None else one.status.value,
        "from": instant_text(one.span.start),
        "to": instant_text(one.span.end),
        "impact": one.impact.word,
        "outcome": one.outcome,
    }


def _told(at: Instant | None) -> str | None:
    return None if at is None else instant_text(at)


def decision_document(rollout: str, found: Decision) -> dict[str, Any]:
    """What the gate says, with everything that was asked."""
    asked = [
        {"code": one.code, "site": one.site, "mark": one.mark.value, "got": one.got, "wanted": one.wanted}
        for one in found.findings
    ]
    return {"rollout": rollout, "wave": found.wave, "answer": found.answer.value, "final": found.final, "findings": asked}


DEEDS: Mapping[str, Deed] = {
    "release.draft": _deed("release.draft", DRAFT, _draft),
    "release.change": _deed("release.change", CHANGE, _change),
    "release.announce": _deed("release.announce", ANNOUNCE, _announce),
    "release.move": _deed("release.move", MOVE, _move),
    "release.hold": _deed("release.hold", HOLD, _hold),
    "release.resume": _deed("release.resume", RESUME, _resume),
    "release.cancel": _deed("release.cancel", CANCEL, _cancel),
}

"""Laws about what was recorded when: functions of a world and a seed. Hypothesis draws a thousand of each, the night far more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from random import Random
from typing import Any

from laws import Case as Document
from laws import ask, frozen, spent, with_exclusion, with_terms
from painter_clock import read_instant, show_instant
from worlds import World

from sla import writing
from sla.account import account
from sla.any_days import any_days, date_windows
from sla.calendar import date_of, span, start
from sla.canonical import digest
from sla.case import AskAnyDays, AskRolling, Case, Outages, Results
from sla.evaluate import evaluate, terms
from sla.exclusion import Exclusion
from sla.facts import levels
from sla.reading import FORMAT, read
from sla.restatement import deltas, spans
from sla.rolling import rolling
from sla.span import HOUR, Span
from sla.standing import Question, Standing
from sla.timeline import Sample, Timeline, derive

ONE_DAY = timedelta(days=1)
WITH_ONE_DOWNTIME = ("window", "days", "month", "statement")


def case_of(document: Document, query: dict[str, Any]) -> Case:
    """The case that a document asks."""
    reading = read({"format": FORMAT, **document, "query": query})
    assert reading.case is not None, reading.mistakes
    return reading.case


def queries(drawn: World, *kinds: str) -> Iterator[dict[str, Any]]:
    """The queries of these kinds, without the instant as of which the world asks."""
    for query in (*drawn.short, *drawn.long):
        if query["kind"] in kinds:
            yield {name: value for name, value in query.items() if name != "as_of"}


def recordings(case: Case) -> list[int]:
    """Every instant at which something was recorded, and those just before."""
    histories = (one.history for one in case.components.values())
    at = {known.recorded_at for history in histories if not isinstance(history, Outages) for known in history.facts}
    at |= {step.at for one in case.exclusions for step in one.history or ()}
    at |= {one.at for plan in case.maintenance for one in plan.announcements}
    return sorted(at | {each - 1 for each in at})


def deltas_sum_up(drawn: World, seed: int) -> None:
    """What each fact adds is all that a later statement has more."""
    rng = Random(seed)
    case = case_of(drawn.case, rng.choice(list(queries(drawn, *WITH_ONE_DOWNTIME))))
    instants = recordings(case)
    if len(instants) < 2:
        return
    old, new = sorted(rng.sample(instants, 2))
    found = deltas(case, old, new)
    assert sum(one.downtime_ms for one in found) == counted(case, new) - counted(case, old)
    order = [one.fact.recorded_at for one in found]
    assert order == sorted(order) and all(old < at <= new for at in order)


def counted(case: Case, as_of: int) -> Fraction:
    """The counted downtime of what is asked about."""
    answer: Any = evaluate(replace(case, as_of=as_of))
    answer = getattr(answer, "whole", answer)
    return Fraction(getattr(answer, "figures", answer).downtime_ms)


def what_is_unlisted_changes_nothing(drawn: World, seed: int) -> None:
    """Where no fact is told, all figures are those of before: of the dates, of each window, of each outage.

    A notice is no fact of its own, since it forgives no time before it was given; under an agreement in which it takes time out
    of the period it changes the budget of windows to come, so there the dates must be over, as those of what is published are.
    """
    case = case_of(drawn.case, next(queries(drawn, "statement")))
    instants = recordings(case)
    if len(instants) < 2:
        return
    old, new = sorted(Random(seed).sample(instants, 2))
    to_come = spans(case)[1].end > old and case.agreement.exclusion_effect == "remove-from-period"
    if not to_come and not deltas(case, old, new):
        assert evaluate(replace(case, as_of=new)) == evaluate(replace(case, as_of=old))


def what_was_known_decides(drawn: World, seed: int) -> None:
    """What was recorded later changes neither an answer nor the digest of its case: both are those of before it was recorded."""
    query = Random(seed).choice(drawn.short)
    asked = {**query, "as_of": query.get("as_of") or show_instant(read_instant(drawn.short[0]["to"]))}
    case = {**drawn.case, "query": asked}
    then = without_later(case, read_instant(asked["as_of"]))
    assert ask(then, asked) == ask(case, asked)
    assert digest(then, FORMAT) == digest(case, FORMAT)


def without_later(case: Document, as_of: int) -> Document:
    """The case as somebody would have written it down at ``as_of``."""

    def known(facts: list[Document]) -> list[Document]:
        said = ((fact.get("recorded_at") or fact.get("at") or fact["from"], fact) for fact in facts)
        return [fact for at, fact in said if read_instant(at) <= as_of]

    then = {**case, "components": {name: dict(one) for name, one in case["components"].items()}}
    for component in then["components"].values():
        component.update({form: known(component[form]) for form in ("changes", "doubts", "results") if form in component})
    for member, steps in (("exclusions", "history"), ("maintenance", "announcements")):
        if member in case:
            told = [{**one, steps: known(one[steps])} if steps in one else one for one in case[member]]
            then[member] = [one for one in told if steps not in one or one[steps]]
    return then


def approved_and_revoked_adds_nothing(drawn: World, seed: int) -> None:
    """Two deltas that cancel, if nothing came between."""
    window = next(queries(drawn, "window"))
    steps = [(1, "proposed", "anna"), (2, "approved", "ben"), (3, "revoked", "ben")]
    history = [{"at": f"2027-12-0{day}T00:00:00Z", "status": status, "by": by} for day, status, by in steps]
    told = {"id": "Z", "from": window["from"], "to": window["to"], "cause": "isp", "evidence": ["t"], "history": history}
    case = case_of(with_exclusion(drawn.case, told), window)
    old, new = (read_instant(f"2027-{day}T00:00:00Z") for day in ("11-30", "12-04"))
    found = [one for one in deltas(case, old, new) if one.fact.of == "Z"]
    assert [one.fact.said for one in found] == ["proposed", "approved", "revoked"]
    assert found[0].downtime_ms == 0 == found[1].downtime_ms + found[2].downtime_ms


def results_say_what_is_derived_of_them(drawn: World, seed: int) -> None:
    """A component of results is its changes and doubts."""
    told = {name: derived(one) for name, one in drawn.case["components"].items()}
    if told != drawn.case["components"]:
        for query in queries(drawn, "window", "any_days", "rolling"):
            assert evaluate(case_of({**drawn.case, "components": told}, query)) == evaluate(case_of(drawn.case, query))


def derived(component: Document) -> Document:
    """The component as it is stored for ever."""
    if "results" not in component:
        return component
    case = case_of({"components": {"a": component}}, {"kind": "daily", "first": "2026-01-01", "last": "2026-01-01"})
    history = case.components["a"].history
    assert isinstance(history, Results)
    samples = [one.fact for one in sorted(history.facts, key=lambda one: one.recorded_at) if isinstance(one.fact, Sample)]
    timeline: Timeline = derive(samples, history.rule)
    changes = [writing.change(one, one.at) for one in timeline.changes]
    doubts = [writing.doubt(one, one.start) for one in timeline.doubts]
    rest = {name: value for name, value in component.items() if name in ("applicable", "kind", "managed_by")}
    return {"changes": changes, "doubts": doubts, **rest}


def late_is_in_time_at_the_end(drawn: World, seed: int) -> None:
    """When something was recorded decides nothing once all is known."""
    told = {name: in_time(one) for name, one in drawn.case["components"].items()}
    for query in queries(drawn, "window", "any_days", "statement"):
        found, own = (case_of({**drawn.case, "components": one}, query) for one in (told, drawn.case["components"]))
        assert evaluate(found) == evaluate(own)


def in_time(component: Document) -> Document:
    """The component with every result recorded when it was seen."""
    if "results" not in component:
        return component
    looks = [{name: value for name, value in look.items() if name != "recorded_at"} for look in component["results"]]
    return {**component, "results": looks}


def a_change_weighs_alone(drawn: World, seed: int) -> None:
    """One more exclusion, weighed only where it lies, says of all windows what all weighed anew say."""
    case, days, hours = standing_case(drawn)
    zone, within = case.agreement.zone, hours.span
    windows = date_windows(zone, days.first, days.last, days.days)
    whole = Span(min(within.start, start(zone, days.first)), max(within.end, span(zone, days.first, days.last).end))
    since = whole.start + Random(seed).randrange(whole.length - 1)
    touched = Span(since, min(whole.end, since + 1 + Random(seed).randrange(20 * HOUR)))
    more = replace(case, exclusions=(*case.exclusions, assumption(case, touched, seed)))
    question = Question(case.agreement, windows, within, hours.hours * HOUR)
    before = Standing.of(question, seen(case, whole))
    after = before.changed(touched, seen(more, touched))
    anew = seen(more, whole)
    assert after.any_days() == any_days(anew, case.agreement, windows)
    assert after.rolling() == rolling(anew, case.agreement, within, hours.hours * HOUR)


def standing_case(drawn: World) -> tuple[Case, AskAnyDays, AskRolling]:
    """The world, and both questions that are asked of it again and again."""
    by_date, by_hour = (case_of(drawn.case, next(queries(drawn, kind))) for kind in ("any_days", "rolling"))
    assert isinstance(by_date.query, AskAnyDays) and isinstance(by_hour.query, AskRolling)
    return by_date, by_date.query, by_hour.query


def seen(case: Case, within: Span) -> Any:
    """What counts of ``within``."""
    stays_down = case.agreement.down_then_unknown == "stays-down"
    parts = {name: levels(one, None, stays_down) for name, one in case.components.items()}
    return account(terms(case), parts, within).counted


def assumption(case: Case, over: Span, seed: int) -> Exclusion:
    """An exclusion that nobody decided on, of one component or the whole site; it counts first, whatever is there."""
    about = (Random(seed).choice(sorted(case.components)),) if seed % 2 else ()
    return Exclusion("Z", over, "isp", about, history=None)


def a_breach_is_the_first_millisecond_over_a_window_begun(drawn: World, seed: int) -> None:
    """At ``breach_at`` a window of dates that has begun holds more than its budget, and no such window did a ms before."""
    query = next(queries(drawn, "forecast"))
    case = with_terms(drawn.case, down_then_unknown="unknown", effective_from=None, effective_to=None)
    case["components"] = {name: {"outages": one.get("outages", [])} for name, one in case["components"].items()}
    found, at = ask(case, query)["breach_at"], read_instant(query["at"])
    goes_on = frozen(case, at, open_=True)
    begun = windows_begun(case["agreement"]["zone"], at, query.get("days", case["agreement"]["days"]))
    share = 1 - Fraction(case["agreement"]["goal"].removesuffix("%")) / 100

    def broken(now: int) -> bool:
        """Some window that is not over before then holds too much of what has been by then."""
        open_ = (one for one in begun if now <= one.end and one.start < now)
        return any(spent(goes_on, one.start, now) > share * one.length / 1000 for one in open_)

    if found is None:
        assert not any(broken(one.end) for one in begun)
        return
    breach = read_instant(found)
    assert broken(breach)
    assert breach == at or not broken(breach - 1)


def windows_begun(zone: str, at: int, days: int) -> list[Span]:
    """The windows of ``days`` dates that hold ``at`` or end just there; one date more, since a zone may have left one out."""
    first = date_of(zone, at)
    starts = [(start(zone, first - k * ONE_DAY), start(zone, first + (days - k) * ONE_DAY)) for k in range(days + 2)]
    return [Span(since, until) for since, until in starts if since <= at <= until and since < until]


Law = Callable[[World, int], None]
LAWS: tuple[Law, ...] = (
    deltas_sum_up,
    what_is_unlisted_changes_nothing,
    what_was_known_decides,
    approved_and_revoked_adds_nothing,
    results_say_what_is_derived_of_them,
    late_is_in_time_at_the_end,
    a_change_weighs_alone,
    a_breach_is_the_first_millisecond_over_a_window_begun,
)

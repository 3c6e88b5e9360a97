"""Windows of dates under the version in force when they ended. The referee judges thousands; these can be checked by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from printed import printed

from sla.reading import FORMAT, read
from sla.span import DAY, Span
from sla.steps import BEGINNING, FOREVER
from sla.texts import instant
from sla.versions import ending_in

JULY = "2026-07-01T00:00:00Z"
EASY = {"goal": "99%", "maintenance": "counts"}
HARD = {"goal": "99.9%"}
DOWN = {"from": "2026-06-29T00:00:00Z", "to": "2026-06-29T02:00:00Z"}
RUN = {"kind": "any_days", "first": "2026-06-02", "last": "2026-07-02", "days": 30}


def case(**more: Any) -> dict[str, Any]:
    """Down for two hours at the end of June: 7,200 of 2,592 s under the hard agreement, of 25,920 s under the easy one."""
    return {"components": {"site": {"outages": [DOWN]}}, "query": RUN, **more}


def test_each_window_is_judged_by_the_version_of_its_last_instant() -> None:
    """The window of 2 June ends with 1 July, that of 3 June with the 2nd: both are July's. That of 1 June would be June's."""
    query = {**RUN, "first": "2026-06-01"}
    harder = printed(case(query=query, agreement=HARD, earlier=[{"until": JULY, "agreement": EASY}]))
    assert (harder["verdict"], harder["windows"], harder["breached"]) == ("breached", 3, ["2026-06-02", "2026-06-03"])
    easier = printed(case(query=query, agreement=EASY, earlier=[{"until": JULY, "agreement": HARD}]))
    assert (easier["verdict"], easier["breached"]) == ("breached", ["2026-06-01"])
    assert printed(case(query=RUN, agreement=EASY, earlier=[{"until": JULY, "agreement": HARD}]))["verdict"] == "met"


def test_a_month_is_judged_by_one_version() -> None:
    query = {"kind": "statement", "month": "2026-07"}
    with_it = printed(case(query=query, agreement=HARD, earlier=[{"until": JULY, "agreement": EASY}]))
    assert with_it == printed(case(query=query, agreement=HARD))


def test_an_exclusion_counts_only_by_a_version_that_leaves_its_cause_out() -> None:
    exclusion = {"id": "X", "from": DOWN["from"], "to": DOWN["to"], "cause": "isp"}
    no_isp = {**HARD, "excluded_causes": ["customer_machines"]}
    query = {**RUN, "first": "2026-06-01"}
    told = case(query=query, agreement=no_isp, earlier=[{"until": JULY, "agreement": HARD}], exclusions=[exclusion])
    assert printed(told)["breached"] == ["2026-06-02", "2026-06-03"]
    other = case(query=query, agreement=HARD, earlier=[{"until": JULY, "agreement": no_isp}], exclusions=[exclusion])
    assert printed(other)["breached"] == ["2026-06-01"]


def test_the_worst_of_all_is_the_earliest_of_equals_with_its_own_figures() -> None:
    told = printed(case(query={**RUN, "first": "2026-06-01"}, agreement=HARD, earlier=[{"until": JULY, "agreement": EASY}]))
    assert (told["worst"]["first"], told["worst"]["goal"], told["worst"]["verdict"]) == ("2026-06-01", "99/100", "met")


@pytest.mark.parametrize(
    ("in_force", "wanted"),
    [
        (Span(BEGINNING, FOREVER), ("2026-06-01", "2026-07-10")),
        (Span(BEGINNING, instant(JULY)), ("2026-06-01", "2026-06-30")),
        (Span(instant(JULY), FOREVER), ("2026-06-02", "2026-07-10")),
        (Span(instant(JULY) - DAY // 2, instant(JULY) + DAY // 2), ("2026-06-01", "2026-06-30")),
        (Span(BEGINNING, instant("2026-06-29T00:00:00Z")), None),
        (Span(instant("2026-07-12T00:00:00Z"), FOREVER), None),
    ],
)
def test_the_dates_of_a_version_are_those_whose_runs_end_in_it(in_force: Span, wanted: tuple[str, str] | None) -> None:
    found = ending_in("UTC", in_force, date(2026, 6, 1), date(2026, 7, 10), 30)
    assert (found and (str(found[0]), str(found[1]))) == wanted


def test_what_is_wrong_with_earlier_versions_is_told_where_it_stands() -> None:
    def wrong(*earlier: Any, cause: str = "isp") -> list[tuple[str, str]]:
        exclusion = {"id": "X", "from": DOWN["from"], "to": DOWN["to"], "cause": cause}
        found = read({"format": FORMAT, **case(earlier=list(earlier), exclusions=[exclusion])})
        return [(one.pointer, one.code) for one in found.mistakes]

    assert wrong({"until": JULY, "agreement": HARD}, {"until": JULY, "agreement": EASY}) == [("/earlier/1/until", "value")]
    assert wrong({"until": JULY}) == [("/earlier/0/agreement", "missing")]
    assert wrong({"until": JULY, "agreement": {"goal": "0%"}}, cause="tea") == [("/earlier/0/agreement/goal", "value")]
    assert wrong({"until": JULY, "agreement": {"preset": "sla-2020"}}, cause="entitlement_exceeded") == []
    assert wrong({"until": JULY, "agreement": HARD}, cause="entitlement_exceeded") == [
        ("/exclusions/0/cause", "cause-not-in-agreement")
    ]

"""The referee against arithmetic done by hand: the worked examples of the agreement's rules."""

from __future__ import annotations

from datetime import date

import pytest
from painter import paint
from painter_clock import DAY, date_of, open_spans, read_instant, show_instant, start
from painter_facts import decided

DOWN_AT = "2026-06-10T08:00:00Z"


def site(query: dict, *outages: dict, agreement: dict | None = None, **more: object) -> dict:
    """A case of one component ``site`` that was up but for these outages."""
    component = {"outages": list(outages)}
    return {
        "format": "threenines-case/1",
        "agreement": agreement or {},
        "components": {"site": component},
        "query": query,
        **more,
    }


def down(begin: str, end: str | None, state: str = "down") -> dict:
    return {"from": begin, "to": end, "state": state}


def test_a_window_of_721_hours_has_3_6_seconds_more_budget_than_one_of_720() -> None:
    chicago = {"zone": "America/Chicago"}
    outage = down("2026-11-01T20:00:00Z", "2026-11-01T20:43:14Z")
    long = paint(site({"kind": "days", "first": "2026-10-15"}, outage, agreement=chicago))
    assert (long["window_seconds"], long["error_budget_seconds"]) == ("2595600", "2595.6")
    assert (long["verdict"], long["error_budget_remaining_seconds"]) == ("met", "1.6")
    short = paint(
        site({"kind": "days", "first": "2026-09-01"}, down("2026-09-05T20:00:00Z", "2026-09-05T20:43:14Z"), agreement=chicago)
    )
    assert (short["verdict"], short["error_budget_remaining_seconds"]) == ("breached", "-2")


def test_two_months_pass_and_a_window_across_them_fails() -> None:
    outages = down("2026-09-10T12:00:00Z", "2026-09-10T12:26:00Z"), down("2026-10-05T12:00:00Z", "2026-10-05T12:22:00Z")
    months = [paint(site({"kind": "month", "month": month}, *outages)) for month in ("2026-09", "2026-10")]
    assert [(month["verdict"], month["downtime_counted_seconds"]) for month in months] == [("met", "1560"), ("met", "1320")]
    assert [month["error_budget_seconds"] for month in months] == ["2592", "2678.4"]
    windows = paint(site({"kind": "any_days", "first": "2026-09-01", "last": "2026-10-31"}, *outages))
    assert (windows["verdict"], windows["windows"]) == ("breached", 32)
    assert windows["breached"] == [f"2026-09-{day:02}" for day in range(6, 11)]
    worst = windows["worst"]
    assert (worst["first"], worst["availability"], worst["availability_percent"]) == ("2026-09-06", "899/900", "99.888")
    assert [outage["counted_seconds"] for outage in worst["outages"]] == ["1560", "1320"]


def two_nodes(**exclusion: object) -> dict:
    span = {"kind": "window", "from": "2026-06-10T08:00:00Z", "to": "2026-06-10T12:00:00Z"}
    nodes = {"a": down("2026-06-10T09:00:00Z", "2026-06-10T09:30:00Z"), "b": down("2026-06-10T09:10:00Z", "2026-06-10T09:50:00Z")}
    return {
        "components": {name: {"outages": [outage]} for name, outage in nodes.items()},
        "composition": {"at_least": 1, "of": ["a", "b"]},
        "exclusions": [{"id": "X-1", "cause": "customer_machines", **exclusion}],
        "query": span,
    }


def test_without_the_excluded_fault_the_site_would_have_been_up() -> None:
    figures = paint(two_nodes(**{"from": "2026-06-10T09:10:00Z", "to": "2026-06-10T09:50:00Z"}, components=["b"]))
    assert (figures["downtime_observed_seconds"], figures["downtime_counted_seconds"]) == ("1200", "0")
    assert figures["downtime_excluded_seconds"] == {"customer_machines": "1200"}
    assert figures["hypothetical"] is True
    figures = paint(two_nodes(**{"from": "2026-06-10T09:10:00Z", "to": "2026-06-10T09:15:00Z"}))
    assert figures["downtime_counted_seconds"] == "900"


def test_confirmation_dates_back_and_silence_is_unknown() -> None:
    looks = {
        "12:00:00": "ok",
        "12:01:00": "ok",
        "12:02:00": "fail",
        "12:02:10": "fail",
        "12:02:20": "fail",
        "12:03:20": "ok",
        "12:04:20": "ok",
        "12:20:00": "ok",
        "12:21:00": "ok",
    }
    results = [{"at": f"2026-06-10T{clock}Z", "status": status} for clock, status in looks.items()]
    figures = paint(
        {
            "components": {"site": {"results": results, "hold_seconds": 130}},
            "query": {"kind": "window", "from": "2026-06-10T12:00:00Z", "to": "2026-06-10T12:21:00Z"},
        }
    )
    assert figures["period_seconds"] == "1260"
    downtimes = [figures[f"downtime_{which}_seconds"] for which in ("counted", "best", "worst")]
    assert downtimes == ["80", "20", "1080"]
    assert (figures["unknown_seconds"], figures["coverage"]) == ("810", "5/14")


@pytest.mark.parametrize(
    ("silent", "and_down", "verdict"),
    [(40, 0, "met"), (50, 0, "undetermined"), (50, 44, "breached")],
    ids=lambda value: str(value),
)
def test_unknown_time_decides_nothing_that_it_cannot(silent: int, and_down: int, verdict: str) -> None:
    outages = [down("2026-06-10T08:00:00Z", f"2026-06-10T08:{silent}:00Z", "unknown")]
    if and_down:
        outages.append(down("2026-06-12T08:00:00Z", f"2026-06-12T08:{and_down}:00Z"))
    figures = paint(site({"kind": "month", "month": "2026-06"}, *outages))
    assert (figures["verdict"], figures["unknown_seconds"]) == (verdict, str(silent * 60))


def test_of_a_moved_maintenance_only_what_both_announcements_held_is_forgiven() -> None:
    moved = {"status": "CONFIRMED", "impact": "OUTAGE"}
    announcements = [
        {**moved, "at": "2026-06-01T00:00:00Z", "from": "2026-06-10T01:00:00Z", "to": "2026-06-10T03:00:00Z"},
        {**moved, "at": "2026-06-09T00:00:00Z", "from": "2026-06-10T02:00:00Z", "to": "2026-06-10T04:00:00Z"},
    ]
    case = site(
        {"kind": "window", "from": "2026-06-10T00:00:00Z", "to": "2026-06-11T00:00:00Z"},
        down("2026-06-10T02:00:00Z", "2026-06-10T04:00:00Z"),
        agreement={"maintenance": "excluded"},
        maintenance=[{"id": "M-1", "announcements": announcements}],
    )
    figures = paint(case)
    assert figures["downtime_counted_seconds"] == "3600"
    assert figures["downtime_excluded_seconds"] == {"scheduled_maintenance": "3600"}
    assert paint({**case, "agreement": {}})["downtime_counted_seconds"] == "7200"


def test_a_budget_ends_when_old_and_running_outage_fill_it() -> None:
    forecast = paint(
        site(
            {"kind": "forecast", "at": "2026-06-10T10:10:00Z", "remaining_seconds": "1000"},
            down("2026-06-08T10:00:00Z", "2026-06-08T10:20:00Z"),
            down("2026-06-10T10:00:00Z", None),
        )
    )
    assert forecast["budget_exhausted_at"] == "2026-06-10T10:23:12.000Z"
    assert forecast["breach_at"] == "2026-06-10T10:23:12.001Z"
    assert forecast["budget_regained_at"] == "2026-07-08T10:03:28.000Z"
    assert [row["seconds"] for row in forecast["relief"]] == ["1200", "600"]


def test_degraded_costs_its_price_and_never_more_than_down() -> None:
    figures = paint(
        site(
            {"kind": "window", "from": "2026-06-10T00:00:00Z", "to": "2026-06-11T00:00:00Z"},
            down("2026-06-10T08:00:00Z", "2026-06-10T09:00:00Z", "degraded"),
            down("2026-06-10T08:30:00Z", "2026-06-10T08:40:00Z"),
            agreement={"degraded_impact": "0.25"},
        )
    )
    assert figures["downtime_counted_seconds"] == "1350"


def test_the_published_example() -> None:
    exclusion = {
        "id": "X-7",
        "from": "2026-06-18T14:00:00Z",
        "to": "2026-06-18T14:50:00Z",
        "components": ["directory"],
        "cause": "unmanaged_component",
        "party": "Acme",
        "evidence": ["ticket:4711"],
        "history": [
            {"at": "2026-06-19T08:00:00Z", "status": "proposed", "by": "anna"},
            {"at": "2026-06-22T09:00:00Z", "status": "approved", "by": "ben"},
        ],
    }
    case = {
        "id": "acme-2026-06",
        "agreement": {"preset": "slg-2018", "zone": "Europe/Berlin"},
        "components": {
            "node-1": {"outages": [down("2026-06-10T08:00:00Z", "2026-06-10T08:30:00Z")]},
            "node-2": {"outages": []},
            "directory": {"outages": [down("2026-06-18T14:00:00Z", "2026-06-18T15:06:00Z")]},
        },
        "composition": {"all": [{"at_least": 1, "of": ["node-1", "node-2"]}, "directory"]},
        "exclusions": [exclusion],
        "query": {"kind": "month", "month": "2026-06", "as_of": "2026-07-01T06:00:00Z"},
    }
    assert paint(case) == {
        "id": "acme-2026-06",
        "kind": "month",
        "first": "2026-06-01",
        "last": "2026-06-30",
        "from": "2026-05-31T22:00:00.000Z",
        "to": "2026-06-30T22:00:00.000Z",
        "window_seconds": "2592000",
        "period_seconds": "2592000",
        "downtime_observed_seconds": "3960",
        "downtime_counted_seconds": "960",
        "downtime_excluded_seconds": {"unmanaged_component": "3000"},
        "downtime_best_seconds": "960",
        "downtime_worst_seconds": "960",
        "unknown_seconds": "0",
        "coverage": "1/1",
        "availability": "2699/2700",
        "availability_best": "2699/2700",
        "availability_worst": "2699/2700",
        "availability_percent": "99.962",
        "goal": "999/1000",
        "error_budget_seconds": "2592",
        "error_budget_remaining_seconds": "1632",
        "verdict": "met",
        "hypothetical": False,
    }


@pytest.mark.parametrize(
    ("zone", "day", "begins", "hours"),
    [
        ("UTC", "2026-06-10", "2026-06-10T00:00:00.000Z", 24),
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00.000Z", 23),
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00.000Z", 25),
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00:00.000Z", 24.5),
        ("Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30:00.000Z", 23.5),
        ("Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00.000Z", 23),
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00.000Z", 0),
        ("Pacific/Kwajalein", "1993-08-21", "1993-08-21T12:00:00.000Z", 0),
    ],
)
def test_dates_are_as_long_as_the_wall_says(zone: str, day: str, begins: str, hours: float) -> None:
    here = date.fromisoformat(day)
    assert show_instant(start(zone, here)) == begins
    assert start(zone, here + DAY) - start(zone, here) == hours * 3_600_000


def test_the_minute_after_a_clock_went_back_over_midnight_belongs_to_the_new_date() -> None:
    back = read_instant("2009-11-01T02:31:00Z")  # at 00:01 St. John's went back to 23:01 of 31 October
    assert date_of(back - 60_000, "America/St_Johns") == date(2009, 11, 1) == date_of(back, "America/St_Johns")


def test_service_hours_open_at_the_first_instant_that_the_wall_shows_the_hour_or_later() -> None:
    night = [{"days": ["sun"], "from": "02:30", "to": "04:00"}]
    (span,) = open_spans("Europe/Berlin", night, [date(2026, 3, 29)])
    assert [show_instant(at) for at in span] == ["2026-03-29T01:00:00.000Z", "2026-03-29T02:00:00.000Z"]
    (span,) = open_spans("Europe/Berlin", night, [date(2026, 10, 25)])
    assert [show_instant(at) for at in span] == ["2026-10-25T00:30:00.000Z", "2026-10-25T03:00:00.000Z"]


def test_short_runs_decide_nothing_and_long_ones_date_back() -> None:
    assert decided([False, True, True], 2, 2) == [None, True, True]
    assert decided([False, False, True, False], 2, 2) == [False, False, False, False]
    assert decided([True, False, True], 2, 2) == [None, None, None]


def test_an_exclusion_counts_from_its_approval_on() -> None:
    history = [
        {"at": "2026-06-11T00:00:00Z", "status": "proposed", "by": "anna"},
        {"at": "2026-06-12T00:00:00Z", "status": "approved", "by": "ben"},
        {"at": "2026-06-13T00:00:00Z", "status": "revoked", "by": "ben"},
    ]
    exclusion = {"id": "X", "from": DOWN_AT, "to": "2026-06-10T09:00:00Z", "cause": "isp", "history": history}
    counted = []
    for as_of in ("2026-06-11T23:59:00Z", "2026-06-12T00:00:00Z", "2026-06-12T23:59:00Z", "2026-06-13T00:00:00Z"):
        window = {"kind": "window", "from": "2026-06-10T00:00:00Z", "to": "2026-06-11T00:00:00Z", "as_of": as_of}
        counted.append(
            paint(site(window, down(DOWN_AT, "2026-06-10T09:00:00Z"), exclusions=[exclusion]))["downtime_counted_seconds"]
        )
    assert counted == ["3600", "0", "0", "3600"]

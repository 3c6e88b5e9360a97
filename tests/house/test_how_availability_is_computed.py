"""Every number that docs/how-availability-is-computed.md computes is computed again, from the facts that stand on the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from sla.evaluate import evaluate
from sla.printing import Made, result
from sla.reading import read

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-availability-is-computed.md"
Rows = list[tuple[str, ...]]
Json = dict[str, Any]


def chapters() -> dict[str, str]:
    return {title[0]: body for title, body in re.findall(r"^## (\d.*)\n((?:(?!^## ).*\n)*)", PAGE.read_text(), re.MULTILINE)}


def table(chapter: str, head: str) -> Rows:
    """The rows of the table whose first column is called ``head``."""
    found = re.search(rf"^\| {head}\b[^\n]*\n\|[-|]+\n((?:\|.*\n)*)", chapters()[chapter], re.MULTILINE)
    return [tuple(cell.strip() for cell in row.strip("|").split("|")) for row in found[1].splitlines()] if found else []


def instant(text: str) -> str:
    """``10 June 08:00`` of the year that the page tells of."""
    form = "%d %B %H:%M:%S %Y" if text.count(":") == 2 else "%d %B %H:%M %Y"
    return datetime.strptime(f"{text} 2026", form).isoformat() + "Z"


def spoken(at: str) -> str:
    when = datetime.fromisoformat(at)
    return f"{when.day} {when:%B %H:%M}"


def components(chapter: str, state: str = "down") -> Json:
    told: Json = {}
    for name, start, end in table(chapter, "component"):
        outage = {"from": instant(start), "to": instant(end), "state": state}
        told.setdefault(name, {"outages": []})["outages"].append(outage)
    return told


NODES = {"all": [{"at_least": 1, "of": ["node-1", "node-2"]}, "directory"]}
JUNE = {"kind": "statement", "month": "2026-06"}


def asked(told: Json, query: Json, **more: Any) -> Json:
    """The public result of a case."""
    reading = read({"format": "threenines-case/1", "components": told, "query": query, **more})
    assert reading.case is not None, reading.mistakes
    return result(None, reading.case.query, evaluate(reading.case), Made("", "", "", reading.hypothetical))


def percent(ratio: str) -> str:
    """Floored to 3 decimals, by arithmetic of this test's own."""
    thousandths = Fraction(ratio) * 100_000 // 1
    return f"{thousandths // 1000}.{thousandths % 1000:03d} %"


def looks() -> Rows:
    results = [{"at": f"2026-06-10T{at}Z", "status": status} for at, status in table("1", "look at")]
    told = {"site": {"results": results, "hold_seconds": 130, "confirm_failures": 3, "confirm_successes": 2}}
    found = asked(told, {"kind": "window", "from": results[0]["at"], "to": results[-1]["at"]})
    return [
        ("window", f"{found['window_seconds']} s"),
        ("down", f"{found['downtime_counted_seconds']} s"),
        ("down at least", f"{found['downtime_best_seconds']} s"),
        ("down at most", f"{found['downtime_worst_seconds']} s"),
        ("not measured", f"{found['unknown_seconds']} s"),
    ]


def site() -> Rows:
    found = asked(components("2"), JUNE, composition=NODES)
    outages = [("outage", f"{spoken(one['from'])} .. {spoken(one['to'])}") for one in found["outages"]]
    return [*outages, ("observed downtime", f"{found['figures']['downtime_observed_seconds']} s")]


def allowed() -> Rows:
    rows: Rows = []
    for zone, first, words in (
        ("UTC", "2026-10-10", "30 dates in UTC"),
        ("America/Chicago", "2026-10-15", "30 dates from 15 October in America/Chicago"),
    ):
        found = asked(components("3"), {"kind": "days", "first": first, "days": 30}, agreement={"zone": zone})
        rows += [
            (f"period, {words}", f"{found['period_seconds']} s"),
            ("allowed", f"{found['error_budget_seconds']} s"),
            ("verdict", found["verdict"]),
        ]
    return rows


def any_days() -> Rows:
    rows: Rows = []
    for name, month in (("September", "2026-09"), ("October", "2026-10")):
        found = asked(components("4"), {"kind": "month", "month": month})
        rows.append((name, f"{found['downtime_counted_seconds']} s of {found['error_budget_seconds']} s: {found['verdict']}"))
    found = asked(components("4"), {"kind": "any_days", "first": "2026-09-01", "last": "2026-10-31"})
    worst = found["worst"]
    spent = f"{worst['downtime_counted_seconds']} s of {worst['error_budget_seconds']} s, {percent(worst['availability'])}"
    rows.append(("worst 30 days", f"{worst['first']} .. {worst['last']}: {spent}: {worst['verdict']}"))
    return [*rows, ("windows breached", str(len(found["breached"])))]


def left_out() -> Rows:
    exclusions = [
        {"id": name, "from": instant(start), "to": instant(end), "components": [name], "cause": "isp"}
        for name, start, end in table("5", "left out of")
    ]
    found = asked(components("5"), JUNE, composition=NODES, exclusions=exclusions)["figures"]
    return [
        ("observed downtime", f"{found['downtime_observed_seconds']} s"),
        ("left out", f"{found['downtime_excluded_seconds']['isp']} s"),
        ("counted downtime", f"{found['downtime_counted_seconds']} s"),
        ("availability", percent(found["availability"])),
        ("allowed", f"{found['error_budget_seconds']} s"),
        ("left", f"{found['error_budget_remaining_seconds']} s"),
        ("verdict", found["verdict"]),
    ]


def unseen() -> Rows:
    told = components("6", "unknown")
    found = asked(told, {"kind": "month", "month": "2026-06"})
    shorter = {"site": {"outages": [{**told["site"]["outages"][0], "to": "2026-06-12T10:40:00Z"}]}}
    return [
        ("down at least", f"{found['downtime_best_seconds']} s"),
        ("down at most", f"{found['downtime_worst_seconds']} s"),
        ("coverage", percent(found["coverage"])),
        ("verdict", found["verdict"]),
        ("verdict with 40 min", asked(shorter, {"kind": "month", "month": "2026-06"})["verdict"]),
    ]


COMPUTED: dict[str, Callable[[], Rows]] = {"1": looks, "2": site, "3": allowed, "4": any_days, "5": left_out, "6": unseen}


@pytest.mark.parametrize("chapter", sorted(COMPUTED))
def test_every_computed_number_of_the_page_is_the_engines(chapter: str) -> None:
    assert table(chapter, "computed") == COMPUTED[chapter]()


def test_no_table_of_computed_numbers_is_left_out() -> None:
    assert PAGE.read_text().count("| computed | |") == len(COMPUTED)

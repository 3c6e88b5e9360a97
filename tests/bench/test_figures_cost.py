"""The cost of figures is measured on figures that are right: every drawn site is judged, and its packed form says the same."""

from __future__ import annotations

import random
import sqlite3

import figures

from sla.agreement import Agreement
from sla.any_days import any_days, date_windows
from sla.calendar import span
from sla.compact import pack, unpack


def test_a_drawn_site_has_its_outages_and_says_the_same_packed() -> None:
    agreement = Agreement(zone="Europe/Berlin")
    seen = figures.counted(figures.drawn(random.Random(3), agreement.zone), agreement, span(agreement.zone, *figures.DATES))
    assert len(seen.worst.starts) > figures.OUTAGES - 10
    windows = date_windows(agreement.zone, *figures.DATES, 30)
    assert any_days(unpack(pack(seen)), agreement, windows) == any_days(seen, agreement, windows)


def test_the_batch_judges_every_site_and_tells_what_one_costs_of_few_and_of_many() -> None:
    with sqlite3.connect(":memory:") as database:
        figures.kept(database, sites=100, many=4, chance=random.Random(3))
        line, growth = figures.batch(database, sites=100), figures.growth(database, sites=100)
        assert figures.judged(database, 7).total() == 7
    assert line.startswith("100 sites from SQLite: ")
    assert sum(int(part.split(": ")[1].rstrip("}")) for part in line[line.index("{") :].split(", ")) == 100
    assert [part.split(" sites ")[0] for part in growth.removeprefix("growth: ").split(", ")[::2]] == ["1", "10", "100"]

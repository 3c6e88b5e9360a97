"""What a page says is so: its numbers are read back from the HTML and held against the snapshot by arithmetic of their own."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from page_examples import AT, TODAY, bars, customer_page, public_page

from reports import chart, figures
from reports.snapshot import Entry, Group, Interruption, PageFigures, PageSnapshot, SiteVerdict, Verdict, Window
from reports.status_page import SHOWN_A_DAY, render
from sla.responsibility import Party
from sla.span import DAY, HOUR, MINUTE, SECOND
from sla.state import State

GOAL = Fraction(999, 1000)
UNIT_MS = {"d": DAY, "h": HOUR, "min": MINUTE, "s": SECOND}
DURATION = r"(?:\d+ (?:d|h|min|s)(?: |\b))+"


@dataclass(frozen=True, slots=True)
class Said:
    """The text of one paragraph of figures."""

    text: str

    def percents(self) -> list[Fraction]:
        return [Fraction(found) for found in re.findall(r"(-?\d+\.\d{3}) %", self.text)]

    def duration(self, what: str) -> int | None:
        """The duration before ``what``, in ms; None if nothing is said of it."""
        found = re.search(rf"({DURATION})\s*{what}", self.text)
        return None if found is None else in_ms(found[1])


def in_ms(words: str) -> int:
    return sum(int(count) * UNIT_MS[unit] for count, unit in re.findall(r"(\d+) (d|h|min|s)\b", words))


class Reader(HTMLParser):
    """Collects the text of each element with a class, children included, with plain spaces."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, list[str]]] = []
        self.texts: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("p", "div", "li", "svg", "dl"):
            self.open.append((dict(attrs).get("class") or "", []))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "div", "li", "svg", "dl"):
            name, parts = self.open.pop()
            text = " ".join("".join(parts).replace("\xa0", " ").split())
            self.texts.setdefault(name.split(" ")[0], []).append(text)
            if self.open:
                self.open[-1][1].append(f" {text} ")

    def handle_data(self, data: str) -> None:
        if self.open:
            self.open[-1][1].append(data)


def said(page: PageSnapshot, name: str) -> list[Said]:
    reader = Reader()
    reader.feed(render(page).decode())
    return [Said(text) for text in reader.texts.get(name, [])]


@st.composite
def drawn_figures(draw: st.DrawFn, least_coverage: Fraction = Fraction(99, 100)) -> PageFigures:
    """Figures that an engine could give, close to the borders as often as far from them."""
    period = draw(st.sampled_from([30 * DAY, 30 * DAY + HOUR, 29 * DAY + 23 * HOUR, 7 * DAY + 1]))
    unknown = draw(st.integers(0, int(period * (1 - least_coverage))))
    near = st.sampled_from([0, 1, 999, 1_000, 2_592_000, 2_592_001])
    down = draw(near | st.integers(0, period - unknown))
    excluded = draw(near | st.integers(0, period - unknown - down)) if period - unknown - down > 2_592_001 else 0
    budget = (1 - GOAL) * period
    verdict = draw(st.sampled_from(Verdict))
    coverage = 1 - Fraction(unknown, period)
    return PageFigures(period, down, down + unknown, down, unknown, coverage, GOAL, budget, verdict, excluded)


def with_figures(of: PageFigures, customer: bool = True) -> PageSnapshot:
    """A page of one entry whose figures are ``of``; a customer's has them in its verdict box too."""
    entry = Entry("e", "Portal", "instance", State.UP, AT, Party.PROVIDER, days=bars({}), figures=of)
    window = Window(TODAY, TODAY, of)
    if customer:
        return customer_page(groups=(Group("Site", (entry,), State.UP, SiteVerdict(window)),), interruptions=())
    open_to_all = replace(of, goal=None, budget_ms=None, verdict=None)
    return public_page(groups=(Group("Site", (replace(entry, figures=open_to_all, managed_by=None),)),))


def check_numbers(of: PageFigures) -> None:
    """The customer's line and box say: the floored share, downtime rounded up, what is left rounded down."""
    page = with_figures(of)
    for text in (*said(page, "figures"), *said(page, "window")):
        share = text.percents()[0]
        exact = Fraction(100 * (of.period_ms - of.downtime_ms), of.period_ms)
        assert share <= exact < share + Fraction(1, 1000)
        counted = text.duration("counted")
        assert (counted or 0) == -(-of.downtime_ms // SECOND) * SECOND
        assert (text.duration("excluded") or 0) == -(-of.excluded_ms // SECOND) * SECOND
        assert (text.duration("not measured") or 0) == -(-of.unknown_ms // SECOND) * SECOND
        check_budget(of, text)


def check_budget(of: PageFigures, text: Said) -> None:
    assert of.budget_ms is not None
    rest = of.budget_ms - of.downtime_ms
    if rest >= 0:
        assert text.duration("of (?=\\d)") == rest // SECOND * SECOND
        assert " over the " not in text.text
    else:
        assert text.duration("over the") == -(rest // SECOND) * SECOND


@settings(max_examples=60, deadline=None)
@given(drawn_figures())
def test_the_numbers_on_a_customers_page_are_the_engines_rounded_against_the_provider(of: PageFigures) -> None:
    check_numbers(of)


@settings(max_examples=40, deadline=None)
@given(drawn_figures())
def test_the_public_page_counts_what_is_excluded_and_says_no_more(of: PageFigures) -> None:
    (text,) = said(with_figures(of, customer=False), "figures")
    exact = Fraction(100 * (of.period_ms - of.downtime_ms - of.excluded_ms), of.period_ms)
    assert [share <= exact < share + Fraction(1, 1000) for share in text.percents()] == [True]
    assert not any(word in text.text for word in ("counted", "excluded ", "left", "goal"))


@settings(max_examples=40, deadline=None)
@given(drawn_figures(least_coverage=Fraction(0)).filter(lambda of: 0 < of.coverage < Fraction(99, 100)))
def test_where_much_was_not_measured_a_page_says_what_the_figure_lies_between(of: PageFigures) -> None:
    page = with_figures(of)
    for text in (*said(page, "figures"), *said(page, "window")):
        worst, best, measured, *goal = text.percents()
        for shown, exact in (
            (worst, 1 - Fraction(of.worst_ms) / of.period_ms),
            (best, 1 - Fraction(of.best_ms) / of.period_ms),
            (measured, of.coverage),
        ):
            assert shown <= 100 * exact < shown + Fraction(1, 1000)
        assert goal == []
        assert " left" not in text.text and " over the " not in text.text
    assert [share for share in said(page, "figures")[0].percents() if share == 100] == ([100] if of.best_ms == 0 else [])


@pytest.mark.parametrize("verdict", Verdict)
def test_the_verdict_is_the_engines_whatever_the_shown_number_is(verdict: Verdict) -> None:
    """99.9 % shown and met, 99.9 % shown and missed: the number is rounded, the verdict is not."""
    of = PageFigures(30 * DAY, 2_592_000, 2_592_000, 0, 0, Fraction(1), GOAL, (1 - GOAL) * 30 * DAY, verdict)
    page = with_figures(of)
    word = {"met": "met", "breached": "missed", "undetermined": "undetermined", "pending": "pending"}[verdict.value]
    assert f"goal 99.9 %: {word}" in said(page, "figures")[0].text
    (box,) = said(page, "judged")
    assert word in box.text.lower()


def test_every_bar_is_the_day_that_it_stands_for() -> None:
    bad = {0: (MINUTE, 0, 0), 1: (0, MINUTE, 0), 2: (0, 0, MINUTE), 3: (0, 0, DAY), 4: (0, 0, DAY)}
    page = render(customer_page(groups=(Group("S", (Entry("e", "Portal", "instance", State.UP, days=bars(bad, 30)),)),))).decode()
    drawn = [
        (kind, int(x) // chart.STEP, (int(width) + chart.STEP - chart.WIDTH) // chart.STEP)
        for kind, x, width in re.findall(r'<rect class="(\w+)" x="(\d+)" y="\d+" width="(\d+)"', page)
    ]
    assert drawn == [
        ("before", 0, 30),
        ("up", 30, 55),
        ("unknown", 85, 2),
        ("unknown", 87, 1),
        ("degraded", 88, 1),
        ("down", 89, 1),
    ]


def test_a_day_with_many_interruptions_shows_the_newest_and_counts_the_rest() -> None:
    every = [Interruption(AT - number * 10 * MINUTE, AT - number * 10 * MINUTE + 1_001, ("Portal",)) for number in range(1, 31)]
    (more,) = [text.text for text in said(customer_page(interruptions=tuple(every)), "one") if "more" in text.text]
    assert more == f"and {30 - SHOWN_A_DAY} more, {figures.words(23)} in all"


def rounded(share: Fraction) -> str:
    return f"{float(share * 100):.3f}"


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("percent_digits", rounded),
        ("downtime", lambda ms, catalogue=None: figures.words(int(ms) // 1000)),
        ("left", lambda ms, catalogue=None: figures.words(-(-int(ms) // 1000))),
        ("well_measured", lambda of: True),
    ],
)
def test_these_checks_bite(name: str, broken: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each rule of rounding broken on purpose: the check that holds it must fail."""
    budget = (1 - GOAL) * 30 * DAY
    well = PageFigures(30 * DAY, 1_500, 1_500, 1_500, 0, Fraction(1), GOAL, budget, Verdict.MET)
    ill = replace(well, unknown_ms=15 * DAY, worst_ms=15 * DAY, coverage=Fraction(1, 2))
    judged = test_where_much_was_not_measured_a_page_says_what_the_figure_lies_between.hypothesis.inner_test
    check_numbers(well)
    judged(ill)
    monkeypatch.setattr(figures, name, broken)
    with pytest.raises((AssertionError, ValueError)):
        check_numbers(well)
        judged(ill)

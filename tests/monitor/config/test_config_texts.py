"""The small texts: what each takes and what it says otherwise."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest

from monitor.config import texts
from monitor.config.mistake import ConfigurationErrors, Mistake, Wrong, reload_refused


@pytest.mark.parametrize(
    ("judge", "text", "value"),
    [
        (texts.duration, "30s", 30_000),
        (texts.duration, "5m", 300_000),
        (texts.duration, "1h", 3_600_000),
        (texts.duration, "21d", 21 * 86_400_000),
        (texts.goal, "99.9%", Fraction(999, 1000)),
        (texts.goal, "100%", Fraction(1)),
        (texts.impact, "0.5", Fraction(1, 2)),
        (texts.zone, "Europe/Berlin", "Europe/Berlin"),
        (texts.wall, "24:00", 1440),
        (texts.instant, "2026-01-01T01:00:00+01:00", 1_767_225_600_000),
        (texts.host_port, "[2001:db8::1]:53", ("2001:db8::1", 53)),
        (texts.host_port, "ns.example:53", ("ns.example", 53)),
    ],
)
def test_good_texts(judge: Callable[[object], object], text: str, value: object) -> None:
    assert judge(text) == value


@pytest.mark.parametrize(
    ("judge", "values"),
    [
        (texts.duration, [5, 5.5, "5", "0s", "401d", "-1s", "1w", True, None, "١s"]),
        (texts.goal, ["0%", "101%", "99,9%", 99.9, "99.9999999%", "99.9"]),
        (texts.impact, ["1.1", "0.1234", 0.5, "-0"]),
        (texts.zone, ["CET+1", "../etc/passwd", "", 3, "Europe/Atlantis"]),
        (texts.wall, ["8:00", "24:01", "08:60", 480]),
        (texts.instant, ["2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00:00.0001Z", "2101-01-01T00:00:00Z", 0]),
        (texts.host_port, ["127.1:53", "2130706433:53", "0x7f.1:53", "h", "h:0", "h:65536", "::1:53", "localhost.:53", "h:١"]),
        (texts.words, ["", " ", "a\nb", "x" * 201, 3]),
    ],
)
def test_bad_texts(judge: Callable[[object], object], values: list[object]) -> None:
    for value in values:
        with pytest.raises(Wrong):
            judge(value)


@pytest.mark.parametrize(("pattern", "fragment"), [("(?<=a)b", "(look-behind)"), (r"(a)\1", "(back-reference)")])
def test_a_bad_pattern_names_its_fragment(pattern: str, fragment: str) -> None:
    with pytest.raises(Wrong) as caught:
        texts.pattern(pattern)
    assert fragment in str(caught.value)


def test_a_refused_reload_says_what_stays_active() -> None:
    errors = ConfigurationErrors((Mistake("sites/a.yaml", 3, "checks[0].host", "is missing"),))
    assert reload_refused(errors, 1_767_225_600_000 + (13 * 3600 + 5 * 60 + 2) * 1000) == (
        "reload refused, the configuration of 13:05:02 UTC stays active:\nsites/a.yaml:3: checks[0].host: is missing"
    )

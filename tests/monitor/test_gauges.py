from __future__ import annotations

from types import SimpleNamespace

from monitor.config.configuration import Check, Customer
from monitor.gauges import Gauges
from monitor.metrics.series import checks_text
from monitor.metrics.sites import SiteSeries
from monitor.ports import Result
from monitor.watch.schedule import Plan
from probes.kinds.tcp import Tcp
from sla.state import Cause, State

T0 = 1_764_000_000_000
CHECK = Check("c", "web", Tcp(host="127.0.0.1", port=80), 60_000, 10_000)
SITES = {"a": SimpleNamespace(key="a", customer=Customer("acme", "Acme"))}


def plan(number: int, location: str = "main", location_no: int = 1) -> Plan:
    return Plan("a", CHECK, location, number, location_no, 0)


def look(of: Plan, at: int = T0, state: State = State.UP, **facts: int | str) -> Result:
    cause = Cause.VANTAGE_BLIND if state is State.UNKNOWN else None
    return Result(at, *of.stream, at, 20.0, state, cause, phases=(("connect", 2.0),), facts=facts)


def watching(*plans: Plan) -> Gauges:
    gauges = Gauges()
    gauges.watch(plans, SITES, {})  # type: ignore[arg-type]
    return gauges


def values(text: bytes, name: str) -> list[str]:
    return [line.rsplit(" ", 1)[1] for line in text.decode().splitlines() if line.startswith(f"{name}{{")]


def test_a_result_is_shown_until_its_hold_is_over_and_then_says_nothing() -> None:
    gauges, one = watching(plan(1)), plan(1)
    gauges.saw(one, look(one, ip_protocol=4))
    held = gauges.text(T0 + CHECK.hold_ms - 1)
    assert (values(held, "probe_success"), values(held, "probe_ip_protocol")) == (["1"], ["4"])
    over = gauges.text(T0 + CHECK.hold_ms)
    assert (values(over, "probe_success"), values(over, "probe_ip_protocol")) == ([], [])
    assert values(over, "probe_timeout_seconds") == ["10"]
    again = look(one, T0 + 10 * CHECK.hold_ms, ip_protocol=4)
    gauges.saw(one, again)
    assert values(gauges.text(again.at), "probe_ip_protocol") == ["4"]


def test_an_unknown_look_takes_the_values_away_and_the_next_good_one_brings_all_of_them_back() -> None:
    gauges, one = watching(plan(1)), plan(1)
    looks = [look(one, ip_protocol=4), look(one, T0 + 1, State.UNKNOWN), look(one, T0 + 2, ip_protocol=4)]
    shown = []
    for now in looks:
        gauges.saw(one, now)
        text = gauges.text(T0 + 3)
        shown.append(
            (values(text, "probe_success"), values(text, "probe_ip_protocol"), len(values(text, "probe_duration_seconds")))
        )
    assert shown == [(["1"], ["4"], 1), ([], [], 0), (["1"], ["4"], 1)]


def test_facts_that_change_are_followed_and_the_text_is_that_of_the_pure_function() -> None:
    gauges, one = watching(plan(1)), plan(1)
    first, second = look(one, ip_protocol=4), look(one, T0 + 1, ip_protocol=6)
    gauges.saw(one, first)
    gauges.saw(one, second)
    series = gauges._series(one, second, known=True)
    assert sorted(gauges.text(T0 + 2).splitlines()) == sorted(checks_text([series]).splitlines())


def test_of_checks_with_equal_labels_the_first_is_shown_and_nothing_twice() -> None:
    one, two, far = plan(1), plan(2), plan(1, "far", 2)
    gauges = watching(one, two, far)
    name = "certificate_not_after_timestamp_seconds.leaf"
    for each, state in ((two, State.DOWN), (one, State.UP), (far, State.UP)):
        gauges.saw(each, look(each, T0, state, **{name: 5}))
    text = gauges.text(T0 + 1)
    assert values(text, "probe_success") == ["1", "1"]
    assert values(text, "threenines_certificate_not_after_timestamp_seconds") == ["5"]
    labels = [line.rsplit(" ", 1)[0] for line in text.decode().splitlines() if not line.startswith("#")]
    assert len(labels) == len(set(labels))


def test_what_is_not_watched_any_more_vanishes() -> None:
    one, two = plan(1), plan(1, "far", 2)
    gauges = watching(one, two)
    for each in (one, two):
        gauges.saw(each, look(each, ip_protocol=4))
    gauges.watch([two], SITES, {two.stream: look(two, ip_protocol=4)})  # type: ignore[arg-type]
    text = gauges.text(T0 + 1)
    assert b'agent="main"' not in text
    assert values(text, "probe_success") == ["1"]
    gauges.saw(one, look(one))
    assert gauges.text(T0 + 1) == text


def test_after_a_step_of_the_clock_nothing_is_said_until_the_next_look() -> None:
    gauges, one = watching(plan(1)), plan(1)
    gauges.saw(one, look(one, ip_protocol=4))
    gauges.forget()
    assert gauges.text(T0 - 3_600_000) == b""
    gauges.saw(one, look(one, T0 - 3_600_000, ip_protocol=4))
    assert values(gauges.text(T0 - 3_600_000), "probe_ip_protocol") == ["4"]


def test_where_there_are_too_many_series_phases_go_first_and_states_never() -> None:
    def told(limit: int) -> tuple[bytes, int, int]:
        gauges, one = Gauges(limit), plan(1)
        gauges.watch([one], SITES, {})  # type: ignore[arg-type]
        gauges.saw(one, look(one, tls_version="TLSv1.3", ip_protocol=4))
        return gauges.text(T0 + 1), gauges.shown, gauges.dropped

    whole, shown, dropped = told(100)
    samples = [line for line in whole.splitlines() if not line.startswith(b"#")]
    assert (len(samples), dropped) == (shown, 0)
    text, fewer, dropped = told(shown - 1)
    assert (fewer, dropped, b"phase=" in text, b"tls_version" in text) == (shown - 1, 1, False, True)
    text, _, dropped = told(1)
    assert (dropped, b"tls_version" in text, b"probe_success{" in text) == (2, False, True)


def test_checks_and_sites_are_told_apart() -> None:
    gauges, one = watching(plan(1)), plan(1)
    gauges.saw(one, look(one, ip_protocol=4))
    gauges.site(SiteSeries("acme", "a", State.UP))
    checks, sites = (b"".join(gauges.parts(T0 + 1, checks=wanted, sites=not wanted)) for wanted in (True, False))
    assert (b"probe_success{" in checks, b"site_state{" in checks) == (True, False)
    assert (b"probe_success{" in sites, b"site_state{" in sites) == (False, True)
    assert gauges.text(T0 + 1) == checks + sites

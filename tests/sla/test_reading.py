from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from case_examples import CASE, GONE, QUERIES, asking, changed, told
from hypothesis import given, settings
from hypothesis import strategies as st

from sla import reading
from sla.agreement import ServiceHours
from sla.case import AskMonth
from sla.composition import All, AtLeast, Degrading, DownWhen, Leaf
from sla.mistake import CODES
from sla.reading import FORMAT, Refused, file, read
from sla.span import Span
from sla.texts import instant


def test_every_member_reaches_the_case() -> None:
    found = read(CASE)
    assert found.mistakes == ()
    assert found.id == "whole"
    case = found.case
    assert case is not None
    agreement = case.agreement
    assert (agreement.goal, agreement.degraded_impact) == (Fraction(9995, 10000), Fraction(1, 4))
    assert agreement.service_hours == (ServiceHours(frozenset({0, 6}), 480, 1440),)
    assert agreement.excluded_causes == {"isp", "unmanaged_component", "other_external"}
    assert (agreement.judged_by, agreement.days, agreement.rolling_hours, agreement.version) == ("any_days", 7, 168, "3")
    assert agreement.effective_to == instant("2026-12-31T23:00:00Z")
    assert case.query == AskMonth(date(2026, 6, 1), date(2026, 6, 30))
    assert case.as_of == instant("2026-07-01T06:00:00Z")
    assert case.tree == All((AtLeast(1, (Leaf("a"), Leaf("b"))), Degrading(DownWhen(2, (Leaf("note"), Leaf("a"))))))
    assert [exclusion.history is None for exclusion in case.exclusions] == [False, True]
    assert found.hypothetical
    assert case.maintenance[0].announcements[1].span == Span(instant("2026-06-20T00:00:00Z"), instant("2026-06-20T02:00:00Z"))


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: "-".join(map(str, query.values())))
def test_every_kind_of_query_is_read(query: dict[str, Any]) -> None:
    assert told(asking(query)) == []


BROKEN = [
    # a member that is missing, unknown, of another type, or out of its list
    (("/format", GONE), "/format", "missing"),
    (("/format", "threenines-case/2"), "/format", "value"),
    (("/id", 7), "/id", "type"),
    (("/id", "\ud800"), "/id", "value"),
    (("/note", 1), "/note", "type"),
    (("/qurey", {}), "/qurey", "unknown-key"),
    (("/query", GONE), "/query", "missing"),
    (("/query/kind", GONE), "/query/kind", "missing"),
    (("/query/kind", "weekly"), "/query/kind", "value"),
    (("/query/kind", None), "/query/kind", "type"),
    (("/query/first", "2026-06-01"), "/query/first", "unknown-key"),
    (("/query/month", "2026-13"), "/query/month", "value"),
    (("/query/month", "1969-12"), "/query/month", "value"),
    (("/query/month", GONE), "/query/month", "missing"),
    (("/query/as_of", "2026-07-01T06:00:00"), "/query/as_of", "value"),
    (("/query/as_of", None), "/query/as_of", "type"),
    (("/agreement", []), "/agreement", "type"),
    (("/agreement/preset", "slg-2019"), "/agreement/preset", "value"),
    (("/agreement/zone", "Europe/Berln"), "/agreement/zone", "value"),
    (("/agreement/zone", "CET+1"), "/agreement/zone", "value"),
    (("/agreement/goal", "0%"), "/agreement/goal", "value"),
    (("/agreement/goal", "100.0000001%"), "/agreement/goal", "value"),
    (("/agreement/goal", "101%"), "/agreement/goal", "value"),
    (("/agreement/goal", "99.9"), "/agreement/goal", "value"),
    (("/agreement/goal", 99), "/agreement/goal", "type"),
    (("/agreement/days", 0), "/agreement/days", "value"),
    (("/agreement/days", 14_611), "/agreement/days", "value"),
    (("/agreement/rolling_hours", 10**9), "/agreement/rolling_hours", "value"),
    (("/agreement/days", True), "/agreement/days", "type"),
    (("/agreement/days", "30"), "/agreement/days", "type"),
    (("/agreement/maintenance_notice_seconds", -1), "/agreement/maintenance_notice_seconds", "value"),
    (("/agreement/excluded_causes/0", "provider_database"), "/agreement/excluded_causes/0", "value"),
    (("/agreement/degraded_impact", "1.1"), "/agreement/degraded_impact", "value"),
    (("/agreement/degraded_impact", "0.0001"), "/agreement/degraded_impact", "value"),
    (("/agreement/service_hours/0/days", []), "/agreement/service_hours/0/days", "value"),
    (("/agreement/service_hours/0/days/0", "Mon"), "/agreement/service_hours/0/days/0", "value"),
    (("/agreement/service_hours/0/from", "8:00"), "/agreement/service_hours/0/from", "value"),
    (("/components", GONE), "/components", "missing"),
    (("/components/A", {"outages": []}), "/components/A", "value"),
    (("/components/a", []), "/components/a", "type"),
    (("/components/a/outages", []), "/components/a", "value"),
    (("/components/b/outages", GONE), "/components/b", "missing"),
    (("/components/b/hold_seconds", 1), "/components/b/hold_seconds", "unknown-key"),
    (("/components/b/outages/0/recorded_at", "2026-06-10T08:00:00Z"), "/components/b/outages/0/recorded_at", "unknown-key"),
    (("/components/b/outages/0/state", "up"), "/components/b/outages/0/state", "value"),
    (("/components/b/outages/0/to", GONE), "/components/b/outages/0/to", "missing"),
    (("/components/a/changes", {}), "/components/a/changes", "type"),
    (("/components/a/changes/0/at", "2026-06-10T08:00:00.0001Z"), "/components/a/changes/0/at", "value"),
    (("/components/a/changes/0/at", "2100-01-01T00:00:00Z"), "/components/a/changes/0/at", "value"),
    (("/components/a/changes/0/at", "1970-01-01T00:00:00+00:01"), "/components/a/changes/0/at", "value"),
    (("/components/a/changes/0/cause", "bad_weather"), "/components/a/changes/0/cause", "value"),
    (("/components/a/doubts/0/worst", "unknown"), "/components/a/doubts/0/worst", "value"),
    (("/components/a/doubts/0/best", "down"), "/components/a/doubts/0/worst", "value"),
    (("/components/note/hold_seconds", GONE), "/components/note/hold_seconds", "missing"),
    (("/components/note/hold_seconds", 0), "/components/note/hold_seconds", "value"),
    (("/components/a/managed_by", "us"), "/components/a/managed_by", "value"),
    (("/exclusions/0/cause", 5), "/exclusions/0/cause", "type"),
    (("/exclusions/0/id", ""), "/exclusions/0/id", "value"),
    (("/exclusions/0/history/1/by", ""), "/exclusions/0/history/1/by", "value"),
    (("/exclusions/0/history/1/status", "accepted"), "/exclusions/0/history/1/status", "value"),
    (("/exclusions/1/to", None), "/exclusions/1/to", "type"),
    (("/maintenance/0/announcements/0/impact", "outage"), "/maintenance/0/announcements/0/impact", "value"),
    # spans, windows, names, trees
    (("/components/b/outages/0/to", "2026-06-18T14:00:00Z"), "/components/b/outages/0/to", "empty-span"),
    (("/components/b/applicable/0/to", "2025-06-18T14:00:00Z"), "/components/b/applicable/0/to", "empty-span"),
    (("/components/a/doubts/0/to", "2026-06-10T07:59:00Z"), "/components/a/doubts/0/to", "empty-span"),
    (("/exclusions/1/to", "2026-06-19T14:00:00Z"), "/exclusions/1/to", "empty-span"),
    (("/maintenance/0/announcements/0/to", "2026-06-20T00:00:00Z"), "/maintenance/0/announcements/0/to", "empty-span"),
    (("/agreement/service_hours/0/to", "08:00"), "/agreement/service_hours/0/to", "empty-span"),
    (("/agreement/effective_to", "2025-06-18T14:00:00Z"), "/agreement/effective_to", "empty-span"),
    (("/exclusions/0/components/0", "c"), "/exclusions/0/components/0", "unknown-component"),
    (("/maintenance/0/components/0", "c"), "/maintenance/0/components/0", "unknown-component"),
    (("/composition/all/0/of/1", "c"), "/composition/all/0/of/1", "unknown-component"),
    (("/composition", {"all": []}), "/composition", "bad-composition"),
    (("/composition", {}), "/composition", "bad-composition"),
    (("/composition/all/0/of", []), "/composition/all/0", "bad-composition"),
    (("/composition/all/0/all", ["a"]), "/composition/all/0", "bad-composition"),
    (("/composition/all/0/at_least", 0), "/composition/all/0/at_least", "bad-composition"),
    (("/composition/all/0/at_least", 3), "/composition/all/0/at_least", "bad-composition"),
    (("/composition/all/1/degrading/down_when", 3), "/composition/all/1/degrading/down_when", "bad-composition"),
    (("/composition/all/0/at_least", "1"), "/composition/all/0/at_least", "type"),
    (("/composition/all/0/of", GONE), "/composition/all/0/of", "missing"),
    (("/composition/all/0", 5), "/composition/all/0", "type"),
    # the life of an exclusion
    (("/exclusions/0/history/0/status", "approved"), "/exclusions/0/history/0/status", "illegal-step"),
    (("/exclusions/0/history/2/at", "2026-06-21T09:00:00Z"), "/exclusions/0/history/2/status", "illegal-step"),
    (("/exclusions/0/history/1/by", "anna"), "/exclusions/0/history/1/by", "four-eyes"),
    (("/exclusions/0/evidence", []), "/exclusions/0/evidence", "evidence-required"),
    (("/exclusions/0/evidence", GONE), "/exclusions/0/evidence", "evidence-required"),
    (("/exclusions/0/party", GONE), "/exclusions/0/party", "party-required"),
    (("/exclusions/0/to", "2026-06-22T09:00:00.001Z"), "/exclusions/0/history/1/at", "not-over-yet"),
    (("/exclusions/0/cause", "public_cloud_provider"), "/exclusions/0/cause", "cause-not-in-agreement"),
    (("/exclusions/1/cause", "provider_database"), "/exclusions/1/cause", "cause-not-in-agreement"),
    # what contradicts itself
    (("/components/a/changes/2", {"at": "2026-06-10T08:30:00.5Z", "state": "down"}), "/components/a/changes/2", "conflict"),
    (("/exclusions/1/id", "X-7"), "/exclusions/1/id", "conflict"),
]


def in_words(each: Any) -> str:
    """A parameter as part of a test's name, which must be the same in every process."""
    return json.dumps(each, default=lambda _: "gone")[:60]


@pytest.mark.parametrize(("change", "pointer", "code"), BROKEN, ids=in_words)
def test_one_broken_rule_gives_its_code_at_its_pointer(change: tuple[str, Any], pointer: str, code: str) -> None:
    assert (pointer, code) in told(changed(change))


ALONE = [row for row in BROKEN if row[0] != ("/exclusions/0/history/0/status", "approved")]  # what follows it is illegal too


@pytest.mark.parametrize(("change", "pointer", "code"), ALONE, ids=in_words)
def test_one_broken_rule_is_the_only_mistake(change: tuple[str, Any], pointer: str, code: str) -> None:
    assert told(changed(change)) == [(pointer, code)]


def test_every_code_is_tried() -> None:
    tried = {code for *_, code in BROKEN}
    assert tried == set(CODES) - {"json", "empty-window", "range-shorter-than-window", "limit"}  # those of queries and files


def test_all_mistakes_are_told_at_once_sorted_by_pointer() -> None:
    found = told(
        changed(
            ("/agreement/zoen", "UTC"),
            ("/exclusions/0/evidence", []),
            ("/exclusions/0/to", GONE),
            ("/exclusions/0/history/1/by", "anna"),
            ("/exclusions/0/cause", "weather"),
            ("/components/a/changes/0/at", "yesterday"),
            ("/components/a/changes/2", {"at": "2026-06-10T08:30:00.5Z", "state": "down"}),
            ("/composition/all/0/at_least", 9),
            ("/query", {"kind": "any_days", "first": "2026-06-01", "last": "2026-06-02", "as_of": "today"}),
        )
    )
    assert found == [
        ("/agreement/zoen", "unknown-key"),
        ("/components/a/changes/0/at", "value"),
        ("/components/a/changes/2", "conflict"),
        ("/composition/all/0/at_least", "bad-composition"),
        ("/exclusions/0/cause", "cause-not-in-agreement"),
        ("/exclusions/0/evidence", "evidence-required"),
        ("/exclusions/0/history/1/by", "four-eyes"),
        ("/exclusions/0/to", "missing"),
        ("/query", "range-shorter-than-window"),
        ("/query/as_of", "value"),
    ]


def test_nothing_is_judged_by_a_member_that_could_not_be_read() -> None:
    query = {"kind": "any_days", "first": "2026-06-01", "last": "2026-06-02"}
    for member, value in (("days", "7"), ("preset", "x")):
        found = told(changed((f"/agreement/{member}", value), ("/agreement/excluded_causes", GONE), ("/query", query)))
        expected = [(f"/agreement/{member}", "type" if member == "days" else "value")]
        assert found[: len(expected)] == expected
        assert ("/query", "range-shorter-than-window") not in found or member == "preset"


def test_a_mistake_says_what_was_got_and_expected_and_the_nearest_word() -> None:
    (mistake,) = read(changed(("/agreement/zone", GONE), ("/agreement/zoen", "UTC"))).mistakes
    assert mistake.message.startswith('unknown key, got "zoen", expected one of the members of an agreement')
    assert mistake.message.endswith('did you mean "zone"?')
    (late,) = read(
        changed(("/exclusions/0/history/1/at", "2026-06-18T14:49:59Z"), ("/exclusions/0/history/0/at", "2026-06-18T14:00:00Z"))
    ).mistakes
    assert (late.got, late.expected) == ('"2026-06-18T14:49:59Z"', "2026-06-18T14:50:00.000Z or later")


def test_what_was_got_is_cut_and_escaped() -> None:
    (mistake,) = read(changed(("/agreement/zone", "\x1b[31m\n" + "x" * 200))).mistakes
    assert len(mistake.got) <= 80
    assert mistake.got.startswith(r'"\u001b[31m\n')
    assert mistake.got.isprintable()


def test_pointers_escape_their_keys() -> None:
    assert told(changed(("/a~b", 1), case=changed())) == [("/a~0b", "unknown-key")]
    document = changed()
    document["agreement"]["a/b"] = 1
    assert told(document) == [("/agreement/a~1b", "unknown-key")]


def nested(levels: int) -> Any:
    """A tree of single children, so many objects deep."""
    tree: Any = "a"
    for _ in range(levels):
        tree = {"degrading": tree}
    return tree


def test_sixteen_levels_are_read_and_seventeen_are_not() -> None:
    assert told(changed(("/composition", nested(15)))) == []
    assert told(changed(("/composition", nested(16)))) == [("/composition" + "/degrading" * 15, "limit")]
    assert ("/query" + "/0" * 15, "limit") in told(changed(("/query", json.loads("[" * 300 + "]" * 300))))
    assert told(changed(("/composition", nested(300)), ("/id", 1))) == [
        ("/composition" + "/degrading" * 15, "limit"),
        ("/id", "type"),
    ]


def test_more_mistakes_than_anybody_reads_end_in_one_that_says_so() -> None:
    many = changed(("/components/a/changes", [{"x": 1}] * 20_000))
    mistakes = read(many).mistakes
    assert len(mistakes) == 10_001
    assert (mistakes[0].pointer, mistakes[0].code) == ("", "limit")


def test_a_batch_says_its_format_once_and_its_cases_are_read_alone() -> None:
    bare = changed(("/format", GONE))
    found = file({"format": FORMAT, "note": "two", "cases": [bare, changed(("/id", 5)), CASE, None]})
    assert [found.read(number).case is None for number in range(4)] == [False, True, False, True]
    assert found.place(3) == "/cases/3"
    assert found.read(1).mistakes[0].pointer == "/id"
    assert found.read(0).case == found.read(2).case == read(CASE).case


@pytest.mark.parametrize(
    ("batch", "pointer", "code"),
    [
        ({"cases": []}, "/format", "missing"),
        ({"format": FORMAT, "cases": {}}, "/cases", "type"),
        ({"format": FORMAT, "cases": [], "query": {}}, "/query", "unknown-key"),
        ({"format": FORMAT, "cases": [{}] * 100_001}, "/cases", "limit"),
    ],
)
def test_what_is_wrong_around_the_cases_refuses_the_file(batch: Any, pointer: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        file(batch)
    assert [(mistake.pointer, mistake.code) for mistake in refused.value.mistakes] == [(pointer, code)]


def test_more_than_a_million_facts_refuse_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "FACTS", 10)
    assert file(CASE).documents == (CASE,)
    with pytest.raises(Refused):
        file({"format": FORMAT, "cases": [CASE, CASE]})


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["a", "down", "2026-06-10T08:00:00Z", "month"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(sorted({*CASE, *CASE["agreement"], *CASE["query"], "at", "of", "x"})), inner, max_size=5
        )
    ),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(JSON)
def test_reading_never_raises_on_any_json(document: Any) -> None:
    found = read(document)
    assert (found.case is None) == bool(found.mistakes)


def places(value: Any, place: str = "") -> list[str]:
    """The pointer of every value below."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [pointer for step, inner in steps for pointer in (f"{place}/{step}", *places(inner, f"{place}/{step}"))]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(places(CASE)), JSON), min_size=1, max_size=4))
def test_reading_never_raises_on_a_case_that_was_tampered_with(changes: list[tuple[str, Any]]) -> None:
    document = changed()
    for place, value in changes:
        try:
            document = changed((place, value), case=document)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took its place away
    found = read(document)
    assert (found.case is None) == bool(found.mistakes)
    assert list(found.mistakes) == sorted(found.mistakes, key=lambda mistake: (mistake.pointer, mistake.code))
    assert all(len(mistake.got) <= 80 and mistake.code in CODES for mistake in found.mistakes)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(places(CASE)), st.sampled_from(["zz", "note"]))
def test_notes_may_stand_in_any_object_and_other_keys_in_none(place: str, key: str) -> None:
    holder: Any = changed()
    document = holder
    for step in place.split("/")[1:]:
        holder = holder[int(step) if isinstance(holder, list) else step]
    if not isinstance(holder, dict) or place == "/components":
        return
    holder[key] = "anything"
    pointer = f"{place}/{key}"
    assert told(document) == ([] if key == "note" else [(pointer, "unknown-key")])

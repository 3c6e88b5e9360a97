from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest
import rfc8785
from case_examples import CASE, GONE, changed, told
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sla.canonical import canonical, digest, known
from sla.reading import FORMAT

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=5),
    max_leaves=20,
)
BY_THE_END = digest(CASE, FORMAT)


@given(JSON)
@example({"\U0001f600": 1, "\ufb33": 2, "": 3, "é": [{"b": 1, "a": '\x00\x1f\x7f\u2028/"\\\b\f\n\r\t'}]})
def test_canonical_json_is_that_of_another_implementation(value: Any) -> None:
    assert canonical(value).encode() == rfc8785.dumps(value)


def test_the_digest_is_that_of_what_was_known() -> None:
    assert digest(CASE, FORMAT) == sha256(rfc8785.dumps(known(CASE))).hexdigest()
    assert '"note":"' not in canonical(known(CASE))
    assert set(known(CASE)["components"]) == {"a", "b", "note"}


def test_a_case_of_a_batch_has_the_digest_that_it_has_alone() -> None:
    assert digest(changed(("/format", GONE)), FORMAT) == BY_THE_END


def shuffled(value: Any, draw: st.DataObject) -> Any:
    """The same case: members and free lists in another order, notes elsewhere."""
    if isinstance(value, dict):
        items = [(key, shuffled(item, draw)) for key, item in value.items()]
        return dict(draw.draw(st.permutations(items)))
    return value


FREE = (
    "/components/a/changes",
    "/components/a/doubts",
    "/components/b/outages",
    "/components/note/results",
    "/exclusions",
    "/maintenance",
)
MORE = changed(
    ("/maintenance/1", {**CASE["maintenance"][0], "id": "M-2"}),
    ("/components/b/outages/2", CASE["components"]["b"]["outages"][0]),
)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_order_of_lists_and_members_notes_and_whitespace_do_not_change_the_digest(data: st.DataObject) -> None:
    document = changed(case=MORE)
    for place in FREE:
        holder: Any = document
        *way, last = place.split("/")[1:]
        for step in way:
            holder = holder[step]
        holder[last] = data.draw(st.permutations(holder[last]))
    document["query"]["note"] = data.draw(st.text(max_size=5))
    document.pop("note", None)
    written = json.dumps(shuffled(document, data), indent=data.draw(st.sampled_from([None, 2])))
    assert digest(json.loads(written), FORMAT) == digest(MORE, FORMAT)


LATER = "2026-07-01T06:00:00.001Z"
ON_TIME = "2026-07-01T06:00:00Z"


def facts_recorded(at: str) -> list[tuple[str, Any]]:
    """Each way in which a case can come to know something at an instant."""
    span = {"from": "2026-06-25T00:00:00Z", "to": "2026-06-25T01:00:00Z"}
    step = {"at": at, "status": "proposed", "by": "cleo"}
    announced = {"at": at, **span, "status": "CONFIRMED", "impact": "OUTAGE"}
    return [
        ("/components/a/changes/2", {"at": "2026-06-25T00:00:00Z", "state": "down", "recorded_at": at}),
        ("/components/a/changes/2", {"at": at, "state": "down"}),
        ("/components/a/doubts/2", {**span, "recorded_at": at}),
        ("/components/note/results/4", {"at": at, "status": "ok"}),
        ("/exclusions/2", {"id": "X-9", **span, "cause": "isp", "history": [step]}),
        ("/maintenance/0/announcements/2", announced),
        ("/maintenance/1", {"id": "M-2", "announcements": [announced]}),
    ]


@pytest.mark.parametrize("fact", facts_recorded(LATER), ids=lambda fact: fact[0])
def test_a_fact_recorded_later_does_not_change_the_digest(fact: tuple[str, Any]) -> None:
    document = changed(fact)
    assert told(document) == []
    assert digest(document, FORMAT) == BY_THE_END


@pytest.mark.parametrize("fact", facts_recorded(ON_TIME), ids=lambda fact: fact[0])
def test_a_fact_recorded_at_the_instant_asked_about_is_known(fact: tuple[str, Any]) -> None:
    document = changed(fact)
    assert told(document) == []
    assert digest(document, FORMAT) != BY_THE_END


def test_as_of_before_an_approval_the_digest_is_that_of_a_case_without_it() -> None:
    before = ("/query/as_of", "2026-06-22T08:59:59.999Z")
    approved = digest(changed(before), FORMAT)
    assert approved == digest(changed(before, ("/exclusions/0/history/2", GONE), ("/exclusions/0/history/1", GONE)), FORMAT)
    proposed = ("/query/as_of", "2026-06-19T07:59:59Z")
    assert digest(changed(proposed), FORMAT) == digest(changed(proposed, ("/exclusions/0", GONE)), FORMAT)


def test_without_as_of_everything_is_known() -> None:
    document = changed(("/query/as_of", GONE))
    assert digest(document, FORMAT) != digest(
        changed(("/components/a/changes/2", facts_recorded(LATER)[1][1]), case=document), FORMAT
    )


def leaves(value: Any, place: str = "") -> list[tuple[str, Any]]:
    """The pointer and the value of every scalar below, but for notes."""
    if isinstance(value, dict):
        inner = [(key, item) for key, item in value.items() if key != "note" or place == "/components"]
    elif isinstance(value, list):
        inner = [(str(index), item) for index, item in enumerate(value)]
    else:
        return [(place, value)]
    return [leaf for step, item in inner for leaf in leaves(item, f"{place}/{step}")]


@pytest.mark.parametrize(("place", "value"), leaves(CASE), ids=lambda each: str(each)[:50])
def test_every_value_but_a_note_counts(place: str, value: Any) -> None:
    if place == "/format":
        return
    other = (
        value + 1
        if isinstance(value, int)
        else GONE
        if value is None
        else value.replace("2026-", "2025-")
        if "2026-" in value
        else value + "x"
    )
    assert digest(changed((place, other)), FORMAT) != BY_THE_END

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.assertions import BodyRules, StatusSet, at_pointer
from probes.probe import Malformed

BODY = b'{"status":"UP","db":{"ok":true,"pool":7,"share":0.5},"list":[1,{"a/b":2}],"none":null}'


def broken(**rule: object) -> bool:
    return BodyRules(None, None, None, (rule,)).broken(BODY) is not None  # type: ignore[arg-type]


def test_status_sets_take_numbers_and_ranges() -> None:
    statuses = StatusSet("expect_status", ("200-299", 404))
    assert 200 in statuses
    assert 299 in statuses
    assert 404 in statuses
    assert 300 not in statuses
    for bad in ((), ("299-200",), ("2xx",), (99,), (600,)):
        with pytest.raises(ValueError, match=r"^expect_status: must"):
            StatusSet("expect_status", bad)


def test_pointers_are_compared_exactly() -> None:
    assert not broken(pointer="/status", equals="UP")
    assert not broken(pointer="/db/pool", at_least=7)
    assert not broken(pointer="/db/share", at_most=0.5)
    assert not broken(pointer="/list/1/a~1b", equals=2.0)
    assert not broken(pointer="/none", exists=True)
    assert not broken(pointer="/nope", exists=False)
    assert not broken(pointer="/none", equals=None)
    assert broken(pointer="/db/ok", equals=1)
    assert broken(pointer="/db/pool", at_least=8)
    assert broken(pointer="/list/01", exists=True)
    assert broken(pointer="/nope", equals=None)


def test_rules_are_checked_when_they_are_made() -> None:
    for rule in ({"pointer": "status", "equals": 1}, {"pointer": "/a"}, {"pointer": "/a", "equals": 1, "exists": True}):
        with pytest.raises(ValueError, match=r"^json\[0\]"):
            BodyRules(None, None, None, (rule,))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^matches: must be an RE2 pattern"):
        BodyRules(None, None, "(?=a)", ())


def test_text_is_sought_literally_or_by_re2() -> None:
    assert BodyRules('"UP"', "DOWN", r'"pool":\s*\d', ()).broken(BODY) is None
    seen = BodyRules(None, None, "^nope", ()).broken(BODY)
    assert seen is not None
    assert seen.by_pattern
    assert BodyRules(None, "UP", None, ()).broken(BODY) is not None


@pytest.mark.parametrize("body", [b"", b"<html>", b"[" * 100_000, b'{"a": NaN}', b"\xff", b"1" * 5000])
def test_what_is_no_json_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        BodyRules(None, None, None, ({"pointer": "/a", "exists": True},)).broken(body)


@given(st.recursive(st.none() | st.booleans() | st.integers(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)), st.text())
def test_no_pointer_breaks_the_walk(document: object, pointer: str) -> None:
    at_pointer(json.loads(json.dumps(document)), "/" + pointer)

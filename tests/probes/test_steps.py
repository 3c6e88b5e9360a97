from __future__ import annotations

from typing import Any

import pytest

from probes.probe import SecretRef, WebAnswer
from probes.steps import MAX_SAVED, Missing, Step, Take, filled, redirected, stages

URL = "https://mdm.acme.example/login"
REF = SecretRef("env:PASSWORD")


def answer(body: bytes = b"", **headers: str) -> WebAnswer:
    return WebAnswer(200, "1.1", headers, body, True, None)


def test_saved_values_stand_in_path_query_headers_and_forms_by_plain_replacement() -> None:
    first = Step("page", URL, save={"csrf": {"matches": "(x+)"}, "node": {"header": "X-Node"}})
    second = Step("next", f"{URL}/{{csrf}}?n={{node}}", form={"t": "{csrf}"}, secret_form={"p": REF}, headers={"X-T": "{csrf}"})
    stage = stages([first, second])[1]
    saved = {"csrf": "a/b&c=d e", "node": "{csrf}"}
    assert stage.target(saved) == f"{URL}/a%2Fb%26c%3Dd%20e?n=%7Bcsrf%7D"
    assert stage.headers(saved) == (("Content-Type", "application/x-www-form-urlencoded"), ("X-T", "a/b&c=d e"))
    assert stage.content(saved, {"p": "s&t"}) == b"t=a%2Fb%26c%3Dd+e&p=s%26t"
    assert stage.method == "POST"
    assert filled("{a}{b}", {"a": "1"}) == "1{b}"
    assert filled("{a}{b}{a}", {"a": "{b}", "b": "{a}"}) == "{b}{a}{b}"


@pytest.mark.parametrize(
    ("fields", "method", "kind", "content"),
    [
        ({}, "GET", None, None),
        ({"json_body": {"a": 1}}, "POST", "application/json", b'{"a": 1}'),
        ({"body": "{not} a template"}, "POST", "text/plain; charset=utf-8", b"{not} a template"),
        ({"form": {"a": "1"}, "method": "PUT"}, "PUT", "application/x-www-form-urlencoded", b"a=1"),
        ({"body": "x", "headers": {"Content-Type": "text/xml"}}, "POST", "text/xml", b"x"),
    ],
)
def test_what_is_sent(fields: dict[str, Any], method: str, kind: str | None, content: bytes | None) -> None:
    (stage,) = stages([Step("one", URL, **fields)])
    assert (stage.method, dict(stage.headers({})).get("Content-Type"), stage.content({}, {})) == (method, kind, content)


@pytest.mark.parametrize(
    ("how", "found"),
    [
        ({"json": "/a/b"}, "x"),
        ({"json": "/n"}, "7"),
        ({"json": "/yes"}, "true"),
        ({"header": "X-Node"}, "n1"),
        ({"matches": '"b": "(.)"'}, "x"),
        ({"json": "/a"}, None),
        ({"json": "/none"}, None),
        ({"json": "/null"}, None),
        ({"header": "X-Other"}, None),
        ({"matches": "(zz)"}, None),
        ({"json": "/long"}, None),
        ({"json": "/controls"}, None),
    ],
)
def test_a_value_is_taken_from_one_place_or_missing(how: Any, found: str | None) -> None:
    long = b"l" * (MAX_SAVED + 1)
    body = b'{"a": {"b": "x"}, "n": 7, "yes": true, "null": null, "long": "' + long + b'", "controls": "a\\r\\nb"}'
    take = Take("save", "it", how)
    if found is None:
        with pytest.raises(Missing, match='"it"'):
            take.of(answer(body, **{"x-node": "n1"}))
    else:
        assert take.of(answer(body, **{"x-node": "n1"})) == found


@pytest.mark.parametrize(
    ("location", "goal"),
    [
        ("/console", "https://mdm.acme.example/console"),
        ("?x=1", "https://mdm.acme.example/login?x=1"),
        ("https://sso.example/", "https://sso.example/"),
        ("//sso.example/a", "https://sso.example/a"),
        ("http://mdm.acme.example/", None),
        ("https://user:pass@sso.example/", None),
        ("file:///etc/passwd", None),
        ("javascript:alert(1)", None),
        ("https://[::1/", None),
        ("https://2130706433/", None),
        ("https://a.example:99999/", None),
    ],
)
def test_a_redirect_leads_to_https_or_nowhere(location: str, goal: str | None) -> None:
    assert redirected(URL, location) == goal


@pytest.mark.parametrize(
    ("steps", "complaint"),
    [
        ([], "steps: must be 1 to 10, got 0"),
        ([Step(f"s{number}", URL) for number in range(11)], "steps: must be 1 to 10, got 11"),
        ([Step("Page", URL)], r"steps\[0\].name: must be lower case"),
        ([Step("tls", URL)], r"steps\[0\].name: must be .* no phase of the gate"),
        ([Step("a", URL), Step("a", URL)], r"steps\[1\].name: must differ"),
        ([Step("a", "ftp://x/")], r"steps\[0\].url: must begin with http"),
        ([Step("a", "https://{host}/")], r"steps\[0\].url: "),
        ([Step("a", URL + "/{csrf}")], r'steps\[0\].url: uses "\{csrf\}", which no earlier step saves'),
        ([Step("a", URL, form={"x": "{csrf}"}, save={"csrf": {"header": "X"}})], r"steps\[0\].form.x: uses"),
        ([Step("a", URL, form={"x": "1"}, body="y")], r"steps\[0\]: must send one of form"),
        ([Step("a", URL, method="GET", body="y")], r"steps\[0\].method: sends no content"),
        ([Step("a", URL, headers={"Authorization": "Bearer x"})], r"steps\[0\].headers.Authorization: would stand in the file"),
        ([Step("a", URL, headers={"Cookie": "x"})], r"steps\[0\].headers.Cookie: must be left to the monitor"),
        ([Step("a", URL, headers={"X": "a\r\nb"})], r"steps\[0\].headers.X: must be printable ASCII"),
        ([Step("a", URL, headers={"X y": "a"})], r"steps\[0\].headers: must be names"),
        ([Step("a", URL, expect_status=("x",))], r"steps\[0\].expect_status: must be statuses"),
        ([Step("a", URL, matches="(")], r"steps\[0\].matches: must be an RE2 pattern"),
        ([Step("a", URL, save={"x": {"matches": "none"}})], r"steps\[0\].save.x.matches: must have one group, got 0"),
        ([Step("a", URL, save={"x": {}})], r"steps\[0\].save.x: must be one of json, header, matches, got none"),
        ([Step("a", URL, save={"X!": {"header": "X"}})], r"steps\[0\].save.X!: must be named in lower case"),
    ],
)
def test_each_mistake_is_said_at_its_place(steps: list[Step], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        stages(steps)

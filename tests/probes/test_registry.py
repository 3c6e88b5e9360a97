from __future__ import annotations

import json
from dataclasses import fields
from typing import get_type_hints

import pytest
from pydantic import TypeAdapter

from probes.kinds.instance import Instance
from probes.probe import Probe
from probes.registry import kinds, page


@pytest.mark.parametrize("name", sorted(kinds()))
def test_every_kind_has_its_page_and_its_defaults(name: str) -> None:
    kind = kinds()[name]
    assert kind.kind == name
    assert "```yaml" in page(kind)
    assert f"kind: {name}" in page(kind)
    assert kind.defaults.deadline_s < kind.defaults.interval_s


def test_the_kinds_are_found_by_their_files() -> None:
    assert {"instance", "tcp", "dns", "certificate"} <= kinds().keys()


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("instance", {"url": "https://a.example/", "expect_status": (200, "301-302"), "json": ({"pointer": "/a", "equals": 1},)}),
        ("tcp", {"host": "a.example", "port": 22, "matches": "^SSH"}),
        ("dns", {"servers": ("192.0.2.53",), "name": "a.example"}),
        ("certificate", {"host": "a.example"}),
    ],
)
def test_a_kind_is_made_of_strictly_validated_fields(name: str, given: dict[str, object]) -> None:
    kind = kinds()[name]
    hints = get_type_hints(kind)
    made = kind(**{key: TypeAdapter(hints[key]).validate_json(json.dumps(value), strict=True) for key, value in given.items()})
    assert isinstance(made, Probe)
    assert made == kind(**given)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"url": "ftp://a.example/"}, "url"),
        ({"url": "http://user:secret@a.example/"}, "url"),
        ({"url": "http://a.example:0/"}, "url"),
        ({"url": "http://a.example/\r\nX: y"}, "url"),
        ({"url": "http://2130706433/"}, "url"),
        ({"url": "http://a.example/", "headers": {"X": "a\r\nb"}}, "headers"),
        ({"url": "http://a.example/", "headers": {"Content-Length": "1"}}, "headers"),
        ({"url": "http://a.example/", "max_body_bytes": 0}, "max_body_bytes"),
        ({"url": "http://a.example/", "connect_to": "127.1"}, "connect_to"),
    ],
)
def test_bad_instances_say_which_field(given: dict[str, object], field: str) -> None:
    with pytest.raises(ValueError, match=f"^{field}[.:]") as raised:
        Instance(**given)  # type: ignore[arg-type]
    assert "secret" not in str(raised.value)
    assert field in {one.name for one in fields(Instance)}

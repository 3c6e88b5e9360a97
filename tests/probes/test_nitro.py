from __future__ import annotations

import json
from typing import Any

import pytest
from mutants import mutants

from probes.nitro import Refusal, Vserver, vserver
from probes.probe import Malformed

ROW = {"name": "lb", "primaryport": 443, "state": "UP", "vslbhealth": "100", "actsvcs": "2", "inactsvcs": "0"}


def body(rows: Any = None, **more: Any) -> bytes:
    return json.dumps({"errorcode": 0, "message": "Done", "lbvserver": [ROW] if rows is None else rows, **more}).encode()


def test_counters_are_texts_and_may_be_numbers() -> None:
    assert vserver(body(), "lb") == Vserver("UP", 100, 2)
    assert vserver(body([{**ROW, "vslbhealth": 50, "actsvcs": 1}]), "lb") == Vserver("UP", 50, 1)
    assert vserver(body([{"name": "other"}, {**ROW, "state": " Out Of Service ", "vslbhealth": "x", "actsvcs": None}]), "lb") == (
        Vserver("OUT OF SERVICE", None, None)
    )


def test_an_error_has_its_number() -> None:
    with pytest.raises(Refusal, match=r"NITRO error 354 \(Invalid username or password\)") as refusal:
        vserver(b'{"errorcode": 354, "message": "Invalid username or password"}', "lb")
    assert refusal.value.code == 354


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<html>", "no JSON"),
        (b"[]", "no JSON object"),
        (b"{}", "no errorcode"),
        (body([]), "0 virtual servers"),
        (body([ROW, ROW]), "2 virtual servers"),
        (body("lb"), "0 virtual servers"),
        (body([{"name": "lb"}]), "no state"),
        (body([{"name": "lb", "state": 7}]), "no state"),
        (b'{"errorcode": 1e999999}', "no errorcode"),
    ],
)
def test_what_is_no_answer_of_nitro_is_said(data: bytes, words: str) -> None:
    with pytest.raises(Malformed, match=words):
        vserver(data, "lb")


@pytest.mark.timeout(300)
def test_answers_that_are_nearly_right_are_read_or_malformed() -> None:
    good = [body(), body([{**ROW, "state": "BUSY"}]), b'{"errorcode":444,"message":"Session expired"}']
    read = 0
    for data in mutants(good, "nitro"):
        try:
            assert vserver(data, "lb").state.isprintable()
            read += 1
        except (Malformed, Refusal) as fault:
            assert str(fault).isprintable()
    assert read > 300, "or the mutants teach nothing"

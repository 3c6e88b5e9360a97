from __future__ import annotations

import pytest

from probes import echo


@pytest.mark.parametrize(("version", "asks", "answers"), [(4, 8, 0), (6, 128, 129)])
def test_an_echo_is_known_by_kind_number_and_payload(version: int, asks: int, answers: int) -> None:
    question = echo.request(version, 7, b"hello")
    assert question[:2] == bytes([asks, 0])
    reply = bytes([answers, 0, 1, 2, 3, 4]) + question[6:]
    assert echo.number_of(version, reply, b"hello") == 7
    for other in (question, reply[:7], b"", bytes([3, 1]) + reply[2:], reply + b"!"):
        assert echo.number_of(version, other, b"hello") is None

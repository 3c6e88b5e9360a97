"""The play takes acme's directory away and gives it back within two minutes, also when it is cut short."""

from __future__ import annotations

import asyncio

import pytest

from monitor.stage.play import act


class Board:
    """Writes down what is done, in order, with the seconds slept so far."""

    def __init__(self, cancel_at: float = 1e9) -> None:
        self.seconds = 0.0
        self.cancel_at = cancel_at
        self.done: list[tuple[str, float]] = []

    async def fail(self, part: str) -> None:
        self.done.append((f"fail {part}", self.seconds))

    async def mend(self, part: str) -> None:
        self.done.append((f"mend {part}", self.seconds))

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        if self.seconds > self.cancel_at:
            raise asyncio.CancelledError


async def test_one_outage_of_the_directory_within_two_minutes() -> None:
    board, said = Board(), list[str]()
    await act(board, said.append, board.sleep)
    assert board.done == [("fail ldap", 35.0), ("mend ldap", 65.0)]
    assert len(said) == 2
    assert board.seconds < 120


async def test_a_play_cut_short_mends_what_it_broke() -> None:
    board = Board(cancel_at=40)
    with pytest.raises(asyncio.CancelledError):
        await act(board, lambda text: None, board.sleep)
    assert board.done[-1][0] == "mend ldap"

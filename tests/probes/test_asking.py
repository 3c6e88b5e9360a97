"""A question over datagrams is asked three times, and strangers are not listened to."""

from __future__ import annotations

import asyncio

import pytest

from probes.asking import asked


class Inbox:
    """A socket whose answers come ``after`` so many questions."""

    def __init__(self, after: int, *answers: bytes) -> None:
        self.sent: list[bytes] = []
        self._after, self._answers = after, answers
        self._come: asyncio.Queue[bytes] = asyncio.Queue()

    async def send(self, data: bytes) -> None:
        self.sent.append(data)
        if len(self.sent) == self._after:
            for answer in self._answers:
                self._come.put_nowait(answer)

    async def receive(self) -> bytes:
        return await self._come.get()

    def close(self) -> None: ...


def mine(data: bytes) -> bytes | None:
    return data if data.startswith(b"mine") else None


@pytest.mark.parametrize("after", [1, 2, 3])
async def test_a_lost_question_is_sent_again(after: int) -> None:
    inbox = Inbox(after, b"stranger", b"mine!")
    assert await asked(inbox, b"?", mine, 0.2) == b"mine!"
    assert inbox.sent == [b"?"] * after


async def test_silence_lasts_until_the_deadline_and_costs_three_questions() -> None:
    inbox = Inbox(9)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await asked(inbox, b"?", mine, 0.2)
    assert len(inbox.sent) == 3

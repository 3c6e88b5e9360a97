"""Signs are kept before they are acknowledged, and what comes through proves that we hear."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from monitor.hearing import GAP_MS, Hearing, Refused
from monitor.store import beats
from monitor.store.database import Database
from monitor.store.engine import StoreFull
from probes.kinds.heartbeat import Heartbeat, Source
from probes.probe import Failed, Heard, Secret, SecretRef
from sla.span import HOUR, SECOND, Span

AT = 1_795_527_440_000
BACKUP, OTHER, WEAK = SecretRef("env:BACKUP"), SecretRef("env:OTHER"), SecretRef("env:WEAK")
TOKENS = {BACKUP: "backup-0123456789abcdef", OTHER: "other-0123456789abcdef", WEAK: "weak"}
PROBES = [Heartbeat(Source(ref)) for ref in TOKENS]


class Watch:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = AT

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(tmp_path, AT)
    yield made
    made.close()


def secret(ref: SecretRef) -> Secret:
    return Secret(TOKENS[ref])


@pytest.fixture
async def hearing(database: Database, watch: Watch) -> Hearing:
    made = Hearing(database, watch, secret)
    await made.watch(PROBES)
    return made


async def good(hearing: Hearing, ref: SecretRef = BACKUP) -> Any:
    return await hearing.hear(TOKENS[ref], "good", None, b"")


def of(hearing: Hearing, ref: SecretRef = BACKUP) -> Heard:
    heard = hearing.heard(ref)
    assert heard is not None
    return heard


async def test_a_sign_is_stamped_by_our_clock_and_told_to_looks(hearing: Hearing) -> None:
    assert hearing.heard(BACKUP) is None
    assert await hearing.hear(TOKENS[BACKUP], "fail", 3, b"no\x1b[2J room") == AT
    assert of(hearing) == Heard(failed_at=AT, code=3, text="no\\x1b[2J room")
    assert hearing.heard(OTHER) is None


async def test_nothing_is_acknowledged_or_told_before_it_is_kept(hearing: Hearing, database: Database) -> None:
    """The writer is held up: the sender waits, and no look hears of it."""
    release: asyncio.Event = asyncio.Event()
    loop = asyncio.get_running_loop()
    blocked = database.writer.submit(lambda c: asyncio.run_coroutine_threadsafe(release.wait(), loop).result(10))
    sign = asyncio.create_task(good(hearing))
    await asyncio.sleep(0.2)
    assert not sign.done()
    assert hearing.heard(BACKUP) is None
    release.set()
    assert await sign == AT
    assert blocked.done()
    assert database.look(beats.every)[beats.digest_of(TOKENS[BACKUP])].good_at == AT


async def test_what_was_not_kept_is_not_told(database: Database, watch: Watch) -> None:
    class Full:
        """A database without room."""

        read = database.read

        async def write(self, work: Callable[..., Any]) -> Any:
            raise StoreFull("no room")

    hearing = Hearing(Full(), watch, secret)  # type: ignore[arg-type]
    await hearing.watch(PROBES)
    with pytest.raises(StoreFull):
        await good(hearing)
    assert hearing.heard(BACKUP) is None


async def test_strangers_and_weak_tokens_are_refused(hearing: Hearing) -> None:
    assert await hearing.hear("nobody-0123456789abcdef", "good", None, b"") is Refused.STRANGER
    assert await hearing.hear("weak", "good", None, b"") is Refused.STRANGER
    with pytest.raises(Failed, match="env:WEAK leads to no token, wanted 22 to 128 characters"):
        hearing.heard(WEAK)


async def test_the_same_word_is_taken_once_in_five_seconds_and_another_at_once(hearing: Hearing, watch: Watch) -> None:
    assert await good(hearing) == AT
    watch.now += 4_999
    assert await good(hearing) is Refused.TOO_SOON
    assert await hearing.hear(TOKENS[BACKUP], "start", None, b"") == watch.now, "a short run tells both its ends"
    assert await good(hearing, OTHER) == watch.now
    watch.now += 1
    assert await good(hearing) == watch.now


async def test_what_was_said_survives_a_restart_and_a_reload(hearing: Hearing, database: Database, watch: Watch) -> None:
    await good(hearing)
    reborn = Hearing(database, watch, secret)
    await reborn.watch(PROBES)
    assert of(reborn).good_at == AT
    await reborn.watch([Heartbeat(Source(OTHER))])
    assert await good(reborn) is Refused.STRANGER, "a check that is gone has no sender any more"
    await reborn.watch(PROBES)
    assert of(reborn).good_at == AT


async def knock(hearing: Hearing) -> None:
    assert isinstance(await hearing.hear(hearing.own_token, "good", None, b""), int)


async def test_arrivals_fifteen_seconds_apart_are_one_span_of_listening(
    hearing: Hearing, database: Database, watch: Watch
) -> None:
    await good(hearing)
    for _ in range(3):
        watch.now += GAP_MS
        await knock(hearing)
    assert of(hearing).listened == (Span(AT, AT + 3 * GAP_MS),)
    watch.now += GAP_MS + 1
    await knock(hearing)
    watch.now += SECOND
    await good(hearing, OTHER)
    assert of(hearing).listened == (Span(AT, AT + 3 * GAP_MS), Span(watch.now - SECOND, watch.now))
    assert database.look(beats.listened) == of(hearing).listened


async def test_a_start_of_ours_begins_a_new_span(hearing: Hearing, database: Database, watch: Watch) -> None:
    await good(hearing)
    watch.now += SECOND
    await knock(hearing)
    reborn = Hearing(database, watch, secret)
    await reborn.watch(PROBES)
    for _ in range(2):
        watch.now += SECOND
        await knock(reborn)
    spans = (Span(AT, AT + SECOND), Span(AT + 2 * SECOND, AT + 3 * SECOND))
    assert of(reborn).listened == database.look(beats.listened) == spans


async def test_a_clock_set_back_while_we_were_away_voids_too(hearing: Hearing, database: Database, watch: Watch) -> None:
    await good(hearing)
    watch.now += SECOND
    await knock(hearing)
    watch.now -= HOUR
    reborn = Hearing(database, watch, secret)
    await reborn.watch(PROBES)
    await knock(reborn)
    assert of(reborn).listened == database.look(beats.listened) == ()


async def test_a_clock_set_back_voids_what_it_stamped(hearing: Hearing, database: Database, watch: Watch) -> None:
    await good(hearing)
    watch.now += SECOND
    await knock(hearing)
    watch.now -= HOUR
    await knock(hearing)
    assert of(hearing).listened == database.look(beats.listened) == ()
    watch.now += SECOND
    await knock(hearing)
    assert of(hearing).listened == database.look(beats.listened) == (Span(watch.now - SECOND, watch.now),)


async def test_many_signs_at_once_are_all_kept(hearing: Hearing, database: Database, watch: Watch) -> None:
    await knock(hearing)
    watch.now += SECOND
    told = await asyncio.gather(*(good(hearing, ref) for ref in (BACKUP, OTHER)), *(knock(hearing) for _ in range(50)))
    assert told[:2] == [watch.now, watch.now]
    assert of(hearing).listened == database.look(beats.listened) == (Span(AT, AT + SECOND),)
    assert len(database.look(beats.every)) == 2, "our own knocks are nobody's signs"

"""Signs of life arrive: each is kept before it is acknowledged, and what is kept is what looks are told.

Everything that comes through also proves that we hear: arrivals no more than 15 s apart are one span of listening, and a start
of the service begins a new one.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from enum import Enum, auto

from monitor.clock import Clock
from monitor.store import beats
from monitor.store.beats import Beat, Sign, Word, digest_of
from monitor.store.database import Database
from probes.kinds.heartbeat import Heartbeat, is_token
from probes.probe import Failed, Heard, Probe, Secret, SecretRef, cannot_look
from probes.target import shown
from sla.span import SECOND, Instant, Span

GAP_MS = 15 * SECOND
"""Three knocks, and shorter than any sign may be late: a sender that tries again for as long comes through."""
SAME_WORD_MS = 5 * SECOND
"""A sender says the same thing at most so often: more is a loop gone wild, and each costs a commit."""
SET_BACK_MS = SECOND
"""Signs that come at once may be kept in another order; a clock set back is more than that."""
MAX_SHOWN = 200
"""Characters kept of what a sender tells beside its word."""


class Refused(Enum):
    """Why a sign was not taken."""

    STRANGER = auto()
    TOO_SOON = auto()


class Hearing:
    """Takes signs of the senders that checks name. ``own_token`` is what we knock with at our own gateway."""

    def __init__(self, database: Database, clock: Clock, secret: Callable[[SecretRef], Secret]) -> None:
        self._database, self._clock, self._secret = database, clock, secret
        self.own_token = secrets.token_urlsafe(32)
        self._own = digest_of(self.own_token)
        self._digests: Mapping[SecretRef, bytes] = {}
        self._senders: frozenset[bytes] = frozenset()
        self._beats: Mapping[bytes, Beat] = {}
        self._spans: tuple[Span, ...] = ()
        self._last: Instant | None = None

    async def watch(self, probes: Iterable[Probe]) -> None:
        """Take signs of exactly the senders that ``probes`` name from now on; what they have said before counts."""
        refs = {probe.source.push for probe in probes if isinstance(probe, Heartbeat)}
        digests = {ref: digest for ref in refs if (digest := self._digest(ref)) is not None}
        kept, spans = await self._database.read(lambda db: (beats.every(db), beats.listened(db)))
        known = {**kept, **self._beats}  # a sign that was committed while we read is in memory already, or will be
        self._beats = {digest: known[digest] for digest in digests.values() if digest in known}
        self._digests, self._senders = digests, frozenset(digests.values())
        self._spans = spans if self._last is None else self._spans

    def heard(self, ref: SecretRef) -> Heard | None:
        """What the sender behind ``ref`` has told us; None: nothing. Raises Failed for a token that nobody may use."""
        digest = self._digests.get(ref)
        if digest is None:
            wanted = "22 to 128 characters of A-Z a-z 0-9 _ -, e.g. of `openssl rand -hex 16`"
            raise Failed(cannot_look(f"{ref.text} leads to no token, wanted {wanted}"))
        beat = self._beats.get(digest)
        if beat is None:
            return None
        return Heard(beat.good_at, beat.started_at, beat.failed_at, beat.code, beat.text, self._spans)

    async def hear(self, token: str, word: Word, code: int | None, text: bytes) -> Instant | Refused:
        """Keep one sign; its stamp once it is committed. Raises StoreFull or StoreFailed: then nothing was kept."""
        digest, now = digest_of(token), self._clock()
        sender = None if digest == self._own else digest
        if sender is not None and sender not in self._senders:
            return Refused.STRANGER
        if sender is not None and self._too_soon(sender, word, now):
            return Refused.TOO_SOON
        sign, span, void = Sign(word, now, code, shown(text, MAX_SHOWN)), self._span_to(now), self._is_set_back(now)
        beat = await self._database.write(lambda db: beats.take(db, sender, sign, span, void))
        if beat is not None:
            self._beats = {**self._beats, digest: beat}
        self._listened(() if void else self._spans, span, now)
        return now

    def _too_soon(self, digest: bytes, word: Word, now: Instant) -> bool:
        beat = self._beats.get(digest)
        if beat is None:
            return False
        said_at = {"good": beat.good_at, "start": beat.started_at, "fail": beat.failed_at}[word]
        return said_at is not None and 0 <= now - said_at < SAME_WORD_MS

    def _is_set_back(self, now: Instant) -> bool:
        """Whether something has been stamped later than ``now``."""
        latest = max([span.end for span in self._spans[-1:]] + ([] if self._last is None else [self._last]), default=now)
        return now < latest - SET_BACK_MS

    def _span_to(self, now: Instant) -> Span | None:
        """The span of listening that ends at ``now``; None: it only begins, or is there already."""
        if self._last is None or not self._last < now <= self._last + GAP_MS:
            return None
        joins = self._spans and self._spans[-1].end == self._last
        return Span(self._spans[-1].start if joins else self._last, now)

    def _listened(self, before: tuple[Span, ...], span: Span | None, now: Instant) -> None:
        """After the commit: ``span`` is the last one, or the same longer."""
        self._last = now
        self._spans = before if span is None else (*(one for one in before if one.start != span.start), span)

    def _digest(self, ref: SecretRef) -> bytes | None:
        """The digest of a token that may be used. One that may not is told at every look."""
        try:
            token = self._secret(ref).reveal()
        except Failed:
            return None
        return digest_of(token) if is_token(token) else None

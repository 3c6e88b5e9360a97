"""Credentials on probation: a refused one is rested before it locks an account, and blamed on the right party.

A credential that has been accepted since it last changed and is refused now was changed or locked at the target:
``auth_failed``. One that never worked is our mistake: ``unknown(check_config)``. After three refusals in a row, by
whichever checks share it, nobody uses it for half an hour: the three looks of a confirmation still fit.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from monitor.clock import Clock, Stopwatch
from monitor.watch.causes import own_trouble
from monitor.watch.worked import Worked
from probes.probe import Failed, Finding, Secret, SecretRef, cannot_look, down
from sla.state import Cause

REFUSALS = 3
REST_S = 1800.0
"""Directories count failures over half an hour or less; one try after it locks nothing."""


@dataclass(slots=True)
class _Standing:
    """What is known of one credential with one content, told apart by ``mark``."""

    mark: bytes
    worked: bool = False
    refusals: int = 0
    rests_until: float = 0.0


class Credentials:
    """All credentials of this process, by reference. Nothing here can be turned back into a secret."""

    def __init__(self, reveal: Callable[[SecretRef], Secret], clock: Clock, monotonic: Stopwatch, kept: Worked) -> None:
        """``kept`` knows which have been accepted before this process began."""
        self._reveal, self._clock, self._monotonic, self._kept = reveal, clock, monotonic, kept
        self._salt = secrets.token_bytes(32)
        self._standings: dict[str, _Standing] = {}

    def use(self, ref: SecretRef) -> Secret:
        """The secret. Raises Failed if it leads nowhere, or with ``unknown(paused)`` while it rests."""
        try:
            secret = self._reveal(ref)
        except ValueError as fault:
            raise Failed(cannot_look(str(fault))) from None
        mark = self._mark(secret)
        standing = self._standings.get(ref.text)
        if standing is None or standing.mark != mark:
            self._standings[ref.text] = standing = _Standing(mark)
        rest_s = standing.rests_until - self._monotonic()
        if rest_s > 0:
            raise Failed(own_trouble(Cause.PAUSED, f"{self._rested(ref, standing)}; next try at {self._in(rest_s)}"))
        return secret

    def accepted(self, ref: SecretRef) -> None:
        """The target took the credential that was last given out."""
        if (standing := self._standings.get(ref.text)) is None:
            return
        standing.refusals, standing.rests_until = 0, 0.0
        if not standing.worked:
            standing.worked = True
            if (content := self._content(ref, standing)) is not None:
                self._kept.note(ref.text, content)

    def refused(self, ref: SecretRef, reason: str) -> Finding:
        """The target refused it: the finding, by whether it ever worked."""
        standing = self._standings[ref.text]
        standing.refusals += 1
        if standing.refusals >= REFUSALS:
            standing.rests_until = self._monotonic() + REST_S
        if not standing.worked and (content := self._content(ref, standing)) is not None:
            standing.worked = self._kept.knows(ref.text, content)
        if standing.worked:
            return down(Cause.AUTH_FAILED, f"{reason}; it worked before")
        return cannot_look(f"{reason}; {ref.text} has never been accepted, wanted a credential that is")

    def _mark(self, secret: Secret) -> bytes:
        return hashlib.blake2b(secret.reveal().encode(), key=self._salt).digest()

    def _content(self, ref: SecretRef, standing: _Standing) -> str | None:
        """What was shown to the target; None if it has been replaced meanwhile."""
        try:
            secret = self._reveal(ref)
        except (ValueError, Failed):
            return None
        return secret.reveal() if self._mark(secret) == standing.mark else None

    def _rested(self, ref: SecretRef, standing: _Standing) -> str:
        return f"{ref.text} was refused {standing.refusals} times in a row and rests, lest the account be locked"

    def _in(self, seconds: float) -> str:
        """The UTC time that is ``seconds`` ahead, to the second."""
        at = datetime.fromtimestamp(self._clock() // 1000 + round(seconds), UTC)
        return at.strftime("%Y-%m-%d %H:%M:%S UTC")

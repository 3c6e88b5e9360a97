"""All that readers are told by mail and by webhook beside the contract's notices, wired together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from monitor.clock import Clock
from monitor.config.configuration import Configuration
from monitor.post.crier import Crier
from monitor.post.hook_news import HookNews
from monitor.post.maintenance_news import MaintenanceNews
from monitor.post.outbox import Outbox
from monitor.post.release_news import ReleaseNews
from monitor.post.signup import SignUp
from monitor.post.webhooks import Post, Webhooks
from monitor.store.database import Database
from monitor.web.pages import Pages

TELL_S = 5
"""Between two looks for news of incidents that somebody is to be told."""


class Telling:
    """``mail`` wakes the outbox of mails; webhooks have an outbox of their own, so that a slow one delays no mail."""

    def __init__(
        self, database: Database, clock: Clock, secret: bytes, pages: Pages, mail: Callable[[], None], post: Post
    ) -> None:
        self._pages, self._clock = pages, clock
        self._hooks = hooks = Webhooks(database, clock, secret, post)
        self._outbox = Outbox(database, hooks.deliver, clock, hooks.accepted, failed=hooks.failed, channel="webhook")
        self._crier = Crier(database, clock, secret, mail)
        self._maintenance = MaintenanceNews(database, clock, secret, mail)
        self._releases = ReleaseNews(database, clock, secret, mail)
        self._hook_news = HookNews(database, clock, secret, self._published, self._outbox.poke)
        self.signup = SignUp(database, clock, secret, mail)

    def watch(self, configuration: Configuration) -> None:
        """Tell the readers of exactly these pages from now on."""
        for part in (self._crier, self._maintenance, self._releases, self._hooks, self._hook_news, self.signup):
            part.watch(configuration)

    def poke(self) -> None:
        """Something may have been queued for a webhook: look at once."""
        self._outbox.poke()

    def works(self) -> tuple[Coroutine[Any, Any, None], ...]:
        """What runs as long as the service."""
        return self._outbox.run(), self.signup.run()

    def jobs(self) -> tuple[tuple[str, float, Callable[[], Awaitable[object]]], ...]:
        """What is done again and again: its name, the seconds between, itself."""
        return (
            ("incidents", TELL_S, self._crier.tell),
            ("webhooks", TELL_S, self._hook_news.tell),
            ("news", 20, self._maintenance.tell),
            ("releases", 20, self._releases.tell),
            ("unconfirmed", 600, self.signup.tidy),
        )

    def _published(self, path: str) -> bytes | None:
        """A document as readers get it now; None: there is none, or it is too old to be told on."""
        found = self._pages.find(path)
        return found.fresh.plain if found is not None and found.body(self._clock()) is found.fresh else None

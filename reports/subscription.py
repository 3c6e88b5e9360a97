"""What every mail to a subscriber carries: how to change what comes, and how to end it, without a login (RFC 2369, 8058)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reports.plain import plain


@dataclass(frozen=True, slots=True)
class Subscription:
    """Of one subscriber to the page named ``page``: addresses that only a mail to them names.

    ``leave`` shows a button, ``one_click`` ends it by POST, ``mailto`` by mail (None: nobody reads mail); ``list_id`` is a
    host name.
    """

    page: str
    manage: str
    leave: str
    one_click: str
    list_id: str
    mailto: str | None = None

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers that mail programs make their own button of."""
        ways = [f"<{self.one_click}>"] if self.mailto is None else [f"<{self.one_click}>", f"<mailto:{self.mailto}>"]
        name = str(plain(self.page)).replace('"', "")
        return {
            "List-Id": f'"{name}" <{self.list_id}>',
            "List-Unsubscribe": ", ".join(ways),
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }

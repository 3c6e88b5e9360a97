"""What systemd is told: ready, alive, stopping.

The one socket outside the egress gate: a datagram to a local Unix socket that the service manager names, nothing on a
network. The protocol is one line (sd_notify(3)), so no library stands between.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress

READY, ALIVE, STOPPING = "READY=1", "WATCHDOG=1", "STOPPING=1"


class Manager:
    """The service manager behind ``NOTIFY_SOCKET``; without one, and while it does not listen, telling it does nothing."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address

    def tell(self, state: str) -> None:
        """Send one assignment such as ``READY=1``; never waits and never fails."""
        if not self._address:
            return
        kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        # A manager that is away notices by itself that it hears nothing.
        with suppress(OSError), socket.socket(socket.AF_UNIX, kind) as sender:
            sender.sendto(state.encode(), self._address)

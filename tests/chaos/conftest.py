from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from product import Product


class _Welcome(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.recv(1)


@pytest.fixture
def target() -> Iterator[int]:
    """The port of a TCP server that is well."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Welcome) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture
def product(tmp_path: Path, target: int) -> Iterator[Product]:
    """One site whose one check looks every 5 s at a target that is well; killed at the end."""
    one = Product(tmp_path, target)
    yield one
    one.kill()

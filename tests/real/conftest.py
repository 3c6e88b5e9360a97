from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from chains import Authority, Responder
from pki import make_pki
from servers import Server, free_port, needed, started

from monitor.clock import monotonic, system_clock
from monitor.watch.egress import Egress
from monitor.watch.resolver import Resolver
from monitor.watch.runner import Runner
from monitor.watch.stall import Stall
from probes.probe import Secret


@pytest.fixture
async def egress() -> AsyncIterator[Egress]:
    gate = Egress(Resolver([("127.0.0.1", free_port())]), monotonic, connects_per_s=10_000)
    yield gate
    gate.close()


@pytest.fixture
async def runner(egress: Egress) -> AsyncIterator[Runner]:
    stall = Stall(monotonic)
    # The stall rule has its own tests: on a busy machine it would rightly disbelieve the failures looked for here.
    yield Runner(egress, system_clock, monotonic, stall, lambda ref: Secret("canary-secret"))


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="session")
def tls_servers(pki: Path) -> Iterator[dict[str, Server]]:
    """One `openssl s_server` for each certificate variant."""
    openssl = needed("openssl")
    running: dict[str, Server] = {}
    for path in sorted(pki.glob("*.pem")):
        if path.stem != "ca":
            port = free_port()
            running[path.stem] = started(
                [openssl, "s_server", "-accept", f"127.0.0.1:{port}", "-cert", str(path), "-www", "-quiet"], port, pki
            )
    yield running
    for server in running.values():
        server.stop()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    port = free_port()
    return Authority(tmp_path_factory.mktemp("chains"), f"http://127.0.0.1:{port}/ocsp", f"http://127.0.0.1:{port}/list")


@pytest.fixture
async def responder(authority: Authority) -> AsyncIterator[Responder]:
    """The authority's revocation service, where its certificates say it is."""
    service = Responder(authority)
    port = int(authority.ocsp_url.rpartition(":")[2].partition("/")[0])
    server = await asyncio.start_server(service.serve, "127.0.0.1", port)
    yield service
    server.close()

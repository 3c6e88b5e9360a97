from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from servers import Server, banner, reset, serving, silent

from monitor.watch.runner import Runner
from probes.kinds.certificate import Certificate
from probes.kinds.instance import Instance
from probes.kinds.tcp import Tcp
from sla.state import Cause, State

pytestmark = pytest.mark.real

VARIANTS = {
    "good": None,
    "soon": None,
    "expired": Cause.CERT_EXPIRED,
    "notyet": Cause.CERT_NOT_YET_VALID,
    "wronghost": Cause.CERT_NAME,
    "selfsigned": Cause.CERT_CHAIN,
    "stranger": Cause.CERT_CHAIN,
}


@pytest.mark.parametrize("variant", VARIANTS)
async def test_an_https_look_names_what_ails_the_certificate(
    variant: str, runner: Runner, tls_servers: dict[str, Server], pki: Path
) -> None:
    url = f"https://localhost:{tls_servers[variant].port}/"
    outcome = await runner.look(Instance(url=url, ca_file=str(pki / "ca.pem")), 20)
    assert outcome.finding.cause is VARIANTS[variant], outcome
    if VARIANTS[variant] is None:
        assert outcome.finding.facts["tls_version"] == "TLSv1.3"
        assert [name for name, _ in outcome.phases] == ["resolve", "connect", "tls", "processing", "transfer"]


@pytest.mark.parametrize("variant", VARIANTS)
async def test_a_certificate_look_has_its_facts_even_if_it_is_refused(
    variant: str, runner: Runner, tls_servers: dict[str, Server], pki: Path
) -> None:
    probe = Certificate(host="localhost", port=tls_servers[variant].port, ca_file=str(pki / "ca.pem"))
    finding = (await runner.look(probe, 20)).finding
    wanted = Cause.EXPIRES_SOON if variant == "soon" else VARIANTS[variant]
    assert finding.cause is wanted, finding
    assert finding.facts["certificate_key"] == "ec 256"
    assert isinstance(finding.facts["ssl_earliest_cert_expiry"], int)


@pytest.mark.parametrize("serve", [silent, banner, reset])
@pytest.mark.parametrize("kind", [Certificate, Tcp])
async def test_who_speaks_no_tls_is_down_by_its_handshake(kind: type, serve: object, runner: Runner, pki: Path) -> None:
    async with serving(serve) as port:  # type: ignore[arg-type]
        more = {"tls": True} if kind is Tcp else {}
        probe = kind(host="localhost", port=port, ca_file=str(pki / "ca.pem"), **more)
        finding = (await runner.look(probe, 1.5)).finding
    assert finding.cause is (Cause.DEADLINE if serve is silent else Cause.TLS_HANDSHAKE), finding


async def test_a_look_cut_inside_the_handshake_leaves_no_socket(runner: Runner, pki: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    async with serving(silent) as port:
        probe = Instance(url=f"https://localhost:{port}/", ca_file=str(pki / "ca.pem"))
        looks = [asyncio.create_task(runner.look(probe, 30)) for _ in range(10)]
        await asyncio.sleep(0.5)
        for look in looks:
            look.cancel()
        await asyncio.gather(*looks, return_exceptions=True)
    for _ in range(50):
        await asyncio.sleep(0.05)
        if len(os.listdir("/proc/self/fd")) <= before:
            break
    assert len(os.listdir("/proc/self/fd")) <= before


async def test_an_unreadable_ca_file_is_our_fault(runner: Runner) -> None:
    finding = (await runner.look(Instance(url="https://localhost/", ca_file="/nonexistent.pem"), 5)).finding
    assert (finding.state, finding.cause) == (State.UNKNOWN, Cause.CHECK_CONFIG)


async def test_a_server_frozen_by_sigstop_is_a_deadline(runner: Runner, pki: Path, tls_servers: dict[str, Server]) -> None:
    server = tls_servers["good"]
    server.freeze()
    try:
        probe = Instance(url=f"https://localhost:{server.port}/", ca_file=str(pki / "ca.pem"))
        finding = (await runner.look(probe, 1)).finding
    finally:
        server.thaw()
    assert finding.cause is Cause.DEADLINE

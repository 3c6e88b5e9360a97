"""Ours against the packaged blackbox exporter, at the same moment and the same targets: equal names, equal numbers."""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from chains import Authority
from nodes import Node
from servers import Server, free_port, needed, serving, silent, started
from test_dns import _knot, tenant

from monitor.metrics.series import CheckSeries, checks_text
from monitor.watch.runner import LookOutcome, Runner
from probes.kinds.certificate import Certificate
from probes.kinds.dns import Dns
from probes.kinds.instance import Instance
from probes.kinds.journey import Journey
from probes.kinds.tcp import Tcp
from probes.probe import Probe
from probes.steps import Step
from sla.state import State

pytestmark = pytest.mark.real

Series = dict[str, float]
"""Metric name, with the labels of those that are told apart by them, to its value."""


@pytest.fixture(scope="module")
def exporter(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Server]:
    folder, port = tmp_path_factory.mktemp("blackbox"), free_port()
    tls = {"ca_file": str(authority.folder / "ca.pem"), "server_name": "localhost"}
    http = {"preferred_ip_protocol": "ip4", "tls_config": tls, "follow_redirects": False, "enable_http2": False}
    modules = {
        "http": {"prober": "http", "timeout": "5s", "http": http},
        "follows": {"prober": "http", "timeout": "5s", "http": {**http, "follow_redirects": True, "enable_http2": True}},
        "matches": {"prober": "http", "timeout": "5s", "http": {**http, "fail_if_body_not_matches_regexp": ["nothing like it"]}},
        "tls": {"prober": "tcp", "timeout": "5s", "tcp": {"tls": True, "tls_config": tls, "preferred_ip_protocol": "ip4"}},
        "tcp": {"prober": "tcp", "timeout": "5s", "tcp": {"preferred_ip_protocol": "ip4"}},
        "soa": {"prober": "dns", "timeout": "5s", "dns": {"query_name": "tenant.example", "query_type": "SOA"}},
        "unzips": {"prober": "http", "timeout": "5s", "http": {**http, "compression": "gzip"}},
        "none": {"prober": "dns", "timeout": "5s", "dns": {"query_name": "nope.tenant.example", "query_type": "A"}},
    }
    (folder / "blackbox.yml").write_text(json.dumps({"modules": modules}))
    program = needed("prometheus-blackbox-exporter")
    words = [program, f"--config.file={folder / 'blackbox.yml'}", f"--web.listen-address=127.0.0.1:{port}"]
    server = started(words, port, folder)
    yield server
    server.stop()


def read(text: str) -> Series:
    """A metrics page; of the labels only those that blackbox has too are kept."""
    series: Series = {}
    for line in text.splitlines():
        if found := re.match(r"(probe_\w+)(?:\{(.*)\})? (\S+)$", line):
            name, labels, value = found.groups()
            kept = re.findall(r'(?:version|cipher|phase)="[^"]*"', labels or "")
            series[name + "".join(f"{{{one}}}" for one in kept)] = float(value)
    return series


async def theirs(exporter: Server, module: str, target: str) -> Series:
    query = urllib.parse.urlencode({"module": module, "target": target})
    url = f"http://127.0.0.1:{exporter.port}/probe?{query}"
    page = await asyncio.to_thread(lambda: urllib.request.urlopen(url, timeout=20).read().decode())
    return read(page)


def ours(probe: Probe, outcome: LookOutcome) -> Series:
    """What our metrics page says of one look."""
    finding = outcome.finding
    assert outcome.took_ms is not None
    check = CheckSeries(
        customer="acme",
        site="acme",
        component="part",
        kind=probe.kind,
        agent="main",
        success=finding.state is not State.DOWN,
        duration_s=outcome.took_ms / 1000,
        timeout_s=5,
        phases=tuple((name, ms / 1000) for name, ms in outcome.phases),
        facts=finding.facts,
    )
    return read(checks_text([check]).decode())


UNSAID: Mapping[str, str] = {
    "probe_ip_addr_hash": "an address is no number; the look tells it in words",
    "probe_ssl_last_chain_info": "fingerprints and names change with every renewal; the certificate's look tells them in words",
    "probe_ssl_last_chain_expiry_timestamp_seconds": "only the kind certificate builds chains",
    "probe_failed_due_to_regex": "said where a pattern is asked for",
    "probe_http_redirects": "said where they are followed",
    "probe_dns_lookup_time_seconds": "said where a name was resolved",
}
"""What the exporter says and we do not everywhere, and why not."""
UNREACHED = {"probe_ip_protocol": "said of an address that answered"}
MANY_SERVERS = {"probe_ip_protocol": "several servers are asked, each by its own address"}


async def both(
    runner: Runner, exporter: Server, module: str, target: str, probe: Probe, but: Mapping[str, str] | None = None
) -> tuple[Series, Series]:
    """Both pages. We have each name that they have a value for, and what both have is equal, but for what measures time.

    ``but`` and ``UNSAID`` explain every exception. A zero of theirs may stand for what was never seen: there we say nothing.
    """
    other, outcome = await asyncio.gather(theirs(exporter, module, target), runner.look(probe, 5))
    mine = ours(probe, outcome)
    measured = re.compile(r"duration_seconds|lookup_time|timeout")
    shared = {name for name in mine.keys() & other.keys() if not measured.search(name)} - set(but or ())
    assert {name: mine[name] for name in shared} == {name: other[name] for name in shared}, outcome
    seen = {_metric(name) for name, value in other.items() if value} - {_metric(name) for name in mine}
    down = UNREACHED if outcome.finding.state is State.DOWN else {}
    assert seen <= UNSAID.keys() | down.keys() | set(but or ()), outcome
    return mine, other


def _metric(name: str) -> str:
    return name.partition("{")[0]


@asynccontextmanager
async def node(authority: Authority, leaf: str = "good") -> AsyncIterator[int]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    bundle = authority.folder / f"{leaf}.blackbox"
    bundle.write_bytes((authority.folder / f"{leaf}.pem").read_bytes() + (authority.folder / f"{leaf}.chain").read_bytes())
    tls.load_cert_chain(bundle)
    async with serving(Node("n1").serve, tls) as port:
        yield port


HTTP = {
    "probe_success",
    "probe_http_status_code",
    "probe_http_ssl",
    "probe_http_version",
    "probe_http_content_length",
    "probe_http_uncompressed_body_length",
    "probe_failed_due_to_regex",
    "probe_ip_protocol",
}
TLS = {"probe_ssl_earliest_cert_expiry", 'probe_tls_version_info{version="TLS 1.3"}'}


@pytest.mark.parametrize(
    ("path", "success", "more"),
    [
        ("/health", 1, {"probe_http_last_modified_timestamp_seconds"}),
        ("/none", 0, set()),
        ("/hop", 0, set()),
        ("/auth", 0, set()),
    ],
)
@pytest.mark.parametrize("leaf", ["good", "lateinter"])
async def test_http_is_told_alike(
    path: str, success: int, more: set[str], leaf: str, runner: Runner, exporter: Server, authority: Authority
) -> None:
    ca = str(authority.folder / "ca.pem")
    async with node(authority, leaf) as port:
        url = f"https://localhost:{port}{path}"
        mine, other = await both(runner, exporter, "http", url, Instance(url, ca_file=ca, contains=""))
    assert mine["probe_success"] == success
    assert (HTTP | TLS | more) - {"probe_failed_due_to_regex"} <= mine.keys() & other.keys(), (mine, other)
    phases = {
        f'probe_http_duration_seconds{{phase="{phase}"}}' for phase in ("resolve", "connect", "tls", "processing", "transfer")
    }
    assert phases <= mine.keys() & other.keys()


async def test_plain_http_and_an_unwanted_text_are_told_alike(runner: Runner, exporter: Server) -> None:
    async with serving(Node("n1").serve) as port:
        url = f"http://localhost:{port}/health"
        mine, _ = await both(runner, exporter, "http", url, Instance(url))
        assert (mine["probe_success"], mine["probe_http_ssl"]) == (1, 0)
        mine, _ = await both(runner, exporter, "matches", url, Instance(url, matches="nothing like it"))
        assert (mine["probe_success"], mine["probe_failed_due_to_regex"]) == (0, 1)
    mine, _ = await both(runner, exporter, "http", url, Instance(url))  # nobody there any more
    assert mine["probe_success"] == 0


async def test_a_compressed_body_is_told_alike(runner: Runner, exporter: Server) -> None:
    async with serving(Node("n1").serve) as port:
        url = f"http://localhost:{port}/gzip"
        mine, other = await both(runner, exporter, "unzips", url, Instance(url, compression="gzip", contains="from inside"))
    assert mine["probe_http_uncompressed_body_length"] == len("hello from inside")
    assert {"probe_http_uncompressed_body_length", "probe_http_content_length"} <= other.keys()


async def test_an_address_of_version_6_is_told_alike(runner: Runner, exporter: Server) -> None:
    server = await asyncio.start_server(Node("n1").serve, "::1", 0)
    async with server:
        url = f"http://[::1]:{server.sockets[0].getsockname()[1]}/health"
        mine, _ = await both(runner, exporter, "http", url, Instance(url))
    assert (mine["probe_success"], mine["probe_ip_protocol"]) == (1, 6)


async def test_redirects_that_are_followed_are_told_alike(runner: Runner, exporter: Server, authority: Authority) -> None:
    ca = str(authority.folder / "ca.pem")
    async with node(authority) as port:
        url = f"https://localhost:{port}/hop"
        journey = Journey((Step("hop", url, follow_redirects=True, contains="UP"),), ca_file=ca)
        told = ("probe_http_duration_seconds", "probe_http_last_modified_timestamp_seconds", "probe_ip_protocol")
        steps = dict.fromkeys(told, "a journey has several answers, and phases by step")
        mine, _ = await both(runner, exporter, "follows", url, journey, steps)
        assert (mine["probe_http_redirects"], mine["probe_http_status_code"], mine["probe_success"]) == (1, 200, 1)


@pytest.mark.parametrize("leaf", ["good", "lateinter", "rsa", "expired", "wronghost", "nochain", "selfsigned"])
async def test_certificates_are_told_alike(leaf: str, runner: Runner, exporter: Server, authority: Authority) -> None:
    """A refused one has its expiry with us only: blackbox says nothing of it, for want of a handshake."""
    ca = str(authority.folder / "ca.pem")
    async with node(authority, leaf) as port:
        target, probe = f"localhost:{port}", Certificate("localhost", port, ca_file=ca, revocation=False)
        mine, other = await both(runner, exporter, "tls", target, probe)
        for kind in (Tcp("localhost", port, tls=True, ca_file=ca), Instance(f"https://localhost:{port}/health", ca_file=ca)):
            mine_too, _ = await both(runner, exporter, "tls", target, kind)
            assert mine_too["probe_success"] == mine["probe_success"]
    good = leaf in ("good", "lateinter", "rsa")
    assert mine["probe_success"] == good
    assert mine["probe_ssl_earliest_cert_expiry"] > 0
    if good:
        assert TLS | {"probe_ssl_last_chain_expiry_timestamp_seconds"} <= mine.keys() & other.keys()


async def test_ports_are_told_alike(runner: Runner, exporter: Server) -> None:
    async with serving(silent) as port:
        mine, _ = await both(runner, exporter, "tcp", f"127.0.0.1:{port}", Tcp("127.0.0.1", port))
        assert mine["probe_success"] == 1
    mine, _ = await both(runner, exporter, "tcp", f"127.0.0.1:{port}", Tcp("127.0.0.1", port))
    assert mine["probe_success"] == 0


async def test_zones_are_told_alike(runner: Runner, exporter: Server, tmp_path: Path) -> None:
    server = await asyncio.to_thread(_knot, tmp_path / "k", tenant(2026112401))
    try:
        target = f"127.0.0.1:{server.port}"
        mine, other = await both(runner, exporter, "soa", target, Dns((target,), "tenant.example"), MANY_SERVERS)
        told = {"probe_dns_answer_rrs", "probe_dns_authority_rrs", "probe_dns_query_succeeded", "probe_dns_serial"}
        assert told <= mine.keys() & other.keys()
        assert mine["probe_dns_serial"] == 2026112401
        mine, _ = await both(
            runner,
            exporter,
            "none",
            target,
            Dns((target,), "nope.tenant.example", "A"),
            {"probe_dns_query_succeeded": "a name that is not there is an answer", **MANY_SERVERS},
        )
        assert mine["probe_success"] == 0
    finally:
        await asyncio.to_thread(server.stop)

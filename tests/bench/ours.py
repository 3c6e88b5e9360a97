"""Ours: the configuration for the same looks, and the command line that runs it."""

from __future__ import annotations

import shlex
from pathlib import Path
from urllib.parse import urlsplit

from peer import free_port
from targets import Targets

A_SITE = 50
"""Checks a site: what a larger customer has."""


def command(template: str, folder: Path, urls: list[str], every_s: int, at: Targets, a_site: int = A_SITE) -> list[str]:
    """Write the configuration into ``folder``; the command line, with ``DIR`` in ``template`` replaced by it.

    Each site, of a customer of its own, has ``a_site`` checks.
    """
    canaries = ", ".join(f'"127.0.0.1:{at.ports[kind]}"' for kind in ("hanging", "slow"))
    service = SERVICE.format(data=folder / "data", port=free_port(), canaries=canaries)
    sites = folder / "sites"
    sites.mkdir(parents=True)
    (folder / "threenines.yaml").write_text(service)
    for number, begin in enumerate(range(0, len(urls), a_site)):
        (sites / f"site-{number}.yaml").write_text(_site(number, urls[begin : begin + a_site], every_s, at.ca_file))
    return [part.replace("DIR", str(folder)) for part in shlex.split(template)]


def port(folder: Path) -> int:
    """The operator port of the configuration in ``folder``."""
    return int((folder / "threenines.yaml").read_text().partition('bind: "127.0.0.1:')[2].partition('"')[0])


SERVICE = """\
provider: {{name: Bench}}
data: {data}
operator: {{bind: "127.0.0.1:{port}"}}
vantages: {{main: {{canaries: [{canaries}]}}}}
"""


def _site(number: int, urls: list[str], every_s: int, ca_file: Path) -> str:
    """A site of one component with a check for each of ``urls``."""
    trust = f", ca_file: {ca_file}" if urls[0].startswith("https:") else ""
    pace = f"interval: {every_s}s, deadline: {every_s - 1}s, repeat: 1s"
    checks = (f"  - {{id: check-{place}, component: node, {_fields(url)}, {pace}{trust}}}\n" for place, url in enumerate(urls))
    whose = f"customer: {{id: c-{number}, name: Customer {number}}}\ncontacts: [{{name: Ada, email: ada@c-{number}.example}}]\n"
    head = f"id: site-{number}\nname: Site {number}\n{whose}components:\n  - {{id: node, name: Node, kind: instance}}\nchecks:\n"
    return head + "".join(checks)


def _fields(url: str) -> str:
    """What the check of one address says."""
    parts = urlsplit(url)
    match parts.scheme:
        case "tcp":
            return f"kind: tcp, host: {parts.hostname}, port: {parts.port}"
        case "dns":
            return f'kind: dns, servers: ["{parts.netloc}"], name: bench.example, type: SOA'
    return f'kind: instance, url: "{url}"'

"""HAProxy with a TLS and a plain virtual address before two real nodes that can be made ill, frozen and killed."""

from __future__ import annotations

import json
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from servers import Server, free_port, needed, started

CONFIG = """\
global
  maxconn 200
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
frontend vip
  bind 127.0.0.1:{tls} ssl crt {certificate} alpn h2,http/1.1
  bind 127.0.0.1:{plain}
  default_backend nodes
backend nodes
  option httpchk GET /health
  http-check expect status 200
  default-server inter 200ms fall 2 rise 2
  server n1 127.0.0.1:{nodes[0]} check
  server n2 127.0.0.1:{nodes[1]} check
"""


@dataclass
class Balancer:
    """The running balancer, its nodes, and its two ports."""

    proxy: Server
    nodes: list[Server]
    tls: int
    plain: int

    def status(self) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.plain}/health", timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def turn(self, node: int) -> None:
        """Make a node ill, or well again."""
        urllib.request.urlopen(f"http://127.0.0.1:{self.nodes[node].port}/maint", timeout=5).close()

    def until(self, status: int) -> None:
        """Wait until the balancer has noticed."""
        end = time.monotonic() + 15
        while self.status() != status:
            assert time.monotonic() < end, f"the balancer never said {status}"
            time.sleep(0.05)

    def without(self, node: int) -> None:
        """Wait until the balancer has noticed that a node is gone: six answers in a row are the other's."""
        other, seen, end = f"n{2 - node}", 0, time.monotonic() + 20
        while seen < 6:
            assert time.monotonic() < end, f"the balancer never took node {node} out"
            seen = seen + 1 if self._answered_by() == other else 0

    def whole(self) -> None:
        """Wait until both nodes answer in turn."""
        end, seen = time.monotonic() + 20, [""]
        while set(seen[-2:]) != {"n1", "n2"}:
            assert time.monotonic() < end, "the balancer never took both nodes back"
            seen.append(self._answered_by())

    def _answered_by(self) -> str:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.plain}/health", timeout=2) as answer:
                return str(json.loads(answer.read())["node"])
        except OSError:
            time.sleep(0.05)
            return ""

    def stop(self) -> None:
        for server in (self.proxy, *self.nodes):
            server.stop()


def node(folder: Path, port: int, name: str) -> Server:
    return started([sys.executable, str(Path(__file__).with_name("node_server.py")), str(port), name], port, folder)


def balancer(folder: Path, pki: Path) -> Balancer:
    program = needed("haproxy")
    ports = [free_port(), free_port()]
    nodes = [node(folder, port, f"n{number}") for number, port in enumerate(ports, 1)]
    tls, plain = free_port(), free_port()
    config = folder / "haproxy.cfg"
    config.write_text(CONFIG.format(tls=tls, plain=plain, certificate=pki / "good.pem", nodes=ports))
    made = Balancer(started([program, "-db", "-f", str(config)], tls, folder), nodes, tls, plain)
    made.until(200)
    return made

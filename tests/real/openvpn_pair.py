"""An OpenVPN server and its client with a real TLS tunnel between two namespaces; both have a management socket."""

from __future__ import annotations

import sys
from pathlib import Path

from namespaces import LISTENER, Wire, until
from servers import Server, needed

FAR_HOST, FAR_PORT, CLIENT = "10.93.0.1", 8099, "good"
COMMON = "--dev tun --proto udp --topology subnet --persist-tun --persist-key --verb 3 --disable-dco --data-ciphers AES-128-GCM"


class OpenvpnPair:
    """The client is the near end; ``near`` and ``far`` are the paths of the management sockets."""

    def __init__(self, folder: Path, pki: Path) -> None:
        needed("openvpn")
        self.folder, self._pki, self.wire = folder, pki, Wire("ov", "203.0.113.1", "203.0.113.2")
        self.servers: list[Server] = []
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        serve = "--server 10.93.0.0 255.255.255.0 --dh none --keepalive 1 4 --port 1194 --local"
        self._daemon(self.wire.b, "far", *serve.split(), self.wire.far)
        self._daemon(self.wire.a, "near", "--client", "--nobind", "--remote", self.wire.far, "1194")
        until(lambda: "Sequence Completed" in self.log("near"), 20, "OpenVPN's tunnel")
        self.servers.append(self.wire.run(self.wire.b, [sys.executable, "-c", LISTENER, FAR_HOST], self.folder / "host.log"))

    def _daemon(self, namespace: str, name: str, *words: str) -> None:
        good = str(self._pki / "good.pem")
        keys = ["--ca", str(self._pki / "ca.pem"), "--cert", good, "--key", good]
        management = ["--management", str(self.folder / name), "unix"]
        program = [needed("openvpn"), *words, *COMMON.split(), *keys, *management]
        self.servers.append(self.wire.run(namespace, program, self.folder / f"{name}.log"))

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    @property
    def near(self) -> str:
        return str(self.folder / "near")

    @property
    def far(self) -> str:
        return str(self.folder / "far")

    @property
    def server(self) -> Server:
        return self.servers[0]

    @property
    def client(self) -> Server:
        return self.servers[1]

    def stop(self) -> None:
        for server in self.servers:
            server.stop()
        self.wire.remove()

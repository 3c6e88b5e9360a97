"""Two WireGuards in userspace (wireguard-go) with a real tunnel between two namespaces."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path

from namespaces import LISTENER, Wire, ip, until
from servers import Server, needed

FAR_HOST, FAR_PORT = "10.92.0.2", 8099
SOCKETS = Path("/var/run/wireguard")


class WireguardPair:
    """``peer`` is the far end's public key; the interfaces bear the names of the namespaces."""

    def __init__(self, folder: Path) -> None:
        needed("wireguard-go")
        self.folder, self.wire = folder, Wire("wg", "198.51.100.1", "198.51.100.2")
        self.servers: list[Server] = []
        self.keys = {name: _wg("genkey") for name in ("a", "b")}
        self.public = {name: _wg("pubkey", key) for name, key in self.keys.items()}
        self.shared = _wg("genpsk")
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        # The answering side first: else the first handshake is lost, and the next comes 5 s later.
        self._end("b", self.wire.b, FAR_HOST, "a", "10.92.0.1/32")
        self.servers.append(self.wire.run(self.wire.b, [sys.executable, "-c", LISTENER, FAR_HOST], self.folder / "host.log"))
        reach = ("endpoint", f"{self.wire.far}:51820", "persistent-keepalive", "1")
        self._end("a", self.wire.a, "10.92.0.1", "b", f"{FAR_HOST}/32", *reach)
        until(lambda: self.wg(self.wire.a, "latest-handshakes").split()[-1] != "0", 15, "WireGuard's handshake")

    def _end(self, name: str, namespace: str, address: str, other: str, allowed: str, *more: str) -> None:
        self.servers.append(self.wire.run(namespace, [needed("wireguard-go"), "-f", namespace], self.folder / f"{name}.log"))
        until(self.socket_of(namespace).is_socket, 10, f"wireguard-go of {name}")
        files = {what: self.folder / f"{name}.{what}" for what in ("key", "psk")}
        files["key"].write_text(self.keys[name])
        files["psk"].write_text(self.shared)
        peer = ("peer", self.public[other], "preshared-key", str(files["psk"]), "allowed-ips", allowed, *more)
        set_up = ("set", namespace, "listen-port", "51820", "private-key", str(files["key"]), *peer)
        ip("netns", "exec", namespace, needed("wg"), *set_up)
        ip("-n", namespace, "addr", "add", f"{address}/24", "dev", namespace)
        ip("-n", namespace, "link", "set", namespace, "up")

    def socket_of(self, namespace: str) -> Path:
        return SOCKETS / f"{namespace}.sock"

    @property
    def socket(self) -> str:
        return str(self.socket_of(self.wire.a))

    @property
    def peer(self) -> str:
        return self.public["b"]

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every key that nobody may ever read anywhere, in both spellings."""
        both = (*self.keys.values(), self.shared)
        return (*both, *(base64.b64decode(key).hex() for key in both))

    def wg(self, namespace: str, *words: str) -> str:
        """What ``wg show`` tells inside; of all interfaces if the first word is ``all``."""
        which = () if words[0] == "all" else (namespace,)
        show = [needed("ip"), "netns", "exec", namespace, needed("wg"), "show", *which, *words]
        return subprocess.run(show, check=True, capture_output=True, text=True).stdout

    def stop(self) -> None:
        for server in self.servers:
            server.stop()
        self.wire.remove()


def _wg(word: str, given: str = "") -> str:
    done = subprocess.run([needed("wg"), word], input=given, check=True, capture_output=True, text=True)
    return done.stdout.strip()

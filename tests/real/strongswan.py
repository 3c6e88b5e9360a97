"""Two strongSwans with a real IKEv2 and ESP tunnel between them, without ESP in the kernel: kernel-libipsec over /dev/net/tun."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from namespaces import LISTENER, Wire, ip, until
from servers import Server, needed

CONNECTION, CHILD, FAR_HOST, FAR_PORT, INNER = "hq", "lan", "10.91.2.1", 8099, "10.91.1.1"
SECRET = "canary-secret"
DAEMON = """charon-systemd {{
  load = random nonce aes sha1 sha2 hmac kdf gmp x509 pubkey pkcs1 pkcs8 pem socket-default kernel-libipsec kernel-netlink vici
  plugins {{
    vici {{ socket = unix://{folder}/vici }}
    kernel-libipsec {{ allow_peer_ts = no }}
  }}
  retransmit_tries = 2
  retransmit_timeout = 1.0
  journal {{ default = -1 }}
  filelog {{ f {{ path = {folder}/charon.log
                default = 1
                flush_line = yes }} }}
}}
swanctl {{ load = pem pkcs1 pkcs8 x509 pubkey random nonce sha1 sha2 aes hmac gmp }}
"""
CONNECTIONS = """connections {{ {connection} {{
  version = 2
  local_addrs = {here}
  remote_addrs = {there}
  proposals = aes128-sha256-modp2048
  dpd_delay = 2s
  local {{ auth = psk
          id = {name}.example }}
  remote {{ auth = psk }}
  children {{ {child} {{ local_ts = {net}
                   remote_ts = {far_net}
                   esp_proposals = aes128-sha256
                   dpd_action = clear
                   start_action = none }} }}
}} }}
secrets {{ ike-1 {{ secret = "{secret}" }} }}
"""


class Strongswan:
    """A gateway at each end of a wire; behind the far one a host that accepts connections. ``vici`` is the near one's."""

    def __init__(self, folder: Path) -> None:
        for program in ("swanctl", "charon-systemd", "nft"):
            needed(program)
        self.folder, self.wire = folder, Wire("sw", "192.0.2.1", "192.0.2.2")
        self.servers: list[Server] = []
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        wire = self.wire
        ip("-n", wire.a, "addr", "add", f"{INNER}/24", "dev", "lo")
        ip("-n", wire.b, "addr", "add", f"{FAR_HOST}/24", "dev", "lo")
        # Only for the source address of what goes into the tunnel; the route itself is in strongSwan's own table.
        ip("-n", wire.a, "route", "add", "10.91.2.0/24", "dev", "wire", "src", INNER, "metric", "1000")
        wire.filter(wire.b, "add table ip wan; add chain ip wan c { type filter hook input priority 0; }")
        wire.filter(
            wire.b, f"add rule ip wan c iifname wire ip daddr {FAR_HOST} drop"
        )  # nobody on the way routes inner addresses
        self._daemon("a", wire.near, wire.far, "10.91.1.0/24", "10.91.2.0/24")
        self._daemon("b", wire.far, wire.near, "10.91.2.0/24", "10.91.1.0/24")
        self.servers.append(wire.run(wire.b, [sys.executable, "-c", LISTENER, FAR_HOST], self.folder / "host.log"))
        for name in ("a", "b"):
            until((self.folder / name / "vici").is_socket, 10, f"vici of {name}")
            self.swanctl(name, "--load-all", "--file", str(self.folder / name / "swanctl.conf"), "--noprompt")
        self.initiate()

    def _daemon(self, name: str, here: str, there: str, net: str, far_net: str) -> None:
        folder = self.folder / name
        folder.mkdir(parents=True)
        (folder / "strongswan.conf").write_text(DAEMON.format(folder=folder))
        text = CONNECTIONS.format(
            connection=CONNECTION, child=CHILD, here=here, there=there, name=name, net=net, far_net=far_net, secret=SECRET
        )
        (folder / "swanctl.conf").write_text(text)
        environment = {"STRONGSWAN_CONF": str(folder / "strongswan.conf")}
        namespace = self.wire.a if name == "a" else self.wire.b
        self.servers.append(self.wire.run(namespace, [needed("charon-systemd")], folder / "out", environment))

    def swanctl(self, name: str, *words: str) -> str:
        folder = self.folder / name
        environment = {**os.environ, "STRONGSWAN_CONF": str(folder / "strongswan.conf")}
        done = subprocess.run(
            [needed("swanctl"), *words, "--uri", f"unix://{folder}/vici"],
            capture_output=True,
            text=True,
            env=environment,
            timeout=30,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @property
    def vici(self) -> str:
        return str(self.folder / "a" / "vici")

    @property
    def near(self) -> Server:
        return self.servers[0]

    @property
    def far(self) -> Server:
        return self.servers[1]

    def initiate(self) -> None:
        self.swanctl("a", "--initiate", "--child", CHILD, "--timeout", "10")

    def delete(self) -> None:
        """The far end ends the tunnel in good order."""
        self.swanctl("b", "--terminate", "--ike", CONNECTION)

    def leak(self) -> None:
        """From now on the inner addresses are reached without the tunnel as well."""
        self.wire.filter(self.wire.b, "delete table ip wan")
        ip("-n", self.wire.b, "route", "add", "10.91.1.0/24", "via", self.wire.near)

    def deafen(self) -> None:
        """What comes out of the tunnel at the far end is dropped: packets go out, none come in."""
        self.wire.filter(self.wire.b, "add table ip deaf; add chain ip deaf c { type filter hook input priority 0; }")
        self.wire.filter(self.wire.b, "add rule ip deaf c iifname ipsec0 drop")

    def stop(self) -> None:
        for server in self.servers:
            server.stop()
        self.wire.remove()

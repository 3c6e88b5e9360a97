"""Records what real servers answer to a look, turn by turn, for the fuzzing of ``hostile.py``.

Run as a program it starts each server and makes ``recordings.json`` anew.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from mariadb import MariaDb
from pki import make_pki
from postgres import SUPERUSER, Postgres
from servers import free_port, needed, started
from slapd import BASE, PASSWORD, Slapd

from monitor.clock import monotonic, system_clock
from monitor.watch.egress import Egress
from monitor.watch.resolver import Resolver
from monitor.watch.runner import Runner
from monitor.watch.stall import Stall
from probes.kinds.database import Database
from probes.kinds.instance import Instance
from probes.kinds.ldap import Ldap
from probes.kinds.smtp import Smtp
from probes.probe import Probe, Secret, SecretRef
from sla.state import State

RECORDINGS = Path(__file__).with_name("recordings.json")
REF = SecretRef("env:PASSWORD")
PLAIN: dict[str, Any] = {"mode": "plain", "insecure_plaintext": True}
Make = Callable[[int], Probe]
Sitting = tuple[str, int, Make]
"""The name of a recording, the server's port, and the probe that looks at a port."""


class Tap:
    """Stands before a server on ``port`` and keeps what it says: one entry for each time that the client had spoken."""

    def __init__(self, port: int) -> None:
        self._to, self.turns = port, [b""]
        self._heard = False

    async def listen(self) -> int:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        return int(server.sockets[0].getsockname()[1])

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection("127.0.0.1", self._to)
        await asyncio.gather(self._pass(reader, ours, True), self._pass(theirs, writer, False), return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, from_client: bool) -> None:
        while data := await reader.read(65536):
            if from_client:
                self._heard = True
            elif self._heard:
                self.turns.append(data)
                self._heard = False
            else:
                self.turns[-1] += data
            writer.write(data)
        writer.close()


async def recorded(port: int, make: Make) -> list[str]:
    """The server's turns of one good look."""
    tap = Tap(port)
    egress = Egress(Resolver([("127.0.0.1", free_port())]), monotonic)
    runner = Runner(egress, system_clock, monotonic, Stall(monotonic), lambda ref: Secret(PASSWORD))
    egress.threads.heard(("127.0.0.1", at := await tap.listen()), True)  # no greeting: it would be recorded too
    outcome = await runner.look(make(at), 10)
    await asyncio.sleep(0.1)
    egress.close()
    assert outcome.finding.state in (State.UP, State.DEGRADED), outcome
    return [turn.hex() for turn in tap.turns]


def directory(folder: Path, pki: Path) -> Iterator[Sitting]:
    slapd = Slapd(folder / "slapd", pki)
    yield "slapd", slapd.plain, lambda port: Ldap("127.0.0.1", port, user=f"cn=probe,{BASE}", password=REF, base=BASE, **PLAIN)
    slapd.server.stop()


def postgresql(folder: Path, pki: Path) -> Iterator[Sitting]:
    """Without a password: what a challenge makes of it cannot be played back."""
    postgres = Postgres(pki)
    (postgres.folder / "primary" / "pg_hba.conf").write_text("host all all 127.0.0.1/32 trust\n")
    postgres.show("good")
    yield (
        "postgresql",
        postgres.primary_port,
        lambda port: Database("postgresql", "127.0.0.1", "postgres", SUPERUSER, REF, port, insecure_plaintext=True),
    )
    postgres.stop()


def mysql(folder: Path, pki: Path) -> Iterator[Sitting]:
    mariadb = MariaDb(pki)
    yield (
        "mariadb",
        mariadb.replica_port,
        lambda port: Database("mariadb", "127.0.0.1", "mdm", "probe", REF, port, True, role="any", lag_degraded_s=9999),
    )
    mariadb.stop()


class Mail(Controller):
    """A mail server that takes every login."""

    def factory(self) -> SMTP:
        def accept(*_: object) -> AuthResult:
            return AuthResult(success=True)

        return SMTP(self.handler, auth_require_tls=False, authenticator=accept, hostname="mail.tenant.example")


def mail(folder: Path, pki: Path) -> Iterator[Sitting]:
    sink = Mail(object(), "127.0.0.1", free_port())
    sink.start()
    yield "aiosmtpd", sink.port, lambda port: Smtp("127.0.0.1", port, user="probe", password=REF, **PLAIN)
    sink.stop()


NGINX = """daemon off; pid {folder}/pid; error_log {folder}/error; events {{}}
http {{ access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; default_type application/json; gzip on; gzip_min_length 1; gzip_types *;
server {{ listen 127.0.0.1:{port}; root {folder}/www; }} }}
"""


def web(folder: Path, pki: Path) -> Iterator[Sitting]:
    port = free_port()
    (folder / "www").mkdir(mode=0o755)
    (folder / "www" / "health").write_text('{"status": "UP", "nodes": [1, 2, 3], "version": "26.3"}\n')
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    nginx = started([needed("nginx"), "-c", str(folder / "nginx.conf")], port, folder)
    url = "http://127.0.0.1:{}/health"
    yield "nginx", port, lambda at: Instance(url.format(at), contains="UP")
    yield "nginx, gzip", port, lambda at: Instance(url.format(at), compression="gzip", contains="UP")
    nginx.stop()


def main() -> None:
    """Start each server, look once through a tap, write the file."""
    with tempfile.TemporaryDirectory(prefix="threenines-record-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        pki = make_pki(folder)
        made = {
            what: asyncio.run(recorded(port, make))
            for sitting in (directory, postgresql, mysql, mail, web)
            for what, port, make in sitting(folder, pki)
        }
    RECORDINGS.write_text(json.dumps(made, indent=1) + "\n")
    print(*(f"{name}: {len(turns)} turns" for name, turns in made.items()), sep="\n")


if __name__ == "__main__":
    main()

"""PostgreSQL for tests: a primary and a streaming replica with TLS, run by another user where we are root (it refuses root)."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import asyncpg
from servers import Server, free_port, needed, started

SUPERUSER, SUPERSECRET = "postgres", "supersecret"
USER, PASSWORD = "probe", "canary-secret"
CONF = """port={port}
listen_addresses='127.0.0.1'
unix_socket_directories=''
fsync=off
max_wal_senders=5
max_connections=20
superuser_reserved_connections=3
shared_buffers=16MB
wal_receiver_status_interval=1s
wal_retrieve_retry_interval=200ms
ssl=on
ssl_cert_file='{folder}/server.pem'
ssl_key_file='{folder}/server.pem'
"""


def program(name: str) -> str:
    """A server program: Debian keeps them beside the path."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return shutil.which(name, path=str(folders[-1])) or needed(name) if folders else needed(name)


class Postgres:
    """One primary, and one replica unless nobody asks for it, below a folder of their own."""

    def __init__(self, pki: Path, replicated: bool = True) -> None:
        programs = {name: program(name) for name in ("initdb", "postgres", "pg_basebackup")}
        self._programs, self._pki = programs, pki
        self.folder = Path(tempfile.mkdtemp(prefix="threenines-postgres-"))
        self._as: list[str] = []
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._as = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
            self._owner = (nobody.pw_uid, nobody.pw_gid)
        else:
            self._owner = (os.getuid(), os.getgid())
        os.chown(self.folder, *self._owner)
        self.primary_port, self.replica_port = free_port(), free_port()
        self.show("good")
        self.primary = self._first()
        self.replica = self._second() if replicated else None

    def _run(self, *words: str, **environment: str) -> None:
        done = subprocess.run([*self._as, *words], capture_output=True, text=True, env=self._environment() | environment)
        assert done.returncode == 0, done.stdout + done.stderr

    def _environment(self) -> dict[str, str]:
        return {"HOME": str(self.folder), "PATH": os.environ["PATH"], "LC_ALL": "C"}

    def _first(self) -> Server:
        secret = self.folder / "secret"
        secret.write_text(SUPERSECRET)
        secret.chmod(0o644)
        data = self.folder / "primary"
        options = ["-A", "scram-sha-256", "--no-sync", "-E", "UTF8", "--locale=C", "-U", SUPERUSER]
        self._run(self._programs["initdb"], "-D", str(data), *options, f"--pwfile={secret}")
        with (data / "postgresql.conf").open("a") as conf:
            conf.write(CONF.format(port=self.primary_port, folder=self.folder))
        with (data / "pg_hba.conf").open("a") as hba:
            hba.write("host replication all 127.0.0.1/32 scram-sha-256\n")
        return self.start(data, self.primary_port)

    def _second(self) -> Server:
        data = self.folder / "replica"
        source = ["-h", "127.0.0.1", "-p", str(self.primary_port), "-U", SUPERUSER, "-D", str(data)]
        options = ["-R", "-X", "stream", "-C", "-S", "replica", "-c", "fast"]
        self._run(self._programs["pg_basebackup"], *source, *options, PGPASSWORD=SUPERSECRET)
        conf = data / "postgresql.conf"
        conf.write_text(conf.read_text().replace(f"port={self.primary_port}", f"port={self.replica_port}"))
        return self.start(data, self.replica_port)

    def start(self, data: Path, port: int) -> Server:
        """Start a server and wait until it lets people in."""
        server = started([*self._as, self._programs["postgres"], "-D", str(data)], port, self.folder)
        until = time.monotonic() + 20
        ready = [program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
        while subprocess.run(ready).returncode != 0:
            assert time.monotonic() < until, (self.folder / f"log-{port}").read_text()
            time.sleep(0.05)
        return server

    def show(self, variant: str) -> None:
        """Serve another certificate from now on."""
        path = self.folder / "server.pem"
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_bytes((self._pki / f"{variant}.pem").read_bytes())
        os.chown(path, *self._owner)
        if hasattr(self, "primary"):
            self.primary.process.send_signal(signal.SIGHUP)
            time.sleep(0.3)

    async def superuser(self, port: int) -> Any:
        """A session that may do everything."""
        return await asyncpg.connect(
            host="127.0.0.1", port=port, user=SUPERUSER, password=SUPERSECRET, database="postgres", ssl=False
        )

    async def do(self, port: int, *statements: str) -> None:
        """Run statements as the superuser."""
        session = await self.superuser(port)
        for statement in statements:
            await session.execute(statement)
        await session.close()

    def stop(self) -> None:
        for server in filter(None, (self.replica, self.primary)):
            server.thaw()
            server.process.send_signal(signal.SIGQUIT)  # immediate: nothing in here is worth a checkpoint
            server.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)

"""MariaDB for tests: a source and a replica with TLS."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from servers import Server, free_port, needed, started

USER, PASSWORD = "probe", "canary-secret"


class MariaDb:
    """One source and one replica below a folder of their own; root logs in by the socket."""

    def __init__(self, pki: Path) -> None:
        self._programs = {name: needed(name) for name in ("mariadb", "mariadbd", "mariadb-install-db")}
        self._pki = pki
        self.folder = Path(tempfile.mkdtemp(prefix="threenines-mariadb-"))
        self._as = ["--user=root"] if os.geteuid() == 0 else []
        self.source_port, self.replica_port = free_port(), free_port()
        self.show("good")
        self.source = self._made("source", self.source_port, 1)
        self.replica = self._made("replica", self.replica_port, 2)
        account = (
            f"CREATE USER {USER}@'127.0.0.1' IDENTIFIED BY '{PASSWORD}' WITH MAX_USER_CONNECTIONS 3; "
            f"GRANT REPLICA MONITOR ON *.* TO {USER}@'127.0.0.1'; CREATE DATABASE IF NOT EXISTS mdm; "
            f"CREATE USER blind@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'; GRANT SELECT ON mdm.* TO blind@'127.0.0.1'; "
            f"GRANT SELECT ON mdm.* TO {USER}@'127.0.0.1'"
        )
        for name in ("source", "replica"):
            self.do(name, f"SET sql_log_bin=0; {account}")
        self.do("source", "SET sql_log_bin=0; CREATE USER follow@'127.0.0.1' IDENTIFIED BY 'follow'")
        self.do("source", "SET sql_log_bin=0; GRANT REPLICATION SLAVE ON *.* TO follow@'127.0.0.1'")
        where = f"MASTER_HOST='127.0.0.1', MASTER_PORT={self.source_port}, MASTER_USER='follow', MASTER_PASSWORD='follow'"
        self.do("replica", f"CHANGE MASTER TO {where}, MASTER_USE_GTID=slave_pos; START REPLICA")

    def _made(self, name: str, port: int, number: int) -> Server:
        data = self.folder / name
        install = [self._programs["mariadb-install-db"], "--no-defaults", f"--datadir={data}", "--skip-test-db", *self._as]
        done = subprocess.run([*install, "--auth-root-authentication-method=normal"], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return self.start(name, port, number)

    def start(self, name: str, port: int, number: int) -> Server:
        """Start a server and wait until it lets people in."""
        words = [self._programs["mariadbd"], "--no-defaults", *self._as, f"--datadir={self.folder / name}"]
        words += [f"--socket={self.folder / name}.sock", f"--port={port}", "--bind-address=127.0.0.1", f"--server-id={number}"]
        words += [f"--log-bin={self.folder / name}-bin", "--max-connections=20", "--innodb-buffer-pool-size=16M"]
        words += ["--innodb-flush-log-at-trx-commit=0", "--sync-binlog=0", "--extra-max-connections=5"]
        words += [f"--{what}={self.folder / 'server.pem'}" for what in ("ssl-cert", "ssl-key")]
        return started([*words, f"--ssl-ca={self._pki / 'ca.pem'}"], port, self.folder)

    def show(self, variant: str) -> None:
        """Serve another certificate from now on."""
        (self.folder / "server.pem").write_bytes((self._pki / f"{variant}.pem").read_bytes())
        if hasattr(self, "source"):
            self.do("source", "FLUSH SSL")

    def _client(self, name: str) -> list[str]:
        return [self._programs["mariadb"], "--no-defaults", "-uroot", "-S", f"{self.folder / name}.sock", "-NB", "-e"]

    def do(self, name: str, statements: str) -> None:
        """Run statements as root."""
        done = subprocess.run([*self._client(name), statements], capture_output=True, text=True, timeout=20)
        assert done.returncode == 0, done.stderr

    def fill(self, count: int) -> list[subprocess.Popen[bytes]]:
        """So many idle sessions: the server notices at once when they end."""
        words, silent = self._client("source")[:-1], subprocess.DEVNULL
        held = [subprocess.Popen(words, stdin=subprocess.PIPE, stdout=silent, stderr=silent) for _ in range(count)]
        time.sleep(0.7)
        return held

    def stop(self) -> None:
        for server in (self.replica, self.source):
            server.thaw()
            server.process.kill()  # nothing in here is worth a checkpoint
            server.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)

"""The product as a process of its own, on a folder with one site of TCP checks: started, killed, asked."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from monitor.store import changes
from monitor.store.engine import reader_engine
from sla.timeline import Timeline

THREENINES = str(Path(sys.executable).parent / "threenines")
MAIN = """\
provider: {{name: Example Cloud}}
data: data
operator: {{bind: "127.0.0.1:{port}"}}
"""
SITE = """\
id: acme
name: Acme
customer: {id: acme, name: Acme GmbH}
contacts: [{name: Ada, email: ada@acme.example}]
"""
COMPONENT = "  - {{id: n{no}, name: Node {no}, kind: instance}}\n"
CHECK = "  - {{id: c{no}, component: n{no}, kind: tcp, host: 127.0.0.1, port: {port}, interval: {every}, {limits}}}\n"
LIMITS = "deadline: 1s, repeat: 1s"


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def until(condition: Callable[[], Any], seconds: float = 20) -> Any:
    """What ``condition`` gives once it is true, within a bound that only a broken product reaches."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if found := condition():
                return found
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"it did not happen within {seconds} s")


class Product:
    """`threenines run` in ``folder``. ``before`` are words of the command line in front of it, ``env`` more environment."""

    def __init__(self, folder: Path, target: int, checks: int = 1, every: str = "5s") -> None:
        self.folder, self.port = folder, free_port()
        self.data = folder / "data"
        self.database = self.data / "threenines.db"
        self.process: subprocess.Popen[bytes] | None = None
        (folder / "sites").mkdir()
        (folder / "threenines.yaml").write_text(MAIN.format(port=self.port))
        components = "".join(COMPONENT.format(no=no) for no in range(checks))
        looks = "".join(CHECK.format(no=no, port=target, every=every, limits=LIMITS) for no in range(checks))
        (folder / "sites" / "acme.yaml").write_text(f"{SITE}components:\n{components}checks:\n{looks}")

    def start(self, before: Sequence[str] = (), env: Mapping[str, str] | None = None, ready: bool = True) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*before, THREENINES, "run"], cwd=self.folder, stdout=log, stderr=log, env={**os.environ, **(env or {})}
            )
        if ready:
            until(lambda: self.get("/readyz")[0] == 200, 60)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def troubles(self, path: str = "/healthz") -> tuple[int, list[str]]:
        status, body = self.get(path)
        return status, json.loads(body)["troubles"]

    def metric(self, name: str) -> float:
        lines = self.get("/metrics")[1].splitlines()
        return next(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name))

    def stored(self) -> float:
        return self.metric("threenines_results_stored_total")

    def ask(self, question: str) -> list[Any]:
        """Rows of the database; may be asked while the product runs."""
        engine = reader_engine(self.database)
        try:
            with engine.begin() as connection:
                return [tuple(row) for row in connection.exec_driver_sql(question)]
        finally:
            engine.dispose()

    def timeline(self, stream: tuple[int, int] = (1, 1)) -> Timeline:
        engine = reader_engine(self.database)
        try:
            with engine.begin() as connection:
                return changes.timeline(connection, stream)
        finally:
            engine.dispose()

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self, seconds: float = 15) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

"""Signs of life pushed to the real service by the documented line of curl, through kills and silence."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from servers import free_port, needed, started

from monitor.store import beats
from monitor.store.beats import Beat, digest_of
from monitor.store.engine import reader_engine
from probes.kinds import heartbeat
from sla.texts import instant_text

pytestmark = pytest.mark.real

THREENINES = str(Path(sys.executable).parent / "threenines")
TOKEN = "canary-secret-0123456789abcdef"
MAIN = """\
provider: {{name: Example Cloud}}
operator: {{bind: "127.0.0.1:{operator}"}}
gateway: {{bind: "127.0.0.1:{gateway}"{more}}}
"""
PROXY = """\
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
frontend beats
  bind 127.0.0.1:{port} ssl crt {certificate}
  default_backend gateway
backend gateway
  server gateway 127.0.0.1:{gateway}
"""
SITE = """\
id: acme
name: Acme
customer: {id: acme, name: Acme GmbH}
contacts: [{name: Ada, email: ada@acme.example}]
components: [{id: backup, name: Backup, kind: other}]
checks:
  - {id: backup, component: backup, kind: heartbeat, source: {push: "env:BEAT"}, every: 10s, grace: 10s, interval: 3s,
     deadline: 1s, repeat: 1s, confirm_failures: 1, confirm_successes: 1}
"""
DOCUMENTED = re.search(r"`(curl .*beat/TOKEN)`", heartbeat.__doc__ or "")


def until(condition: Callable[[], Any], seconds: float = 40) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if found := condition():
                return found
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"it did not happen within {seconds} s")


class Service:
    """`threenines run` on one site with one heartbeat."""

    def __init__(self, folder: Path, more: str = "") -> None:
        """``more`` is what else the main file says of the gateway."""
        self.folder, self.operator, self.gateway = folder, free_port(), free_port()
        (folder / "sites").mkdir()
        (folder / "threenines.yaml").write_text(MAIN.format(operator=self.operator, gateway=self.gateway, more=more))
        (folder / "sites" / "acme.yaml").write_text(SITE)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {**os.environ, "BEAT": TOKEN}
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([THREENINES, "run"], cwd=self.folder, stdout=log, stderr=log, env=environment)
        until(lambda: self.get("/readyz"))

    def kill(self, how: int = signal.SIGKILL) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(20)

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.operator}{path}", timeout=10) as answer:
            return str(answer.read().decode())

    def state(self) -> str:
        """The component's state as the series tell it."""
        lines = self.get("/metrics").splitlines()
        found = [line for line in lines if line.startswith("threenines_component_state") and line.endswith(" 1")]
        return found[0].partition('state="')[2].partition('"')[0] if found else ""

    def push(self, word: str = "") -> str:
        """The stamp of a sign that was kept."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.gateway}/beat/{TOKEN}{word}", method="POST")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return str(answer.read().decode().split()[1])

    def curl(self, more: str = "") -> subprocess.CompletedProcess[str]:
        """The line of the docs, word by word, at this gateway."""
        assert DOCUMENTED is not None
        line = DOCUMENTED[1].replace("https://beats.provider.example", f"http://127.0.0.1:{self.gateway}")
        words = shlex.split(line.replace("TOKEN", TOKEN + more))
        return subprocess.run([needed(words[0]), *words[1:]], capture_output=True, text=True, timeout=60)

    def kept(self) -> Beat:
        engine = reader_engine(self.folder / "data" / "threenines.db")
        try:
            with engine.begin() as connection:
                found = beats.find(connection, digest_of(TOKEN))
        finally:
            engine.dispose()
        assert found is not None
        return found


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path)
    made.start()
    yield made
    made.kill()


@pytest.mark.timeout(200)
def test_a_sender_is_up_while_it_reports_and_down_when_it_fails_or_falls_silent(service: Service) -> None:
    assert service.state() in ("", "unknown")
    done = service.curl()
    assert (done.returncode, done.stdout[:5]) == (0, "kept "), done
    until(lambda: service.state() == "up")
    assert service.curl("/3").returncode == 0
    until(lambda: service.state() == "down")
    until(lambda: service.curl("/0").returncode == 0)
    until(lambda: service.state() == "up")
    until(lambda: service.state() == "down", 60)  # nobody says anything any more, and we listened all the time
    assert TOKEN not in (service.folder / "log").read_text()
    assert TOKEN not in service.get("/metrics") + service.get("/")


@pytest.mark.timeout(200)
def test_what_was_acknowledged_is_there_after_a_kill_at_once(service: Service) -> None:
    for word in ("/start", "/fail", "", "/start"):
        stamp = service.push(word)
        service.kill()
        beat = service.kept()
        stood = {"/start": beat.started_at, "/fail": beat.failed_at, "": beat.good_at}
        assert instant_text(stood[word] or 0) == stamp, (word, beat)
        service.start()


def states(service: Service, seconds: float) -> set[str]:
    """All states that are told for so long."""
    seen, end = set(), time.monotonic() + seconds
    while time.monotonic() < end:
        seen.add(service.state())
        time.sleep(0.2)
    return seen


@pytest.mark.timeout(200)
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_our_own_absence_is_never_the_senders_silence(how: signal.Signals, service: Service) -> None:
    """Killed, or asleep: the sender would have reported, had we been there."""
    service.push()
    until(lambda: service.state() == "up")
    assert service.process is not None
    service.process.send_signal(how)
    time.sleep(24)
    if how is signal.SIGKILL:
        service.process.wait(20)
        service.start()
    else:
        service.process.send_signal(signal.SIGCONT)
    assert "down" not in states(service, 10)
    assert service.state() == "unknown"
    service.push()
    until(lambda: service.state() == "up")


@pytest.mark.timeout(200)
def test_a_way_in_that_is_closed_is_no_senders_silence(tmp_path: Path, pki: Path) -> None:
    """Senders come through a proxy. It dies: they go on reporting, and we cannot hear them."""
    port, folder = free_port(), tmp_path / "proxy"
    folder.mkdir()
    more = f', behind_proxy: true, url: "https://localhost:{port}", ca_file: {pki / "ca.pem"}'
    service = Service(tmp_path, more)
    config = folder / "haproxy.cfg"
    config.write_text(PROXY.format(port=port, certificate=pki / "good.pem", gateway=service.gateway))
    proxy = started([needed("haproxy"), "-db", "-f", str(config)], port, folder)
    try:
        service.start()
        service.push()
        until(lambda: service.state() == "up")
        time.sleep(12)  # two knocks, so that a span of listening has begun
        service.push()
        proxy.process.kill()
        proxy.process.wait()
        seen = states(service, 28)
        assert "down" not in seen, seen
        assert "unknown" in seen
        assert "gateway_deaf" in (service.folder / "log").read_text()
        proxy = started([needed("haproxy"), "-db", "-f", str(config)], port, folder)
        service.push()
        until(lambda: service.state() == "up")
        until(lambda: service.state() == "down", 60)  # now we listen all the time, and nobody says anything
    finally:
        service.kill()
        proxy.stop()

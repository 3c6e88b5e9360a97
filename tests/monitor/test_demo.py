"""The demo and the service as a new user starts them: real processes, real signals."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

THREENINES = str(Path(sys.executable).parent / "threenines")


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


@pytest.fixture
def own_tmp() -> str:
    with tempfile.TemporaryDirectory() as folder:
        yield folder


@pytest.mark.real
def test_the_demo_shows_measured_states_and_ctrl_c_leaves_nothing_behind(own_tmp: str) -> None:
    environment = {**os.environ, "TMPDIR": own_tmp}
    demo = subprocess.Popen([THREENINES, "demo", "--json"], stdout=subprocess.PIPE, text=True, env=environment)
    try:
        said = []
        for line in demo.stdout or ():
            said.append(json.loads(line))
            if "measured" in said[-1]["text"] and "component" in said[-1]["text"]:
                break
        addresses = {event["text"].split("  ")[0]: event["text"].rsplit(" ", 1)[1] for event in said if "http" in event["text"]}
        assert said[0]["after_s"] <= 10
        assert said[-1]["text"] == "every component has been measured"
        assert said[-1]["after_s"] <= 20
        page = get(addresses["page of Acme Corporation"])
        public = get(addresses["public status page"])
        metrics = get(addresses["metrics"])
        assert "Nothing leaves this machine" in get(addresses["mails of everybody"])
        assert "simulated" in page
        assert "Globex" not in page
        assert "acme" not in public.lower()
        assert 'probe_success{job="threenines",instance="acme/node-1"' in metrics
        children = psutil.Process(demo.pid).children(recursive=True)
        demo.send_signal(signal.SIGINT)
        assert demo.wait(10) == 0
        assert not any(child.is_running() for child in children)
        assert os.listdir(own_tmp) == []
    finally:
        demo.kill()
        demo.wait()


CONFIG = """\
provider: {{name: Example Cloud}}
data: data
operator: {{bind: "127.0.0.1:{port}"}}
vantages: {{main: {{}}}}
"""
SITE = """\
id: acme
name: Acme
customer: {{id: acme, name: Acme GmbH}}
contacts: [{{name: Ada, email: ada@acme.example}}]
components: [{{id: node, name: Node, kind: instance}}]
checks:
  - {{id: node, component: node, kind: tcp, host: 127.0.0.1, port: {target}, interval: 5s, deadline: 1s, repeat: 1s}}
"""


def metric(text: str, name: str) -> float:
    return next(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name))


def until(condition: object, seconds: float = 20) -> None:
    """Wait for ``condition`` with a bound that only a broken service reaches."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():  # type: ignore[operator]
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError("it did not happen")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    from monitor.demo import free_port

    operator = free_port(0)
    (tmp_path / "sites").mkdir()
    (tmp_path / "threenines.yaml").write_text(CONFIG.format(port=operator))
    (tmp_path / "sites" / "acme.yaml").write_text(SITE.format(target=operator))
    (tmp_path / "port").write_text(str(operator))
    return tmp_path


def start(folder: Path) -> tuple[subprocess.Popen[str], str]:
    service = subprocess.Popen([THREENINES, "run"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    base = f"http://127.0.0.1:{(folder / 'port').read_text()}"
    until(lambda: '"ready": true' in get(f"{base}/readyz"))
    return service, base


@pytest.mark.real
def test_a_bad_reload_keeps_the_old_configuration_and_a_good_one_is_taken(folder: Path) -> None:
    service, base = start(folder)
    site = folder / "sites" / "acme.yaml"
    good = site.read_text()
    try:
        until(lambda: metric(get(f"{base}/metrics"), "threenines_results_stored_total") >= 1)
        site.write_text(good.replace("kind: tcp", "kind: tpc"))
        service.send_signal(signal.SIGHUP)
        until(lambda: metric(get(f"{base}/metrics"), "threenines_config_last_reload_successful") == 0)
        assert "acme/node" in get(f"{base}/metrics")
        site.write_text(good.replace("id: node,", "id: server,").replace("component: node", "component: server"))
        service.send_signal(signal.SIGHUP)
        until(lambda: 'instance="acme/server"' in get(f"{base}/metrics"))
        assert 'instance="acme/node"' not in get(f"{base}/metrics")
        service.send_signal(signal.SIGTERM)
        assert service.wait(10) == 0
    finally:
        service.kill()
        service.wait()


@pytest.mark.real
def test_a_second_service_on_the_same_data_leaves_with_69_and_names_the_first(folder: Path) -> None:
    service, _ = start(folder)
    try:
        second = subprocess.run([THREENINES, "run"], cwd=folder, capture_output=True, text=True, timeout=30)
        assert second.returncode == 69
        assert str(service.pid) in second.stderr
        assert "Traceback" not in second.stderr
    finally:
        service.kill()
        service.wait()


@pytest.mark.real
def test_a_killed_service_starts_again_and_goes_on_where_it_was(folder: Path) -> None:
    service, base = start(folder)
    until(lambda: metric(get(f"{base}/metrics"), "threenines_results_stored_total") >= 2)
    service.kill()
    service.wait()
    service, base = start(folder)
    try:
        until(
            lambda: (
                'threenines_component_state{customer="acme",site="acme",component="node",kind="instance",state="up"} 1'
                in get(f"{base}/metrics")
            )
        )
    finally:
        service.kill()
        service.wait()

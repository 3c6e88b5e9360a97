"""The gateway is there if somebody pushes, and we know the way in that senders take."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.config.configuration import Gateway, Listener
from monitor.config.load import ConfigurationErrors, load

SITE = """\
id: acme
name: Acme
components: [{id: backup, kind: other}]
checks: [{id: backup, component: backup, kind: heartbeat, source: {push: "env:BEAT"}, every: 24h, grace: 1h}]
"""


def loaded(folder: Path, gateway: str, site: str = SITE) -> Gateway | None:
    (folder / "sites").mkdir(exist_ok=True)
    (folder / "sites" / "acme.yaml").write_text(site)
    (folder / "threenines.yaml").write_text(f"provider: {{name: Cloud}}\n{gateway}\n")
    return load(folder / "threenines.yaml", {"BEAT": "canary-secret"}).gateway


def test_a_gateway_is_where_it_listens_and_how_senders_know_it(tmp_path: Path) -> None:
    assert loaded(tmp_path, 'gateway: {bind: "127.0.0.1:8092"}') == Gateway(Listener("127.0.0.1", 8092))
    proxied = 'gateway: {bind: "0.0.0.0:8092", behind_proxy: true, url: "https://beats.example", ca_file: /etc/ca.pem}'
    assert loaded(tmp_path, proxied) == Gateway(Listener("0.0.0.0", 8092, True), "https://beats.example", "/etc/ca.pem")


@pytest.mark.parametrize(
    ("gateway", "words"),
    [
        ("", "gateway: is missing, acme/backup waits for what is pushed to it; expected e.g. bind: 127.0.0.1:8092"),
        ('gateway: {bind: "0.0.0.0:8092"}', "gateway.bind: 0.0.0.0 needs behind_proxy: true"),
        ('gateway: {bind: "127.0.0.1:8092", behind_proxy: true}', "gateway.url: is missing: behind a proxy we knock at it"),
        ('gateway: {bind: "127.0.0.1:8092", uri: x}', 'gateway.uri: unknown key, got "uri"'),
    ],
)
def test_what_is_missing_is_said(gateway: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationErrors) as errors:
        loaded(tmp_path, gateway)
    assert words in str(errors.value)
    assert "canary-secret" not in str(errors.value)


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ("every: 86400", 'checks[0].every: needs a unit, got 86400, expected e.g. "30s"'),
        ("every: 5s", "checks[0].every: must be at least 10s"),
        ("max_run: soon", "checks[0].max_run: not a duration"),
        ("source: {push: canary-secret}", "checks[0].source.push: secrets are references"),
        ("source: {agent: one}", "checks[0].source.agent: unknown key"),
    ],
)
def test_a_mistake_in_a_heartbeat_is_said_at_its_place(check: str, words: str, tmp_path: Path) -> None:
    key = check.partition(":")[0]
    given = {"source": 'source: {push: "env:BEAT"}', "every": "every: 24h", key: check}
    site = SITE.replace('source: {push: "env:BEAT"}, every: 24h', ", ".join(given.values()))
    with pytest.raises(ConfigurationErrors) as errors:
        loaded(tmp_path, 'gateway: {bind: "127.0.0.1:8092"}', site)
    assert words in str(errors.value)
    assert "canary-secret" not in str(errors.value)

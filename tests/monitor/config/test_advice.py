"""A component that counts and is only pinged is advised about, by `config check` as well; it is no mistake."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from monitor.config.advice import advice
from monitor.config.load import load

MAIN = 'provider: {name: P}\noperator: {bind: "127.0.0.1:8490"}\nvantages: {main: {}}\n'
SITE = """\
id: acme
name: Acme
customer: {id: acme, name: Acme GmbH}
contacts: [{name: Ada, email: ada@acme.example}]
components: [{id: a, kind: instance}, {id: b, kind: instance}]
checks:
  - {id: ping, component: a, kind: icmp, host: 192.0.2.1}
  - {id: port, component: b, kind: tcp, host: 192.0.2.1, port: 22}
"""
SAID = "site acme: component a counts and has no check but icmp, which proves no service: add another"


def written(folder: Path, more: str) -> Path:
    (folder / "sites").mkdir()
    (folder / "sites" / "acme.yaml").write_text(SITE + more)
    (folder / "threenines.yaml").write_text(MAIN)
    return folder / "threenines.yaml"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("", (SAID,)),
        ("  - {id: more, component: a, kind: tcp, host: 192.0.2.1, port: 22}\n", ()),
        ("composition: b\n", ()),  # a is informational then
    ],
)
def test_only_what_counts_and_has_no_other_check_is_advised_about(more: str, said: tuple[str, ...], tmp_path: Path) -> None:
    assert advice(load(written(tmp_path, more), {})) == said


def test_config_check_says_it_and_is_content(tmp_path: Path) -> None:
    threenines = str(Path(sys.executable).parent / "threenines")
    done = subprocess.run([threenines, "config", "check", str(written(tmp_path, ""))], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"advice: {SAID}\n")

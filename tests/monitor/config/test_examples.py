"""The examples of the manual load, and the commands say what they promise."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli.config import app
from monitor.config.jsonschema import schema
from monitor.config.load import load
from probes.registry import kinds
from sla.responsibility import Party

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
MAIN = EXAMPLES / "threenines.yaml"
SECRETS = {"ACME_LDAP": "not empty", "ACME_DB": "not empty", "ACME_BEAT": "not empty", "MAIL_PASSWORD": "not empty"}


def test_the_example_is_a_whole_site() -> None:
    configuration = load(MAIN, SECRETS)
    (site,) = configuration.sites
    owners = {component.key: component.managed_by for component in site.components}
    assert owners["directory"] is owners["vpn-far"] is owners["gateway"] is Party.CUSTOMER
    assert owners["database"] is owners["certificate"] is owners["connector"] is Party.PROVIDER
    assert {check.probe.kind for check in site.checks} == {
        *("instance", "tcp", "dns", "certificate", "ldap", "database"),
        *("vpn", "icmp", "load_balancer", "licensing", "heartbeat"),
    }
    assert site.contacts[0].email == "ada@acme.example"


def test_check_is_silent_on_a_good_configuration() -> None:
    result = CliRunner().invoke(app, ["check", str(MAIN)], env=SECRETS)
    assert (result.exit_code, result.output) == (0, "")


def test_check_says_mistakes_on_stderr_and_leaves_with_78(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES, tmp_path / "x")
    site = tmp_path / "x" / "sites" / "acme.yaml"
    site.write_text(site.read_text().replace("interval: 1h", "intervall: 1h"))
    result = CliRunner().invoke(app, ["check", str(tmp_path / "x" / "threenines.yaml")], env=SECRETS)
    assert (result.exit_code, result.stdout) == (78, "")
    assert result.stderr.endswith('did you mean "interval"?\n')


def test_show_is_one_json_document_with_defaults() -> None:
    result = CliRunner().invoke(app, ["show", str(MAIN)], env=SECRETS)
    shown = json.loads(result.stdout)
    check = next(check for check in shown["sites"][0]["checks"] if check["key"] == "database")
    assert (check["probe"]["kind"], check["every_ms"], check["probe"]["min_replicas"]) == ("database", 60_000, 1)
    assert check["probe"]["password"] == "env:ACME_DB"


@pytest.mark.parametrize("words", [["schema"], ["schema", "--site"]])
def test_the_schema_is_printed(words: list[str]) -> None:
    printed = json.loads(CliRunner().invoke(app, words).stdout)
    assert printed == json.loads(json.dumps(schema(kinds(), site="--site" in words)))
    assert printed["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert printed["additionalProperties"] is False


def test_the_schema_of_a_site_knows_the_fields_of_every_kind() -> None:
    definitions = schema(kinds(), site=True)["$defs"]
    assert definitions["Check_tcp"]["required"] == ["id", "component", "kind", "host", "port"]
    assert "from" in definitions["Check_dns"]["properties"]

"""Alert and recording rules: valid, tested one by one, each with its page; the examples are accepted by their programs."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from files import GRAFANA, ROOT, RULES, alerts, rules
from ruamel.yaml import YAML
from servers import needed

HERE = Path(__file__).parent
UNIT_TESTS = (HERE / "alerts.yaml", HERE / "burn.yaml")
SECTIONS = ("**Meaning.**", "**Impact.**", "**Look.**", "**Do.**", "**Resolves**")


def told(*command: str, cwd: Path = ROOT) -> str:
    done = subprocess.run([needed(command[0]), *command[1:]], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_rules_are_valid() -> None:
    told("promtool", "check", "rules", *map(str, RULES), str(HERE / "blackbox.yaml"))


def test_every_alert_fires_in_its_fault_and_only_then() -> None:
    told("promtool", "test", "rules", *map(str, UNIT_TESTS))


def test_every_alert_has_a_test_in_which_it_is_silent_before_and_after() -> None:
    seen: dict[str, list[int]] = {}
    for path in UNIT_TESTS:
        for one in YAML(typ="safe").load(path)["tests"]:
            for question in one["promql_expr_test"]:
                if found := re.search(r'alertname="(\w+)"', question["expr"]):
                    seen.setdefault(found[1], []).append(len(question["exp_samples"]))
    assert set(seen) == {alert["alert"] for alert in alerts()}
    silent = {name: (moments[0], max(moments), moments[-1]) for name, moments in seen.items() if name != "ThreeninesWatchdog"}
    assert {name: of for name, of in silent.items() if (of[0], of[2]) != (0, 0) or of[1] != 1} in (
        {},
        {"ThreeninesBudgetBurnFast"},
    )


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_says_how_urgent_it_is_and_where_its_page_lies(alert: dict[str, dict[str, str]]) -> None:
    assert str(alert["alert"]).startswith("Threenines")
    assert alert["labels"]["severity"] in ("page", "ticket", "none")
    assert set(alert["annotations"]) == {"summary", "description", "runbook_url"}
    page = ROOT / alert["annotations"]["runbook_url"]
    assert page == ROOT / "docs" / "runbooks" / f"{alert['alert']}.md"
    text = page.read_text()
    assert all(section in text for section in SECTIONS)


def test_a_burn_rate_is_called_by_its_look_back() -> None:
    recorded = [rule for rule in rules(GRAFANA / "alerts" / "recording.yaml") if "ratio_rate" in rule["record"]]
    windows = {rule["record"].partition("ratio_rate")[2]: set(re.findall(r"\[(\w+)\]", rule["expr"])) for rule in recorded}
    assert windows == {window: {window} for window in ("30m", "2h", "6h", "1d", "3d")}


def test_every_page_has_its_alert() -> None:
    assert {path.stem for path in (ROOT / "docs" / "runbooks").glob("*.md")} == {alert["alert"] for alert in alerts()}


def test_the_example_of_prometheus_is_accepted_with_the_rules_beside_it(tmp_path: Path) -> None:
    text = (GRAFANA / "prometheus.example.yaml").read_text()
    folder = "/etc/prometheus/threenines"
    assert f"{folder}/*.yaml" in text
    file = tmp_path / "prometheus.yaml"
    file.write_text(text.replace(folder, str(GRAFANA / "alerts")))
    assert "2 rule files found" in told("promtool", "check", "config", str(file))


def test_the_example_of_alertmanager_is_accepted_and_routes_by_urgency() -> None:
    file = str(GRAFANA / "alertmanager.example.yaml")
    told("amtool", "check-config", file)
    for labels, receiver in (
        ("severity=page", "pages"),
        ("severity=ticket", "tickets"),
        ("alertname=ThreeninesWatchdog severity=none", "watchdog"),
    ):
        assert told("amtool", "config", "routes", "test", f"--config.file={file}", *labels.split()).strip() == receiver

"""Generated pages equal what the code says now. GOLDEN=write renews them."""

import os
import re
import textwrap
from pathlib import Path

import pytest

from monitor.config.load import load
from probes.registry import kinds, page

ROOT = Path(__file__).resolve().parents[2]
PROBES = ROOT / "docs" / "probes.md"
HEAD = """\
# Probe kinds

Written from the kinds' own docstrings; a test compares them. `threenines check --kind KIND` shows the fields of one with units
and defaults, `threenines check --kind KIND field=value …` looks once without any configuration.
"""
MAIN = """\
provider: {name: Example Cloud}
operator: {bind: "127.0.0.1:8490"}
gateway: {bind: "127.0.0.1:8492"}
vantages: {main: {}}
"""
SITE = """\
id: acme
name: Acme
customer: {id: acme, name: Acme GmbH}
contacts: [{name: Ada, email: ada@acme.example}]
components:
COMPONENTSchecks:
"""
COMPONENT = "  - {{id: {}, name: Part, kind: instance}}\n"


def written() -> str:
    chapters = [f"\n## `{name}`\n\n{page(kind).strip()}\n" for name, kind in kinds().items()]
    return HEAD + "".join(chapters)


def test_the_page_of_probe_kinds_is_what_the_kinds_say() -> None:
    if os.environ.get("GOLDEN") == "write":
        PROBES.write_text(written())
    assert PROBES.read_text() == written()


@pytest.mark.parametrize("name", sorted(kinds()))
def test_the_example_of_a_kind_is_accepted(name: str, tmp_path: Path) -> None:
    example = page(kinds()[name]).split("```yaml\n")[1].split("```")[0]
    components = sorted({line.split(":", 1)[1].strip() for line in example.splitlines() if "component:" in line})
    (tmp_path / "sites").mkdir()
    (tmp_path / "threenines.yaml").write_text(MAIN)
    site = SITE.replace("COMPONENTS", "".join(map(COMPONENT.format, components))) + textwrap.indent(example, "  ")
    (tmp_path / "sites" / "acme.yaml").write_text(site)
    secrets = dict.fromkeys(re.findall(r"env:(\w+)", example), "not empty")
    assert {check.probe.kind for site in load(tmp_path / "threenines.yaml", secrets).sites for check in site.checks} == {name}

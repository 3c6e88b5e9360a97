"""One agreement or its versions: each with its own terms, one after the other from the start of a month."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.config.load import ConfigurationErrors, load

MAIN = 'provider: {name: P}\noperator: {bind: "127.0.0.1:8490"}\n'
SITE = """\
id: acme
name: Acme
agreement:
VERSIONS
components: [{id: web, kind: instance, shared: pool, control_for: [ldap]}]
checks: [{id: web, component: web, kind: tcp, host: 192.0.2.9, port: 443}]
"""
FIRST = '  - {version: "1", zone: Europe/Berlin, effective_from: 2026-01-15T00:00:00+01:00}\n'
SECOND = '  - {version: "2", preset: sla-2020, zone: Europe/Berlin, effective_from: 2026-07-01T00:00:00+02:00}\n'
JULY = 1_782_856_800_000


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def put(*versions: str) -> Path:
        (tmp_path / "sites").mkdir(exist_ok=True)
        (tmp_path / "threenines.yaml").write_text(MAIN)
        (tmp_path / "sites" / "acme.yaml").write_text(SITE.replace("VERSIONS\n", "".join(versions)))
        return tmp_path / "threenines.yaml"

    return put


def mistakes(path: Path) -> list[str]:
    with pytest.raises(ConfigurationErrors) as caught:
        load(path, {})
    return [str(mistake) for mistake in caught.value.mistakes]


def test_each_instant_is_judged_by_the_version_in_force_since_the_first_began(write: Callable[..., Path]) -> None:
    (site,) = load(write(FIRST, SECOND), {}).sites
    assert [one.version for one in site.agreements] == ["1", "2"]
    before, after = site.promised_at(JULY - 1), site.promised_at(JULY)
    assert (before.agreement.preset, after.agreement.preset) == ("slg-2018", "sla-2020")
    assert before.agreement.effective_from == after.agreement.effective_from == site.earlier[0].effective_from
    assert site.promised_at(0).agreement.version == "1"
    assert (site.components[0].shared, site.components[0].control_for) == ("pool", ("ldap",))


def test_a_later_version_begins_with_a_month(write: Callable[..., Path]) -> None:
    (found,) = mistakes(write(FIRST, SECOND.replace("07-01T00:00:00+02:00", "07-01T00:00:00Z")))
    assert found == (
        "sites/acme.yaml:5: agreement[1].effective_from: must be the start of a month in Europe/Berlin, "
        "got 2026-07-01T00:00:00.000Z, expected e.g. 2026-06-30T22:00:00.000Z"
    )


def test_every_mistake_of_every_version_is_said_at_once(write: Callable[..., Path]) -> None:
    found = mistakes(write(FIRST, '  - {version: "1", goal: 99.9, excluded_causes: [isb]}\n'))
    assert len(found) == 2  # what the versions say of one another is asked once each can be read
    assert 'agreement[1].goal: expected "99.9%", got 99.9' in found[0]
    assert 'agreement[1].excluded_causes[0]: not a cause that can be excluded, got "isb"' in found[1]
    assert found[1].endswith('did you mean "isp"?')
    found = mistakes(write(FIRST, '  - {version: "1"}\n'))
    assert "agreement[1].effective_from: is missing" in found[0]
    assert 'agreement[1].version: version used twice, got "1", first at line 4' in found[1]


def test_versions_stand_in_the_order_in_which_they_take_effect(write: Callable[..., Path]) -> None:
    (found,) = mistakes(write(SECOND, FIRST.replace("01-15", "01-01")))
    assert "agreement[1].effective_from: must be after that of the version before, 2026-06-30T22:00:00.000Z" in found


def test_the_providers_faults_are_in_no_agreement(write: Callable[..., Path]) -> None:
    (found,) = mistakes(write("  excluded_causes: [provider_database]\n"))
    assert "agreement.excluded_causes[0]: the provider's own faults are never excluded" in found


def test_no_version_at_all_is_a_mistake(write: Callable[..., Path]) -> None:
    (found,) = mistakes(write("  []\n"))
    assert "agreement: does not fit, got a list, expected at least 1" in found

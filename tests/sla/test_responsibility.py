from __future__ import annotations

import pytest

from sla.agreement import PRESETS
from sla.exclusion import PARTY_REQUIRED
from sla.responsibility import CAUSES, RESPONSIBILITIES, Party, cause_words, managed_by


def test_a_kind_in_no_customer_row_is_the_providers() -> None:
    assert managed_by("database") is managed_by("something_new") is Party.PROVIDER


@pytest.mark.parametrize("kind", ["ldap", "dns", "file_service", "connector_machine"])
def test_what_the_customer_runs_is_the_customers(kind: str) -> None:
    assert managed_by(kind) is Party.CUSTOMER


def test_a_gateway_is_the_providers_until_it_is_handed_over() -> None:
    assert managed_by("gateway") is Party.PROVIDER
    assert {item.party for item in RESPONSIBILITIES if "gateway" in item.kinds} == {Party.PROVIDER, Party.CUSTOMER}


def test_the_presets_leave_out_what_the_table_says_and_never_the_provider() -> None:
    old, new = (PRESETS[name].excluded_causes for name in ("slg-2018", "sla-2020"))
    assert (len(old), len(new), len(CAUSES)) == (14, 17, 17)
    assert old < new == {cause.code for cause in CAUSES}
    assert not any(code.startswith("provider_") for code in new)


def test_causes_that_name_nobody_need_a_party() -> None:
    assert {"unmanaged_component", "other_external"} == PARTY_REQUIRED


def test_a_cause_is_read_in_the_words_of_the_goal() -> None:
    assert cause_words("isp") == "ISP failures"
    assert cause_words("own_wording") == "own wording"

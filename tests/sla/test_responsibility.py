from __future__ import annotations

from sla.responsibility import Party, managed_by


def test_a_kind_in_no_customer_row_is_the_providers() -> None:
    assert managed_by("database") is managed_by("something_new") is Party.PROVIDER
    assert managed_by("ldap") is managed_by("dns") is Party.CUSTOMER

from __future__ import annotations

from probes.sql import Login, Meaning, SqlError


def test_a_login_and_an_error_hold_no_secret_in_their_texts() -> None:
    login = Login("probe", "canary-secret", "mdm", 10_000)
    assert "canary" not in f"{login} {login!r}"
    assert str(SqlError("28P01", Meaning.CREDENTIAL)) == "28P01"

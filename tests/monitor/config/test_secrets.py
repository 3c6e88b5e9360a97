"""Secrets come from the environment or a closed file, and never into a text."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.config.mistake import Wrong
from monitor.config.secrets import reference, reveal
from probes.probe import SecretRef


def test_a_secret_is_revealed_from_environment_and_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("s3cret\n")
    path.chmod(0o600)
    assert reveal(SecretRef("env:NAME"), {"NAME": "v"}).reveal() == "v"
    secret = reveal(SecretRef(f"file:{path}"), {})
    assert secret.reveal() == "s3cret"
    assert f"{secret} {secret!r}" == "*** ***"


def test_a_file_that_everybody_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("canary")
    path.chmod(0o644)
    with pytest.raises(Wrong, match="open to everybody") as caught:
        reveal(SecretRef(f"file:{path}"), {})
    assert "canary" not in str(caught.value)


def test_too_large_empty_missing_and_folders_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"x" * 65_537)
    path.chmod(0o600)
    for ref, words in [
        (f"file:{path}", "larger than 64 KiB"),
        (f"file:{tmp_path}/none", "cannot be read"),
        (f"file:{tmp_path}", "cannot be read|not a regular file"),
        ("env:EMPTY", "is empty"),
        ("env:NONE", "environment variable NONE is not set"),
    ]:
        with pytest.raises(Wrong, match=words):
            reveal(SecretRef(ref), {"EMPTY": ""})


@pytest.mark.parametrize("text", ["canary", "env:", "env:a-b", "file:relative", "", 5, None, ["canary"]])
def test_anything_but_a_reference_is_refused_without_showing_it(text: object) -> None:
    with pytest.raises(Wrong) as caught:
        reference(text)
    assert str(caught.value) == 'secrets are references, expected "env:NAME" or "file:/path" (value not shown)'

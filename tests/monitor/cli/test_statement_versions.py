"""`threenines statement issue`, `list`, `show --version` and `compare`, with the service stopped and running."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from desk_world import Store
from test_exclusion_command import SPAN, WHAT, running, threenines, token

from monitor.cli.main import call, main
from monitor.store import statements
from monitor.store.database import looked

Make = Callable[..., Store]
JUNE = ("--month", "2026-06")


def excluded(store: Store) -> None:
    anna, ben = token(store.folder, "Anna", "operate"), token(store.folder, "Ben", "approve")
    for words in (
        ("exclusion", "propose", "acme", *SPAN, *WHAT, "--evidence", "t:1", "--token", anna),
        ("exclusion", "approve", "X-1", "--token", ben, "--yes"),
    ):
        done = threenines(store.folder, *words)
        assert done.returncode == 0, done.stderr


def test_a_statement_is_published_restated_listed_shown_and_compared(
    stored: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = stored()
    monkeypatch.chdir(store.folder)

    def said(*words: str) -> str:
        assert call("statement", list(words)) == 0
        return capsys.readouterr().out

    first = threenines(store.folder, "statement", "issue", "acme", *JUNE)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.startswith("acme 2026-06: breached\nversion 1, published ")
    assert "nothing was recorded since that touches it; nothing stored" in said("issue", "acme", *JUNE)
    old = said("show", "acme", *JUNE, "--version", "1", "--json")
    excluded(store)
    dry = said("issue", "acme", *JUNE, "--dry-run")
    assert "-3000 s  exclusion X-1 approved" in dry and "would be published; nothing stored" in dry
    second = json.loads(said("issue", "acme", *JUNE, "--json"))
    assert [one["counted_seconds"] for one in second["statement"]["deltas"]] == ["0", "-3000"]
    assert said("show", "acme", *JUNE, "--version", "1", "--json") == old
    shown = said("show", "acme", *JUNE, "--version", "2")
    assert "D  counted downtime = B - C        960 s" in shown and "replaces version 1" in shown
    rows = [line.split() for line in said("list", "--all", "--check").splitlines() if line.startswith("acme")]
    assert [(row[1], row[2], row[-1]) for row in rows] == [("2026-06", "1", "breached"), ("2026-06", "2", "met")]
    compared = threenines(store.folder, "statement", "compare", "acme", "2", "1", *JUNE).stdout
    assert "counted downtime               3960 s                   960 s" in compared
    assert "-3000 s  counted downtime together" in compared


@pytest.mark.timeout(120)
def test_the_running_service_publishes_too(stored: Make) -> None:
    store = stored()
    with running(store.folder):
        done = threenines(store.folder, "statement", "issue", "acme", *JUNE)
        assert done.returncode == 0, done.stderr
        assert "version 1" in done.stdout
    (one,) = looked(store.folder / "data", lambda c: statements.versions(c, "acme", "2026-06"))
    assert one.version == 1


def test_a_byte_that_is_not_what_was_published_is_found(stored: Make) -> None:
    store = stored()
    assert threenines(store.folder, "statement", "issue", "acme", *JUNE).returncode == 0
    database = sqlite3.connect(store.folder / "data" / "threenines.db")
    database.executescript("DROP TRIGGER change_stays; UPDATE change SET at = at + 1000 WHERE cause IS NOT NULL")
    database.close()
    done = threenines(store.folder, "statement", "list", "acme", "--check")
    assert (done.returncode, done.stderr.split(": differs at ")[0]) == (1, "acme 2026-06 version 1")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("issue", "acme"), 2, "which dates? --month 2026-06"),
        (("issue", "acne", *JUNE), 2, 'did you mean "acme"?'),
        (("issue", "acme", "--month", "2090-01"), 65, "period: not-over-yet: 2090-01 is not over"),
        (("issue", "acme", *JUNE, "--as-of", "2090-01-01T00:00Z"), 65, "as_of: not-yet"),
        (("issue", "acme", "--month", "2020-01"), 65, "period: not-watched"),
        (("issue", "acme", *JUNE, "--as-of", "noon"), 2, "--as-of: expected a time"),
        (("show", "acme", *JUNE, "--version", "1"), 2, "acme 2026-06: nothing was published"),
        (("show", "acme", *JUNE, "--version", "1", "--as-of", "2026-07-01T00:00Z"), 2, "exclude one another"),
        (("list",), 2, "either a SITE or --all"),
        (("list", "acne"), 2, 'did you mean "acme"?'),
        (("compare", "acme", "1", "2", *JUNE), 2, "nothing was published"),
    ],
)
def test_bad_input_is_told_and_stores_nothing(
    stored: Make,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(stored().folder)
    with pytest.raises(SystemExit) as left:
        main(("statement", *words))
    assert (left.value.code, said in capsys.readouterr().err) == (code, True)
    assert looked(Path("data"), lambda c: tuple(statements.every(c))) == ()


def test_a_version_that_is_not_there_is_told_with_those_that_are(
    stored: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(stored().folder)
    assert call("statement", ["issue", "acme", *JUNE]) == 0
    with pytest.raises(SystemExit) as left:
        main(("statement", "show", "acme", *JUNE, "--version", "7"))
    assert (left.value.code, "no such version, got 7, expected 1 to 1" in capsys.readouterr().err) == (2, True)


def test_a_bundle_is_exported_once_and_verified_without_anything_else(stored: Make, tmp_path: Path) -> None:
    store = stored()
    assert threenines(store.folder, "statement", "issue", "acme", *JUNE).returncode == 0
    key, public, elsewhere = store.folder / "key.pem", store.folder / "public.pem", tmp_path / "elsewhere"
    pair = Ed25519PrivateKey.generate()
    key.write_bytes(pair.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key.chmod(0o600)
    public.write_bytes(pair.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    elsewhere.mkdir()
    bundle = elsewhere / "june.json"
    words = ("statement", "export", "acme", str(bundle), *JUNE, "--key", f"file:{key}")
    done = threenines(store.folder, *words)
    assert (done.returncode, "acme 2026-06 version 1" in done.stderr) == (0, True), done.stderr
    again = threenines(store.folder, *words)
    assert (again.returncode, "File exists; nothing written" in again.stderr) == (74, True)
    found = threenines(elsewhere, "statement", "verify", "june.json", "--public-key", str(public))
    assert (found.returncode, found.stdout[:40]) == (0, "match: acme 2026-06 version 1, 3960 s co"), found.stderr
    bundle.write_bytes(bundle.read_bytes().replace(b'"3960"', b'"3961"'))
    changed = threenines(elsewhere, "statement", "verify", "june.json")
    assert (changed.returncode, "first difference: something in it was changed" in changed.stdout) == (1, True)
    bundle.write_text("{")
    assert threenines(elsewhere, "statement", "verify", "june.json").returncode == 65


def test_the_statements_of_all_sites_are_published_at_once(stored: Make) -> None:
    folder = stored().folder
    text = (folder / "sites" / "acme.yaml").read_text()
    (folder / "sites" / "other.yaml").write_text(text.replace("id: acme\n", "id: other\n", 1))
    dry = threenines(folder, "statement", "issue", "--all", *JUNE, "--dry-run")
    done = threenines(folder, "statement", "issue", "--all", *JUNE)
    assert (dry.returncode, done.returncode) == (65, 65)  # nobody has ever watched the other one
    lines = [" ".join(line.split()) for line in (*dry.stdout.splitlines(), *done.stdout.splitlines())]
    assert "acme 1 breached would be published" in lines and "acme 1 breached published" in lines
    assert any(line.startswith("other refused: ") for line in lines)
    replies = json.loads(threenines(folder, "statement", "issue", "--all", *JUNE, "--json").stdout)
    assert (replies["acme"]["fresh"], replies["acme"]["statement"]["version"]) == (False, 1)
    both = threenines(folder, "statement", "issue", "acme", "--all", *JUNE)
    assert (both.returncode, both.stderr) == (2, "threenines statement issue: either a SITE or --all\n")

"""All files of a statement are made of its document alone, and are the same bytes wherever and whenever that happens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from evidence_world import evidence

from reports.statement_document import document
from reports.statement_forms import forms, sums

MAKE = """
import json, sys
from reports.statement_document import document
from reports.statement_forms import forms, sums
print(sums(forms(document(json.load(open(sys.argv[1]))))).decode())
"""
PLACES = (
    {"TZ": "Pacific/Apia", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
    {"TZ": "America/St_Johns", "LC_ALL": "de_DE.UTF-8", "PYTHONHASHSEED": "4711", "PYTHONUTF8": "1"},
)


def test_the_same_evidence_gives_the_same_bytes_in_any_zone_locale_order_and_folder(tmp_path: Path) -> None:
    (tmp_path / "evidence.json").write_text(json.dumps(evidence()))
    here = sums(forms(document(evidence()))).decode()
    for place in PLACES:
        done = subprocess.run(
            [sys.executable, "-c", MAKE, "evidence.json"],
            cwd=tmp_path,
            env={**os.environ, **place},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == here.strip(), place


def test_every_form_is_there_and_the_first_language_has_the_plain_name() -> None:
    made = document(evidence())
    english, german = forms(made), forms(made, "de")
    assert sorted(english) == [
        "days.csv", "exclusions.csv", "outages.csv", "statement.de.html", "statement.html", "statement.json", "summary.csv",
    ]  # fmt: skip
    assert b'lang="de"' in german["statement.html"] and "statement.en.html" in german
    assert json.loads(english["statement.json"]) == made
    assert sums(english).decode().splitlines()[0] == f"{sha256(english['days.csv']).hexdigest()}  days.csv"

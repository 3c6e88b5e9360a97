"""Every HTML document that anybody reads, judged by html-validate and by the Nu Html Checker of the WHATWG's standard."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from every_document import ROOT, drawings, mails, pages, written

JUDGES = ROOT / ".venv" / "node" / "node_modules"
VALIDATE = JUDGES / ".bin" / "html-validate"
NU = JUDGES / "vnu-jar" / "build" / "dist" / "vnu.jar"
JAVA = ("java", "-Xss2m", "-XX:TieredStopAtLevel=1")
"""Nu's schema of HTML wants a deep stack; so short a run is over before the second compiler pays."""
ASKED = ("--stdout", "--format", "json", "--skip-non-html", "--also-check-css", "--also-check-svg")
RULES = {"extends": ["html-validate:recommended"], "root": True}
MAIL_RULES = {**RULES, "rules": {"no-inline-style": "off", "long-title": "off"}}
"""A mail program knows no style sheet and shows no title."""
EXCUSED = {
    "CSS: “string-set”: Property “string-set” doesn't exist.",
    "CSS: “content”: “string(site)” is not a “content” value.",
    "CSS: “content”: “string(kind)” is not a “content” value.",
    "CSS: “vector-effect”: Property “vector-effect” doesn't exist.",
}
"""What Nu does not know yet: running heads of printed pages (CSS Generated Content for Paged Media), and a property of SVG 2."""
BROKEN = {
    "broken.html": b'<!DOCTYPE html>\n<html lang="en"><head><title>x</title></head><body><p><b id="a">x</p></body></html>\n',
    "broken.css": b"p { colour: red }\n",
    "broken.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><circle radius="x"/></svg>\n',
}
"""One of each kind lies among the good ones: a judge that finds nothing in them has not looked."""

pytestmark = pytest.mark.browser
Findings = dict[str, set[str]]
"""What is wrong, by the file it is wrong in."""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that is published, and mails, in one folder."""
    folder = tmp_path_factory.mktemp("tree")
    assert written(folder / "pages", pages()) > 150
    assert written(folder / "drawings", drawings()) > 10
    assert written(folder / "mails", mails()) > 45
    written(folder, BROKEN)
    return folder


def test_html_validate_finds_no_mistake(tree: Path) -> None:
    found_or_missing(VALIDATE, "html-validate")
    (tree / ".htmlvalidate.json").write_text(json.dumps(RULES))
    (tree / "mails" / ".htmlvalidate.json").write_text(json.dumps(MAIL_RULES))
    findings: Findings = {
        str(Path(one["filePath"]).relative_to(tree)): {message["message"] for message in one["messages"]}
        for one in said_by(VALIDATE, "--formatter", "json", tree)
    }
    assert_only_broken(findings, "broken.html")


def test_the_nu_checker_finds_no_mistake_and_warns_of_nothing(tree: Path) -> None:
    found_or_missing(NU, "vnu-jar")
    found_or_missing(shutil.which("java"), "java")
    findings: Findings = defaultdict(set)
    for one in said_by(*JAVA, "-jar", NU, *ASKED, tree)["messages"]:
        findings[str(Path(unquote(urlsplit(one["url"]).path)).relative_to(tree))].add(one["message"])
    assert set().union(*findings.values()) >= EXCUSED, "Nu has learnt what it was excused for"
    assert_only_broken({file: rest for file, found in findings.items() if (rest := found - EXCUSED)}, *BROKEN)


def found_or_missing(path: Path | str | None, name: str) -> None:
    """Missing is an error under CI and a loud skip elsewhere."""
    if path is None or not Path(path).exists():
        if os.environ.get("CI"):
            pytest.fail(f"{name} is missing: sh .make/servers installs it")
        pytest.skip(f"{name} is missing: no document was judged")


def said_by(*command: str | Path) -> Any:
    """The JSON that ``command`` prints."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.startswith(("[", "{")), done.stdout[-2000:] + done.stderr[-2000:]
    return json.loads(done.stdout)


def assert_only_broken(findings: Findings, *broken: str) -> None:
    """The broken files were found, and nothing in any other."""
    assert {file: found for file, found in findings.items() if file not in broken} == {}
    assert findings.keys() == set(broken)

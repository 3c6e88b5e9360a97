"""The verifier for outsiders (docs/verifier): it finds what ours finds, needs nothing but Python, and is soon read."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from desk_world import Store
from evidence_world import CASE, evidence
from outsider import KEY, confirmed_by_an_outsider, flipped, found, members, outsiders, refused
from test_bundle import OTHER, PUBLIC, made
from worlds import world

from monitor.desk.bundle import sealed
from sla.canonical import canonical

FLIPS = 1_000
VERIFIER = Path(__file__).resolve().parents[3] / "docs" / "verifier"


def test_it_confirms_every_statement_of_300_random_worlds() -> None:
    for seed in range(300):
        confirmed_by_an_outsider(world(Random(seed)), seed)


@pytest.mark.parametrize("signer", [KEY, None], ids=["signed", "unsigned"])
def test_a_bit_turned_over_anywhere_is_found_by_both(signer: object) -> None:
    data, rng = sealed(evidence(), KEY if signer else None), Random(3)
    for _ in range(FLIPS):
        at, text = flipped(data.decode(), rng)
        assert refused(text.encode()) and found(text.encode()), at


def test_a_bit_turned_over_in_the_case_and_sealed_anew_is_found_by_both() -> None:
    """Facts, exclusions and agreements: whoever changes one would have to change figures, digests and the audit with it."""
    document, rng = evidence(), Random(5)
    text, judged = canonical(document["case"]), 0
    while judged < FLIPS:
        at, other = flipped(text, rng)
        try:
            case = json.loads(other)
        except ValueError:
            continue  # no JSON at all
        if case == document["case"]:
            continue  # 1e-7 for "\\u00e9" and the like: the same value
        judged += 1
        data = sealed({**members(document), "case": case}, None)
        assert refused(data) and found(data), at


def test_it_confirms_what_a_store_has_published_and_names_what_was_changed(store: Store) -> None:
    document = made(store)
    data = sealed(document, KEY)
    assert outsiders(data, PUBLIC) == []
    assert outsiders(sealed(document, OTHER), PUBLIC) == ["signature: it is not by the holder of that key"]
    assert outsiders(sealed(document, None), PUBLIC) == ["signature: it is not by the holder of that key"]
    stolen = json.loads(data) | {"signature": json.loads(sealed(document, OTHER))["signature"]}
    stolen["signature"]["public_key"] = json.loads(data)["signature"]["public_key"]
    assert outsiders((canonical(stolen) + "\n").encode()) == ["signature: it does not fit"]
    for name, change, said in CHANGES:
        other = json.loads(canonical(document))
        change(other)
        data = sealed(other, None)
        assert refused(data), name
        assert any(said in line for line in outsiders(data)), (name, outsiders(data))


CHANGES = (
    ("figure", lambda d: d["statement"]["result"]["days"][17].update(unknown_seconds="1"), "/days/17/unknown_seconds: the file"),
    ("delta", lambda d: d["versions"][1]["deltas"][0].update(counted_seconds="601"), "version 2 do not sum"),
    ("version", lambda d: d["versions"].pop(0), "versions: one is missing"),
    ("issuer", lambda d: d["versions"][0].update(issued_by="Eve"), "version 1 was published as it is"),
    ("day of issue", lambda d: d["versions"][0].update(issued_at="2026-07-09T00:00:00.000Z"), "version 1 was published as it is"),
    ("actor", lambda d: d["audit"][1].update(actor="Eve"), "is not what was written"),
    ("one pair of eyes", lambda d: d["case"]["exclusions"][0]["history"][1].update(by="Anna"), "not decided by two people"),
    ("no evidence", lambda d: d["case"]["exclusions"][0].update(evidence=[]), "not decided by two people on evidence"),
    ("reason", lambda d: d["statement"]["exclusions"][0].update(reason="other"), "is not that of the case"),
    ("audit", lambda d: d["audit"].pop(2), "approved by"),
    ("names", lambda d: d.update(about={"site": "Other"}), "about: the names"),
    ("member", lambda d: d.update(more=1), "no evidence of the format"),
    ("statement", lambda d: d.update(statement={}), "it is not whole"),
)


def test_it_runs_by_itself_with_nothing_but_python(tmp_path: Path) -> None:
    (tmp_path / "provider.pem").write_text(PUBLIC)
    document = evidence(CASE)
    for name, data, said in (
        ("good", sealed(document, KEY), "match\n"),
        ("bad", sealed(document, OTHER), "signature: it is not by the holder of that key\n"),
    ):
        (tmp_path / name).write_bytes(data)
        command = [sys.executable, "-S", "-E", str(VERIFIER / "verify.py"), name, "provider.pem"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env={})
        assert (done.returncode, done.stdout, done.stderr) == (int(name == "bad"), said, "")


def test_it_imports_nothing_but_the_standard_library_and_stays_short() -> None:
    for path in VERIFIER.glob("*.py"):
        text = path.read_text()
        nodes = list(ast.walk(ast.parse(text)))
        names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
        assert names <= sys.stdlib_module_names | {"recompute"}, path.name
        assert text.count("\n") < 360, path.name

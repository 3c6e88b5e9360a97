"""Exclusions from the command line, by real processes: two persons, with the service stopped and with it running."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from desk_world import Store

from monitor.addresses import page_key
from monitor.app import service_key
from monitor.clock import system_clock
from monitor.desk.people import Made, host, new_token
from monitor.store import audit, exclusions
from monitor.store.database import Database, looked
from monitor.web.control import NAME
from sla.exclusion import Step
from sla.span import DAY
from sla.texts import instant_text

THREENINES = str(Path(sys.executable).parent / "threenines")
SPAN = ("--from", "2026-06-18 16:00 Europe/Berlin", "--to", "2026-06-18T14:50Z")
WHAT = ("--cause", "unmanaged_component", "--component", "directory", "--party", "directory of Acme", "--reason", "restarted")
Make = Callable[..., Store]


def threenines(folder: Path, *words: str, **more: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([THREENINES, *words], cwd=folder, capture_output=True, text=True, timeout=60, **more)  # type: ignore[call-overload,no-any-return]


def token(folder: Path, name: str, *scopes: str) -> str:
    """A token of ``name`` in a file that only its owner reads, as the command takes it."""
    database = Database(folder / "data", system_clock())
    made = database.writer.submit(lambda c: new_token(c, host("root"), name, scopes, system_clock())).result(10)
    database.close()
    assert isinstance(made, Made)
    kept = folder / f"{name}.token"
    kept.write_text(f"{made.secret}\n")
    kept.chmod(0o600)
    return f"file:{kept}"


def test_two_persons_pass_an_exclusion_while_the_service_is_stopped(stored: Make) -> None:
    folder = stored().folder
    anna, ben = token(folder, "Anna", "operate", "approve"), token(folder, "Ben", "approve")
    proposed = threenines(folder, "exclusion", "propose", "acme", *SPAN, *WHAT, "--evidence", "t:1", "--token", anna, "--json")
    assert proposed.returncode == 0, proposed.stderr
    said = json.loads(proposed.stdout)
    assert (said["exclusion"]["id"], said["exclusion"]["from"]) == ("X-1", "2026-06-18T14:00:00.000Z")
    month = said["effects"][0]
    assert [month[when]["downtime_counted_seconds"] for when in ("before", "after")] == ["3960", "960"]
    alone = threenines(folder, "exclusion", "approve", "X-1", "--token", anna, "--yes")
    assert (alone.returncode, "four-eyes" in alone.stderr) == (65, True)
    asked = threenines(folder, "exclusion", "approve", "X-1", "--token", ben, stdin=subprocess.DEVNULL)
    assert (asked.returncode, "--yes" in asked.stderr) == (2, True)
    passed = threenines(folder, "exclusion", "approve", "X-1", "--token", ben, "--yes")
    assert passed.returncode == 0, passed.stderr
    assert "breached" in passed.stdout
    assert "met" in passed.stdout
    (filed,) = looked(folder / "data", exclusions.every)
    assert [step.by for step in filed.exclusion.history or ()] == ["Anna", "Ben"]
    sound = threenines(folder, "doctor", "--audit")
    assert "audit: 6 rows, head 6:" in sound.stdout  # a configuration, two tokens, a proposal, a refusal, an approval


def test_a_dry_run_shows_the_figures_and_stores_nothing(stored: Make) -> None:
    folder = stored().folder
    before = looked(folder / "data", audit.head)
    done = threenines(folder, "exclusion", "propose", "acme", *SPAN, *WHAT, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "nothing changed" in done.stdout
    assert looked(folder / "data", audit.head) == before


def test_everything_wrong_is_said_at_once_with_the_nearest_names(stored: Make) -> None:
    folder = stored().folder
    bad = ("--cause", "provider_database", "--component", "directry", "--reason", " ")
    done = threenines(folder, "exclusion", "propose", "acme", *SPAN, *bad)
    assert done.returncode == 65
    lines = done.stderr.splitlines()
    assert sorted(line.split(": ")[2] for line in lines) == ["cause-not-in-agreement", "unknown-component", "value"]
    assert 'did you mean "directory"?' in done.stderr
    times = threenines(folder, "exclusion", "propose", "acme", "--from", "2026-10-25 02:30 Europe/Berlin", "--to", "noon", *WHAT)
    assert times.returncode == 2
    assert [line.split(":")[0] for line in times.stderr.splitlines()] == ["--from", "--to"]
    assert "happens twice; give an offset" in times.stderr


def test_a_strange_site_a_bad_token_and_a_missing_database_have_their_codes(stored: Make, tmp_path: Path) -> None:
    folder = stored().folder
    strange = threenines(folder, "exclusion", "propose", "acne", *SPAN, *WHAT)
    assert (strange.returncode, 'did you mean "acme"?' in strange.stderr) == (2, True)
    none = threenines(folder, "exclusion", "approve", "X-1", "--token", "env:NOBODY", "--yes")
    assert (none.returncode, "NOBODY is not set" in none.stderr) == (2, True)
    wrong = threenines(folder, "exclusion", "approve", "X-1", "--token", "env:T", "--yes", env={**os.environ, "T": "tn_wrong"})
    assert (wrong.returncode, "no such token" in wrong.stderr, "tn_wrong" in wrong.stderr) == (65, True, False)
    (folder / "data" / "threenines.db").unlink()
    gone = threenines(folder, "exclusion", "list")
    assert (gone.returncode, "no database yet" in gone.stderr) == (69, True)


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """`threenines run` as a process of its own; gives the address of the operator's side."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    main = folder / "threenines.yaml"
    main.write_text(main.read_text().replace("127.0.0.1:8490", f"127.0.0.1:{port}"))
    process = subprocess.Popen([THREENINES, "run"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 45
        while not (folder / "data" / NAME).exists():
            assert process.poll() is None
            assert time.monotonic() < until, "the service did not come up"
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def counted(address: str) -> float:
    """Counted downtime of the trailing dates, as scraped."""
    with urlopen(f"{address}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    wanted = [line for line in lines if line.startswith("sla_downtime_counted_seconds{") and "trailing_30d" in line]
    return float(wanted[0].rpartition(" ")[2])


def on_the_page(folder: Path, address: str) -> tuple[float, bool]:
    """The same by the customer's page for machines, in seconds, and whether the one for people says 16 min away."""
    page = f"{address}/p/{page_key(service_key(folder / 'data'), 'acme', 0)}/"
    with urlopen(f"{page}api/v1/snapshot", timeout=10) as machines, urlopen(page, timeout=10) as people:
        figures = json.load(machines)["groups"][0]["trailing"]["figures"]
        return float(figures["downtime_ms"]) / 1000, "16 min" in people.read().decode().replace("\xa0", " ").replace(
            "\u202f", " "
        )


def test_the_running_service_does_it_and_shows_it_at_once(stored: Make) -> None:
    """The command finds the writer's lock held and asks over the socket; the figures are others when it comes back."""
    started = system_clock() // DAY * DAY - 3 * DAY
    store = stored(instant_text(started), 66)
    folder = store.folder
    anna, ben = token(folder, "Anna", "operate"), token(folder, "Ben", "approve")
    span = ("--from", instant_text(started), "--to", instant_text(started + 50 * 60_000))
    with running(folder) as address:
        assert (counted(address), on_the_page(folder, address)) == (3960, (3960, False))
        denied = threenines(folder, "exclusion", "propose", "acme", *span, *WHAT, "--token", ben)
        assert (denied.returncode, "scope operate" in denied.stderr) == (65, True)
        proposed = threenines(folder, "exclusion", "propose", "acme", *span, *WHAT, "--evidence", "t:1", "--token", anna)
        assert proposed.returncode == 0, proposed.stderr
        assert counted(address) == 3960
        passed = threenines(folder, "exclusion", "approve", "X-1", "--token", ben, "--yes")
        assert passed.returncode == 0, passed.stderr
        assert (counted(address), on_the_page(folder, address)) == (960, (960, True))
        assert (folder / "data" / NAME).stat().st_mode & 0o777 == 0o600
        others = threenines(folder, "exclusion", "list", "--json")
        assert json.loads(others.stdout)["exclusions"][0]["state"] == "approved"
        if os.geteuid() == 0:
            stranger_is_denied(folder)
    assert not (folder / "data" / NAME).exists()
    assert looked(folder / "data", audit.verified).bad_seq is None


STRANGER = """
import os, pathlib, sys
import httpx, monitor.cli.exclusion, monitor.desk.deeds, monitor.store.database, monitor.web.control
from monitor.cli.main import main
from monitor.config.load import load
load(pathlib.Path("threenines.yaml"), {})
os.setuid(65534)
main(sys.argv[1:])
"""
"""The command as nobody, who may read the configuration but not the interpreter's own files: they are read before."""


def stranger_is_denied(folder: Path) -> None:
    """Another system user gets nowhere, and is told how to go on."""
    for place in (folder, *folder.parents[:3]):
        place.chmod(place.stat().st_mode | 0o011)
    for file in (folder / "threenines.yaml", folder / "sites" / "acme.yaml"):
        file.chmod(0o644)
    (folder / "sites").chmod(0o755)
    words = ["exclusion", "propose", "acme", *SPAN, *WHAT]
    done = subprocess.run([sys.executable, "-c", STRANGER, *words], cwd=folder, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (69, "control socket: permission denied; use sudo\n")


def test_an_interrupt_at_the_question_ends_with_130(stored: Make) -> None:
    folder = stored().folder
    anna, ben = token(folder, "Anna", "operate"), token(folder, "Ben", "approve")
    proposed = threenines(folder, "exclusion", "propose", "acme", *SPAN, *WHAT, "--evidence", "t:1", "--token", anna)
    assert proposed.returncode == 0, proposed.stderr
    leader, follower = os.openpty()
    words = [THREENINES, "exclusion", "approve", "X-1", "--token", ben]
    process = subprocess.Popen(words, cwd=folder, stdin=follower, stderr=follower, stdout=subprocess.DEVNULL)
    said = b""
    while b"approve X-1?" not in said:
        said += os.read(leader, 1024)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    os.close(leader)
    os.close(follower)
    (filed,) = looked(folder / "data", exclusions.every)
    assert filed.last.step is Step.PROPOSED


def test_suggest_names_the_outage_its_party_and_the_command_to_propose_it(stored: Make) -> None:
    done = threenines(stored().folder, "exclusion", "suggest", "acme", "--month", "2026-06")
    assert done.returncode == 0, done.stderr
    assert "customer, unmanaged_component, weak; 3960 s of it count" in done.stdout
    assert "threenines exclusion propose acme --from 2026-06-18T14:00:00.000Z --to 2026-06-18T15:06:00.000Z" in done.stdout

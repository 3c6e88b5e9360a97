"""Killed at any moment: what was acknowledged is stored, the file is sound, the timelines are those of a calm run."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import time
from pathlib import Path

from keeper import CHECK, STREAMS, T0, look

from monitor.intake import rule_of
from monitor.store import changes, results
from monitor.store.database import Database
from monitor.store.recall import samples
from sla.account import Account, Terms, account
from sla.agreement import Agreement
from sla.answer import AnyDaysAnswer, Figures
from sla.calendar import date_of
from sla.composition import All, Leaf, Node
from sla.evaluate import any_days_of
from sla.facts import levels_of
from sla.figures import figures
from sla.span import DAY, END_OF_TIME, Span
from sla.timeline import Timeline, derive

KILLS = int(os.environ.get("THREENINES_KILLS", "25"))
"""200 and more in the long form."""
AHEAD = 200
"""Looks sent beyond the first that is not acknowledged."""


def one_life(data: Path, first: int, acked: set[int], chance: random.Random) -> None:
    """Start, feed from the first look that is not acknowledged, kill after a random while, read the acks in the pipe."""
    child = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("keeper.py")), str(data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert child.stdin and child.stdout
    with contextlib.suppress(BrokenPipeError):
        child.stdin.write("".join(f"{number}\n" for number in range(first, first + AHEAD)))
        child.stdin.flush()
    if chance.random() < 0.75:  # a quarter dies at any moment of its start, the rest between acks
        for _ in range(chance.randrange(1, AHEAD // 2)):
            acked.add(int(child.stdout.readline()))
    else:
        time.sleep(chance.random() * 0.8)
    child.kill()
    acked.update(int(line) for line in child.stdout if line.endswith("\n"))
    child.wait()
    with contextlib.suppress(BrokenPipeError):
        child.stdin.close()
    child.stdout.close()


def missing_from(acked: set[int], top: int) -> int:
    return next((number for number in range(top) if number not in acked), top)


def test_nothing_acknowledged_is_lost_however_often_it_is_killed(tmp_path: Path) -> None:
    chance, acked = random.Random(9), set[int]()
    for _ in range(KILLS):
        one_life(tmp_path, missing_from(acked, len(acked)), acked, chance)
    assert len(acked) > KILLS * 10
    database = Database(tmp_path, 0)
    with database.readers.begin() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        stored = results.within(connection, Span(0, END_OF_TIME))
        names = [result.name for result in stored]
        assert len(names) == len(set(names))
        assert {look(number).name for number in acked} <= set(names)
        for check in range(1, STREAMS + 1):
            looks = [result for result in stored if result.check_no == check]
            assert changes.timeline(connection, (check, 1)) == derived(looks)
    database.close()


def derived(looks: list[results.Result]) -> object:
    """The timeline without the hold of the last look: no watchdog runs here."""
    return derive(samples(looks), rule_of(CHECK), until=looks[-1].at)


def whole_life(data: Path, numbers: range) -> None:
    """Feed all of ``numbers`` and let the child end by itself."""
    command = [sys.executable, str(Path(__file__).with_name("keeper.py")), str(data)]
    fed = "".join(f"{number}\n" for number in numbers)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, input=fed, capture_output=True, text=True, env=environment, timeout=120)
    assert done.returncode == 0, done.stderr[-1000:]


def said_by(data: Path) -> tuple[dict[int, Timeline], dict[int, Figures], AnyDaysAnswer]:
    """Each stream's timeline and figures, and the worst window of the site that all streams together make."""
    database = Database(data, 0)
    try:
        lines = {
            check: database.look(lambda db, check=check: changes.timeline(db, (check, 1))) for check in range(1, STREAMS + 1)
        }
    finally:
        database.close()
    levels = {str(check): levels_of(line) for check, line in lines.items()}
    end = max(line.changes[-1].at for line in lines.values()) + DAY
    observed, agreement = Span(T0 - 40 * DAY, end), Agreement()

    def of(tree: Node) -> Account:
        return account(Terms(agreement, tree), levels, observed)

    each = {check: figures(of(Leaf(str(check))).counted, agreement, observed) for check in lines}
    site = of(All(tuple(Leaf(name) for name in levels)))
    return lines, each, any_days_of(site, agreement, date_of("UTC", observed.start), date_of("UTC", end), agreement.days)


def test_after_all_kills_the_figures_are_those_of_a_calm_run(tmp_path: Path) -> None:
    chance, acked = random.Random(4), set[int]()
    for _ in range(max(5, KILLS // 5)):
        one_life(tmp_path / "killed", missing_from(acked, len(acked)), acked, chance)
    everything = range(max(acked) + AHEAD + 1)
    whole_life(tmp_path / "killed", everything)
    whole_life(tmp_path / "calm", everything)
    assert said_by(tmp_path / "killed") == said_by(tmp_path / "calm")

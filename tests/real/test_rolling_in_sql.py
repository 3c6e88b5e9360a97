"""The worst rolling window by SQL window functions equals the engine's: two databases that share no line with it.

A window that begins with an outage is never better than one that begins in it or in the up time before it, so the starts of
the united outages and the last possible start are all the candidates. The only outage of a window that can go on beyond its
end is its last.
"""

from __future__ import annotations

import os
import pwd
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "sla"))
from painter_clock import read_instant, show_instant
from printed import printed

WORLDS = 300
HOURS = 24
LENGTH_S = HOURS * 3600
BEGIN_S = read_instant("2026-06-01T00:00:00Z") // 1000
END_S = BEGIN_S + 10 * 86_400
Outage = tuple[int, int]

UNITED_BY_ISLANDS = """
united AS (
  SELECT world, MIN(since) AS since, MAX(until) AS until FROM (
    SELECT *, SUM(fresh) OVER (PARTITION BY world ORDER BY since, until) AS island FROM (
      SELECT *, CASE WHEN since <= MAX(until) OVER (PARTITION BY world ORDER BY since, until
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) THEN 0 ELSE 1 END AS fresh
      FROM outage) AS marked) AS numbered
  GROUP BY world, island)"""
UNITED_BY_RANGES = """
united AS (
  SELECT world, lower(span) AS since, upper(span) AS until FROM (
    SELECT world, unnest(range_agg(int8range(since, until))) AS span FROM outage GROUP BY world) AS ranges)"""
WORST = f"""
WITH {{united}},
candidate AS (
  SELECT world, since, until FROM united
  UNION ALL SELECT DISTINCT world, {END_S - LENGTH_S}, {END_S - LENGTH_S} FROM outage),
slid AS (
  SELECT world, since,
    SUM(until - since) OVER begun AS whole,
    MAX(until) OVER begun AS last_end
  FROM candidate
  WINDOW begun AS (PARTITION BY world ORDER BY since RANGE BETWEEN CURRENT ROW AND {LENGTH_S - 1} FOLLOWING))
SELECT world, MAX(whole - CASE WHEN last_end > since + {LENGTH_S} THEN last_end - since - {LENGTH_S} ELSE 0 END)
FROM slid WHERE since <= {END_S - LENGTH_S} GROUP BY world ORDER BY world"""


def drawn(rng: Random) -> dict[str, list[Outage]]:
    """The outages of one to three components, all within the range; they touch and overlap now and then."""
    return {name: [outage(rng) for _ in range(rng.randrange(1, 12))] for name in "abc"[: rng.randrange(1, 4)]}


def outage(rng: Random) -> Outage:
    since = BEGIN_S + rng.randrange(0, 10 * 86_400 - 1, rng.choice((1, 3600)))
    return since, min(END_S, since + rng.choice((rng.randrange(1, 4000), 3600, rng.randrange(1, 2 * LENGTH_S))))


DRAWN = [drawn(Random(seed)) for seed in range(WORLDS)]
ROWS = [(world, since, until) for world, sites in enumerate(DRAWN) for spans in sites.values() for since, until in spans]


def by_engine(components: dict[str, list[Outage]]) -> int:
    told = {
        name: {"outages": [{"from": show_instant(since * 1000), "to": show_instant(until * 1000)} for since, until in spans]}
        for name, spans in components.items()
    }
    query = {"kind": "rolling", "hours": HOURS, "from": show_instant(BEGIN_S * 1000), "to": show_instant(END_S * 1000)}
    worst: dict[str, Any] = printed({"components": told, "query": query})["worst"]
    return int(worst["downtime_counted_seconds"])


def test_sqlite_finds_the_same_worst_window() -> None:
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE outage (world INTEGER, since INTEGER, until INTEGER)")
        database.executemany("INSERT INTO outage VALUES (?, ?, ?)", ROWS)
        found = database.execute(WORST.format(united=UNITED_BY_ISLANDS)).fetchall()
    assert found == list(enumerate(map(by_engine, DRAWN)))


@pytest.mark.real
@pytest.mark.parametrize("united", [UNITED_BY_ISLANDS, UNITED_BY_RANGES], ids=["islands", "range_agg"])
def test_postgresql_finds_the_same_worst_window(psql: list[str], united: str) -> None:
    values = ",".join(map(str, ROWS))
    script = f"CREATE TEMP TABLE outage (world bigint, since bigint, until bigint); INSERT INTO outage VALUES {values};"
    done = subprocess.run(
        [*psql, "-qAtX", "-F", " "], input=f"{script}\n{WORST.format(united=united)};", capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
    assert found == list(enumerate(map(by_engine, DRAWN)))


@pytest.fixture(scope="module")
def psql() -> Iterator[list[str]]:
    """A command that talks to a PostgreSQL of our own: on a socket in a directory of its own; never as root."""
    with tempfile.TemporaryDirectory(prefix="pg-") as home:  # a socket's path has room for a hundred characters only
        yield from started(newest_postgresql(), Path(home))


def started(programs: Path, home: Path) -> Iterator[list[str]]:
    """The command, while the server runs."""
    as_user: list[str] = []
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(home, account.pw_uid, account.pw_gid)
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]

    def run(program: str, *arguments: str) -> None:
        done = subprocess.run(
            [*as_user, str(programs / program), *arguments], capture_output=True, text=True, cwd=home, timeout=60
        )
        assert done.returncode == 0, done.stdout + done.stderr

    data = str(home / "data")
    run("initdb", "-D", data, "-U", "test", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C")
    options = f"-c listen_addresses= -c unix_socket_directories={home} -c fsync=off"
    run("pg_ctl", "-D", data, "-w", "-l", str(home / "log"), "-o", options, "start")
    try:
        yield [str(programs / "psql"), "-h", str(home), "-U", "test", "-d", "postgres", "-v", "ON_ERROR_STOP=1"]
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "stop")


def newest_postgresql() -> Path:
    """The directory of the newest server; missing it is an error under CI and a loud skip elsewhere."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    if shutil.which("initdb"):
        return Path(str(shutil.which("initdb"))).parent
    if os.environ.get("CI"):
        pytest.fail("postgresql is not installed")
    pytest.skip("postgresql is not installed")

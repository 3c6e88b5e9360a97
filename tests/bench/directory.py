"""A look at a directory against monitoring-plugins' `check_ldap`: CPU a look of the same bind and search at the same OpenLDAP.

Run as ``directory.py [ROUNDS]``. Ours is the real runner, gate and kind in this process, threads included; theirs is a process
a look, begun and ended, as the schedulers that use it do. Both check the certificate. The floor is the HTTP look of raw sockets.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import floor
import targets
import uvloop
from run import MAX_SPREAD, spread

from monitor.clock import monotonic, system_clock
from monitor.watch.egress import Egress
from monitor.watch.resolver import Resolver
from monitor.watch.runner import Runner
from monitor.watch.stall import Stall
from probes.kinds.ldap import Ldap
from probes.probe import Secret, SecretRef
from sla.state import State

sys.path.insert(0, str(Path(__file__).parents[1] / "real"))

from pki import make_pki
from slapd import BASE, PASSWORD, Slapd

PLUGIN = Path("/usr/lib/nagios/plugins/check_ldap")
USER = f"cn=probe,{BASE}"
LOOKS = 200
MODES = ("ldaps", "starttls", "plain")
OPTIONS: Mapping[str, Sequence[str]] = {"ldaps": ("-S",), "starttls": ("-T",), "plain": ()}


@dataclass(frozen=True, slots=True)
class Round:
    """CPU milliseconds a look."""

    ours: float
    theirs: float
    floor: float


def probe(slapd: Slapd, mode: str) -> Ldap:
    """Ours: bind as the account that may read, find the base."""
    return Ldap(
        "127.0.0.1",
        slapd.tls if mode == "ldaps" else slapd.plain,
        mode=mode,  # type: ignore[arg-type]
        insecure_plaintext=True,
        ca_file=str(slapd.pki / "ca.pem"),
        user=USER,
        password=SecretRef("env:PASSWORD"),
        base=BASE,
    )


def command(slapd: Slapd, mode: str) -> list[str]:
    """Theirs: the same, with the password in the environment."""
    port = slapd.tls if mode == "ldaps" else slapd.plain
    return [str(PLUGIN), "-3", "-H", "127.0.0.1", "-p", str(port), "-b", BASE, "-D", USER, *OPTIONS[mode]]


async def ours_ms(runner: Runner, asked: Ldap, looks: int) -> float:
    """CPU milliseconds a look of this process."""
    began = time.process_time()
    for _ in range(looks):
        outcome = await runner.look(asked, 10)
        assert outcome.finding.state is State.UP, outcome
    return (time.process_time() - began) * 1_000 / looks


def theirs_ms(asked: Sequence[str], ca_file: Path, looks: int) -> float:
    """CPU milliseconds a look of ended children."""
    environment = {"LDAP_PASSWORD": PASSWORD, "LDAPTLS_CACERT": str(ca_file), "LDAPTLS_REQCERT": "demand"}
    before = _children_s()
    for _ in range(looks):
        said = subprocess.run(asked, capture_output=True, text=True, env=environment)
        assert said.returncode == 0, said.stdout
    return (_children_s() - before) * 1_000 / looks


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def floor_ms(port: int, looks: int) -> float:
    """CPU milliseconds of the cheapest look there is."""
    began = time.process_time()
    for _ in range(looks):
        floor.look(port)
    return (time.process_time() - began) * 1_000 / looks


async def measured(slapd: Slapd, floor_port: int, rounds: int, looks: int = LOOKS) -> dict[str, list[Round]]:
    """The rounds of every mode; in each round all three by turns."""
    egress = Egress(Resolver([("127.0.0.1", 9)]), monotonic, connects_per_s=1_000_000)
    runner = Runner(egress, system_clock, monotonic, Stall(monotonic), lambda ref: Secret(PASSWORD))
    seen: dict[str, list[Round]] = {mode: [] for mode in MODES}
    for _ in range(rounds):
        for mode, done in seen.items():
            asked = probe(slapd, mode)
            await ours_ms(runner, asked, 1)  # the first look at a target says hello
            ours = await ours_ms(runner, asked, looks)
            theirs = theirs_ms(command(slapd, mode), slapd.pki / "ca.pem", looks)
            done.append(Round(ours, theirs, floor_ms(floor_port, looks)))
    egress.close()
    return seen


def line(mode: str, rounds: Sequence[Round]) -> str:
    """The mode's result in one line."""
    ratios = [one.ours / one.theirs for one in rounds]
    ours, theirs, low = (median(costs) for costs in zip(*((one.ours, one.theirs, one.floor) for one in rounds), strict=True))
    return (
        f"ldap {mode}: ours {ours:.2f} ms, check_ldap {theirs:.2f} ms, "
        f"ratio {median(ratios):.2f} ({min(ratios):.2f}..{max(ratios):.2f}), floor {low:.3f} ms"
    )


def main() -> int:
    """Measure and print one line a mode; 69 if there is nothing to compare with."""
    if not PLUGIN.exists():
        print(f"{PLUGIN} is not installed (Debian: monitoring-plugins-standard)", file=sys.stderr)
        return 69
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as name, targets.running(Path(name), cores[-1]) as at:
        os.sched_setaffinity(0, {cores[-1]})  # the directory's, which inherits it
        slapd = Slapd(Path(name) / "slapd", make_pki(Path(name)))
        os.sched_setaffinity(0, {cores[0]})
        try:
            seen = uvloop.run(measured(slapd, at.ports["http"], int(sys.argv[1]) if len(sys.argv) > 1 else 5))
        finally:
            slapd.server.stop()
    for mode, rounds in seen.items():
        print(line(mode, rounds))
        if (wide := spread([one.floor for one in rounds])) > MAX_SPREAD:
            print(f"  the floor spreads {wide:.0%}, more than {MAX_SPREAD:.0%}: the machine was busy")
    return 0


if __name__ == "__main__":
    sys.exit(main())

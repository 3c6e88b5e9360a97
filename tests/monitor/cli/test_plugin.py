"""`check --nagios` under the programs of monitoring-plugins themselves, and by their rules for output."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import free_port

pytestmark = pytest.mark.real
THREENINES = str(Path(sys.executable).parent / "threenines")
PLUGINS = Path("/usr/lib/nagios/plugins")
PERFDATA = re.compile(r"(?:'[^'=|]+'|[^'=| ]+)=-?[0-9.]+(?:s|us|ms|%|B|KB|MB|TB|c)?(?:;[^; ]*){0,4}")
"""label=value[unit];[warn];[crit];[min];[max], as the guidelines write it."""
OK, WARNING, CRITICAL, UNKNOWN = range(4)


def plugin(name: str) -> str:
    path = PLUGINS / name
    if not path.exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("monitoring-plugins-basic is not installed")
    return str(path)


@pytest.fixture
def port() -> Iterator[int]:
    """A port that greets after 50 ms."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            try:
                while True:
                    connection, _ = server.accept()
                    with connection:
                        time.sleep(0.05)
                        connection.sendall(b"hi\r\n")
            except OSError:
                return

        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def run(*words: str) -> tuple[int, str]:
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    return done.returncode, done.stdout


def target(port: int, *more: str) -> tuple[str, ...]:
    return (THREENINES, "check", "--nagios", "--kind", "tcp", "host=127.0.0.1", f"port={port}", "deadline=5s", *more)


def by_the_rules(said: str, word: str) -> None:
    assert said.count("\n") == 1
    text, bar, data = said.rstrip("\n").partition(" | ")
    assert re.match(rf"[A-Z]+ {word} - ", text) or (word == "UNKNOWN" and text.startswith("UNKNOWN - "))
    assert len(said) <= 200
    assert not bar or all(PERFDATA.fullmatch(one) for one in data.split(" ")), data


@pytest.mark.parametrize(
    ("more", "open_", "code", "word"),
    [
        ((), True, OK, "OK"),
        (("slow_ms=1", "matches=hi"), True, WARNING, "WARNING"),
        ((), False, CRITICAL, "CRITICAL"),
        (("tls=true", "ca_file=/no/such/file"), True, UNKNOWN, "UNKNOWN"),
        (("nonsense=1",), True, UNKNOWN, "UNKNOWN"),
    ],
)
def test_codes_words_and_perfdata_follow_the_guidelines(
    more: tuple[str, ...], open_: bool, code: int, word: str, port: int
) -> None:
    got, said = run(*target(port if open_ else free_port(), *more))
    assert got == code, said
    by_the_rules(said, word)


def test_negate_turns_our_answer_round_as_it_does_with_any_plugin(port: int) -> None:
    assert run(plugin("negate"), "-t", "60", *target(port))[0] == CRITICAL
    assert run(plugin("negate"), "-t", "60", *target(free_port()))[0] == OK
    code, said = run(plugin("negate"), "-t", "60", "-s", "-c", "WARNING", *target(free_port()))
    assert code == WARNING
    by_the_rules(said, "WARNING")  # it found our word and put its own in its place


def test_our_line_is_of_the_form_that_theirs_has(port: int) -> None:
    theirs = run(plugin("check_tcp"), "-H", "127.0.0.1", "-p", str(port), "-w", "2", "-c", "5")
    ours = run(*target(port, "slow_ms=2000"))
    by_the_rules(theirs[1], "OK")
    by_the_rules(ours[1], "OK")
    number = r"=[0-9.]+s;2(\.0+)?;5(\.0+)?;0"
    assert re.search(number, theirs[1]) and re.search(number, ours[1])
    assert theirs[0] == ours[0] == run(plugin("check_dummy"), "0")[0]

"""`threenines check` as a person meets it: real processes that look at real sockets."""

import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from probes.registry import kinds

THREENINES = str(Path(sys.executable).parent / "threenines")


def check(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([THREENINES, "check", *words], capture_output=True, text=True, timeout=60)


@pytest.fixture
def greeting() -> Iterator[int]:
    """A port that greets like an SSH server."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            try:
                while True:
                    connection, _ = server.accept()
                    with connection:
                        connection.sendall(b"SSH-2.0-Test\r\n")
            except OSError:
                return

        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def test_a_target_of_the_moment_is_looked_at_without_configuration(greeting: int) -> None:
    done = check("--kind", "tcp", "host=127.0.0.1", f"port={greeting}", r"matches=^SSH-2\.0-")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("tcp  up in ")
    assert "ip_protocol  4" in done.stdout


def test_a_target_that_says_something_else_is_down_with_what_was_seen_and_wanted(greeting: int) -> None:
    done = check("--kind", "tcp", "host=127.0.0.1", f"port={greeting}", "matches=^220 ", "deadline=900ms", "--json")
    assert done.returncode == 1
    look = json.loads(done.stdout)["looks"][0]
    assert (look["site"], look["kind"], look["state"], look["cause"]) == (None, "tcp", "down", "assert_failed")
    assert 'peer said "SSH-2.0-Test' in look["reason"]


def test_a_plugin_gets_its_line_thresholds_and_code(greeting: int) -> None:
    done = check("--kind", "tcp", "host=127.0.0.1", f"port={greeting}", "slow_ms=2000", "--nagios")
    assert done.returncode == 0
    head, _, perfdata = done.stdout.strip().partition(" | ")
    assert head == "TCP OK - tcp: 1 of 1 looks up"
    assert perfdata.startswith("tcp=0.") and perfdata.endswith("s;2;5;0")


def test_could_not_look_is_69_and_unknown() -> None:
    words = ("--kind", "tcp", "host=127.0.0.1", "port=1", "tls=true", "ca_file=/no/such/file.pem")
    done = check(*words)
    assert done.returncode == 69, done.stdout + done.stderr
    assert "unknown (check_config)" in done.stdout
    assert check(*words, "--nagios").returncode == 3


def test_all_bad_fields_are_told_at_once_and_nothing_is_looked_at() -> None:
    done = check("--kind", "tcp", "hots=a", "port=x")
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 3
    assert 'threenines check: hots: unknown key, got "hots"' in done.stderr
    assert 'did you mean "host"?' in done.stderr
    plugin = check("--kind", "tcp", "hots=a", "port=x", "--nagios")
    assert (plugin.returncode, plugin.stderr, plugin.stdout.count("\n")) == (3, "", 1)
    assert plugin.stdout.startswith("UNKNOWN - threenines check: ")


def test_kind_alone_lists_the_kinds_and_with_a_name_its_fields() -> None:
    listed = check("--kind")
    assert listed.returncode == 0
    named = [line.split()[0] for line in listed.stdout.splitlines() if line.startswith("  ")]
    assert named == sorted(kinds())
    shown = check("--kind", "tcp")
    assert shown.stdout.startswith("tcp: A TCP port")
    assert check("--kind", "tcp", "--help").stdout == shown.stdout
    assert "Usage: threenines check" in check("--help").stdout


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("--kin", "tcp"), "threenines check: no such option: --kin; did you mean --kind?"),
        ((), "threenines check: expected one SITE[/COMPONENT], or --kind KIND and its fields, got 0 words"),
        (("a", "b"), "threenines check: expected one SITE[/COMPONENT], or --kind KIND and its fields, got 2 words"),
        (("--config",), "threenines check: option '--config' requires an argument; `threenines check --help` tells more"),
    ],
)
def test_mistakes_of_use_are_one_line_and_2_or_a_plugins_unknown(words: tuple[str, ...], wanted: str) -> None:
    done = check(*words)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", wanted + "\n")
    plugin = check("--nagios", *words)
    assert (plugin.returncode, plugin.stdout, plugin.stderr) == (3, f"UNKNOWN - {wanted}\n", "")


def test_an_interrupt_before_anything_has_begun_is_130_too() -> None:
    early = "import monitor.cli.main as m\ndef call(noun, words): raise KeyboardInterrupt\nm.call = call\nm.main(['check'])"
    done = subprocess.run([sys.executable, "-c", early], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (130, "")


def test_an_interrupted_look_ends_with_130_and_without_a_word() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        target = ["--kind", "tcp", "host=127.0.0.1", f"port={silent.getsockname()[1]}", "matches=never", "deadline=50s"]
        with subprocess.Popen(
            [THREENINES, "check", *target], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                silent.settimeout(30)
                with silent.accept()[0]:  # the look is under way
                    process.send_signal(signal.SIGINT)
                    said = process.communicate(timeout=10)
            finally:
                process.kill()
    assert (process.returncode, said) == (130, ("", ""))

"""Network namespaces: two ends of a wire as two machines would be, and a way to look from inside one of them."""

from __future__ import annotations

import asyncio
import ctypes
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from servers import Server, needed

CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)


def needed_namespaces() -> None:
    """Root, `ip`, and a kernel that makes namespaces; missing is an error under CI and a loud skip elsewhere."""
    ip = needed("ip")
    name = f"try{os.getpid()}"
    made = subprocess.run([ip, "netns", "add", name], capture_output=True, text=True)
    if made.returncode == 0:
        subprocess.run([ip, "netns", "del", name], check=True)
        return
    if os.environ.get("CI"):
        pytest.fail(f"network namespaces cannot be made: {made.stderr.strip()}")
    pytest.skip(f"network namespaces need root: {made.stderr.strip()}")


def ip(*words: str) -> None:
    subprocess.run([needed("ip"), *words], check=True, capture_output=True)


class Wire:
    """Two namespaces, ``a`` and ``b``, joined by a wire with an address at each end."""

    def __init__(self, name: str, near: str, far: str) -> None:
        self.a, self.b = f"{name}{os.getpid()}a", f"{name}{os.getpid()}b"
        self.near, self.far = near, far
        ip("netns", "add", self.a)
        ip("netns", "add", self.b)
        ip("link", "add", "wire", "netns", self.a, "type", "veth", "peer", "name", "wire", "netns", self.b)
        for namespace, address in ((self.a, near), (self.b, far)):
            ip("-n", namespace, "addr", "add", f"{address}/24", "dev", "wire", *(("nodad",) if ":" in address else ()))
            ip("-n", namespace, "link", "set", "lo", "up")
            ip("-n", namespace, "link", "set", "wire", "up")

    def cut(self) -> None:
        ip("-n", self.b, "link", "set", "wire", "down")

    def mend(self) -> None:
        ip("-n", self.b, "link", "set", "wire", "up")

    def remove(self) -> None:
        for namespace in (self.a, self.b):
            subprocess.run([needed("ip"), "netns", "del", namespace], capture_output=True)

    def run(self, namespace: str, arguments: list[str], log: Path, environment: dict[str, str] | None = None) -> Server:
        """Start a program inside; the process is the program itself."""
        with log.open("wb") as out:
            process = subprocess.Popen(
                [needed("ip"), "netns", "exec", namespace, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )
        return Server(process, 0)

    def mute(self, namespace: str) -> None:
        """Everything that comes in over the wire is dropped, without a word."""
        self.filter(namespace, "add table inet mute; add chain inet mute c { type filter hook input priority 0; }")
        self.filter(namespace, "add rule inet mute c iifname wire drop")

    def allow_pings(self) -> None:
        """Let every group of the near end send echoes."""
        write = 'echo "0 2147483647" >/proc/sys/net/ipv4/ping_group_range'
        ip("netns", "exec", self.a, "sh", "-c", write)

    async def said(self, namespace: str, arguments: list[str]) -> tuple[int, str]:
        """(exit code, output) of a program that runs inside."""
        command = [needed("ip"), "netns", "exec", namespace, *arguments]
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
        output, _ = await process.communicate()
        return process.returncode or 0, output.decode()

    def filter(self, namespace: str, rules: str) -> None:
        subprocess.run([needed("ip"), "netns", "exec", namespace, needed("nft"), rules], check=True, capture_output=True)


@contextmanager
def inside(namespace: str) -> Iterator[None]:
    """What this thread opens belongs to the namespace; sockets that it has already stay where they are."""
    before, there = os.open("/proc/thread-self/ns/net", os.O_RDONLY), os.open(f"/var/run/netns/{namespace}", os.O_RDONLY)
    try:
        _enter(there)
        yield
    finally:
        _enter(before)
        os.close(before)
        os.close(there)


def _enter(handle: int) -> None:
    if _LIBC.setns(handle, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def until(true: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for ``true``. Fails the test with ``what`` did not happen."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            pytest.fail(f"not within {seconds:g} s: {what}")
        time.sleep(0.1)


LISTENER = (
    "import socket,sys\ns=socket.create_server((sys.argv[1],8099),family=socket.AF_INET)\nwhile True: s.accept()[0].close()"
)

"""Postfix in a directory of its own: takes our letters, tries them at a mail server of ours, sends back what it cannot deliver.

What comes back lies in the Maildir ``returned``. Needs root, as Postfix does.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from servers import free_port, needed

MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = /tmp, /var
myhostname = relay.p.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtp_tls_security_level = none
smtp_dns_support_level = disabled
alias_maps =
alias_database =
transport_maps = inline:{{ {{acme.example=smtp:[127.0.0.1]:{sink}}} }}
virtual_mailbox_domains = p.example
virtual_mailbox_base = {folder}
virtual_mailbox_maps = static:returned/
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
delay_warning_time = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 1s
queue_run_delay = 1s
maximal_queue_lifetime = 1h
bounce_queue_lifetime = 1h
"""
MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
smtp unix - - n - - smtp
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True)
class Relay:
    """Where it takes letters, and where what it sends back lies."""

    port: int
    returned: Path

    def back(self, many: int, within_s: float = 30.0) -> list[Path]:
        """The messages that came back, once there are ``many``."""
        until = time.monotonic() + within_s
        while len(found := sorted((self.returned / "new").glob("*"))) < many:
            assert time.monotonic() < until, (self.returned.parent / "log").read_text()[-3000:]
            time.sleep(0.1)
        return found


@contextmanager
def relaying(sink_port: int) -> Iterator[Relay]:
    """A relay that delivers acme.example to the mail server on ``sink_port``."""
    postfix = needed("postfix")
    if os.geteuid() != 0:
        if os.environ.get("CI"):
            pytest.fail("Postfix needs root")
        pytest.skip("Postfix needs root")
    folder = Path(tempfile.mkdtemp(prefix="threenines-mta-"))
    owner = "postfix"
    try:
        folder.chmod(0o755)
        for name in ("queue", "data", "etc"):
            (folder / name).mkdir()
        for name in ("new", "cur", "tmp"):
            (folder / "returned" / name).mkdir(parents=True)
            shutil.chown(folder / "returned" / name, owner)
        shutil.chown(folder / "returned", owner)
        shutil.chown(folder / "data", owner)
        port, stat = free_port(), (folder / "data").stat()
        (folder / "etc" / "main.cf").write_text(
            MAIN.format(folder=folder, sink=sink_port, uid=stat.st_uid, gid=(folder / "returned").stat().st_gid or stat.st_uid)
        )
        (folder / "etc" / "master.cf").write_text(MASTER.format(port=port))
        command = [postfix, "-c", str(folder / "etc")]
        subprocess.run([*command, "start"], check=True, capture_output=True, timeout=30)
        try:
            yield Relay(port, folder / "returned")
        finally:
            subprocess.run([*command, "abort"], check=False, capture_output=True, timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)

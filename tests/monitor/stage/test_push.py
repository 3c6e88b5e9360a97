from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from monitor.clock import system_clock
from monitor.stage import pki
from monitor.stage.push import PASSPHRASE, TOPIC, PushFile
from probes.certificate_file import NothingIn, dates_fault, opened, topic
from sla.span import DAY
from sla.state import Cause


async def test_the_file_is_in_force_while_it_is_open(tmp_path: Path) -> None:
    now = system_clock()
    push = PushFile(pki.found(tmp_path, now, DAY), tmp_path, now)
    await push.open()
    assert stat.S_IMODE(push.path.stat().st_mode) == 0o600
    kept = opened(push.path.read_bytes(), "auto", PASSPHRASE)
    assert (topic(kept.chain[0]), kept.key_fits, dates_fault(kept, now)) == (TOPIC, True, None)
    with pytest.raises(NothingIn):
        opened(push.path.read_bytes(), "auto", None)
    await push.close()
    ended = dates_fault(opened(push.path.read_bytes(), "auto", PASSPHRASE), now)
    assert ended is not None
    assert ended[0] is Cause.CERT_EXPIRED
    await push.release()
    await push.release()
    assert os.listdir(tmp_path) == ["ca.pem"]

"""The service as it runs: a reader signs up on its public listener, and the letter that answers waits for the mail server."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import httpx
from servers import free_port, serving, silent

from monitor.app import Service
from monitor.clock import monotonic, system_clock
from monitor.config.load import load
from monitor.desk.hooks import challenge
from monitor.store import letters, subscribers
from monitor.store.letters import State
from monitor.store.subscribers import Wish

MAIN = """\
provider: {{name: Example}}
operator: {{bind: "127.0.0.1:{operator}"}}
public: {{bind: "127.0.0.1:{public}"}}
mail: {{relay: "127.0.0.1:{nobody}", tls: none, from: notices@p.example}}
public_entries:
  - {{name: Portal, members: [acme/a]}}
"""
SITE = """\
id: acme
name: Acme
contacts: [{{name: Ada, email: ada@acme.example}}]
components: [{{id: a, kind: instance, public: true}}]
checks:
  - {{id: a, component: a, kind: tcp, host: 127.0.0.1, port: {port}, interval: 60s}}
"""


async def test_a_reader_signs_up_and_a_webhook_is_asked_by_the_running_service(tmp_path: Path) -> None:
    async with serving(silent) as target:
        (tmp_path / "threenines.yaml").write_text(MAIN.format(operator=free_port(), public=free_port(), nobody=free_port()))
        (tmp_path / "sites").mkdir()
        (tmp_path / "sites" / "acme.yaml").write_text(SITE.format(port=target))
        service = Service(tmp_path / "threenines.yaml", load(tmp_path / "threenines.yaml", {}), {}, system_clock, monotonic)
        await service.start()
        try:
            async with service.listening() as (_, public), httpx.AsyncClient(base_url=public or "") as reader:
                link = re.search(r'href="([^"]+/subscribe)"', (await reader.get("/")).text)
                assert link is not None
                assert 'method="post"' in (await reader.get(link[1])).text
                fields = {"address": "kim@reader.example", "kind[]": "incident"}
                assert (await reader.post(link[1], data=fields)).status_code == 200
                hook = Wish("/", "webhook", "https://hooks.invalid/x")
                await service.database.write(
                    lambda db: challenge(db, b"k", subscribers.add(db, hook, system_clock(), confirmed=False), system_clock())
                )
                service._telling.poke()
                async with asyncio.timeout(30):
                    while len(tried := [one for one in listed(service) if one.tries]) < 2:  # noqa: ASYNC110  the store tells nobody
                        await asyncio.sleep(0.05)
                assert {one.letter.channel for one in tried} == {"mail", "webhook"} and not any(one.settled_at for one in tried)
        finally:
            await service.stop()


def listed(service: Service) -> tuple[letters.Kept, ...]:
    return service.database.look(lambda db: letters.listed(db, list(State), 10))

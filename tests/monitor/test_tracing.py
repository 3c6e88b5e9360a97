"""A result's way as a real receiver of OTLP over HTTP hears of it; and that nothing stands in it where nobody asked."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse
from servers import free_port, serving, silent

from monitor.app import Service
from monitor.bus.local import LocalSink
from monitor.clock import monotonic, system_clock
from monitor.config.configuration import Tracing
from monitor.config.load import load
from monitor.ports import Result
from monitor.publisher import Publisher
from monitor.tracing import Traces
from sla.state import Cause, State

SECRET = "kanarienvogel-7r5"
MAIN = 'provider: {{name: Example}}\noperator: {{bind: "127.0.0.1:{port}"}}\n{tracing}'
SITE = """\
id: acme
name: Acme
customer: {{id: acme-gmbh, name: Acme GmbH}}
contacts: [{{name: Ada, email: ada@acme.example}}]
components: [{{id: node, kind: instance}}, {{id: port, kind: instance}}]
checks:
  - {{id: page, component: node, kind: instance, url: "http://127.0.0.1:{http}/?token={secret}", {pace}}}
  - {{id: door, component: port, kind: tcp, host: 127.0.0.1, port: {tcp}, {pace}}}
"""
PACE = "interval: 2s, deadline: 1s, repeat: 500ms"


@dataclass
class Receiver:
    """What an OpenTelemetry collector does: takes protobuf over HTTP. ``spans`` in the order in which they came."""

    raw: bytes = b""
    requests: list[ExportTraceServiceRequest] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            assert head.startswith(b"POST /v1/traces HTTP/1.1\r\n")
            fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
            assert fields[b"content-type"] == b"application/x-protobuf"
            body = await reader.readexactly(int(fields[b"content-length"]))
            self.raw += head + body
            self.requests.append(ExportTraceServiceRequest.FromString(body))
            answer = ExportTraceServiceResponse().SerializeToString()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: %d\r\n\r\n" % len(answer))
            writer.write(answer)

    @property
    def spans(self) -> list[Any]:
        kept = [batch for request in self.requests for batch in request.resource_spans]
        return [span for batch in kept for scope in batch.scope_spans for span in scope.spans]

    def named(self, name: str) -> list[Any]:
        return [span for span in self.spans if span.name == name]


def attributes(of: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in of.attributes}


async def broken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A web server that repeats what it was told, secret and all."""
    asked = await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 500 %s\r\nX-Said: %s\r\nContent-Length: 0\r\n\r\n" % (SECRET.encode(), asked.split(b"\r\n")[0]))
    await writer.drain()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    async with serving(receiver.serve) as receiver.port:
        yield receiver


@asynccontextmanager
async def running(folder: Path, tracing: str) -> AsyncIterator[Service]:
    """The service with a page that is broken and a door that is open."""
    async with serving(broken) as http, serving(silent) as tcp:
        (folder / "sites").mkdir()
        (folder / "threenines.yaml").write_text(MAIN.format(port=free_port(), tracing=tracing))
        (folder / "sites" / "acme.yaml").write_text(SITE.format(http=http, tcp=tcp, secret=SECRET, pace=PACE))
        path = folder / "threenines.yaml"
        service = Service(path, load(path, {}), {}, system_clock, monotonic)
        await service.start()
        try:
            yield service
        finally:
            await service.stop()


async def test_a_result_is_followed_from_its_slot_to_the_page_it_changed(tmp_path: Path, receiver: Receiver) -> None:
    async with running(tmp_path, f'tracing: {{endpoint: "http://127.0.0.1:{receiver.port}/v1/traces"}}\n') as service:
        async with asyncio.timeout(20):
            while len(service.intake.live) < 2 or not service.publisher.complete.is_set():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await service.publisher.renew("acme-gmbh")
    results = receiver.named("result")
    said = {(whole := attributes(span))["threenines.check"]: whole for span in results}
    ours = {"threenines.site": "acme", "threenines.vantage": "main", "threenines.lag_ms": said["door"]["threenines.lag_ms"]}
    assert said["door"] == ours | {"threenines.check": "door", "threenines.kind": "tcp", "threenines.state": "up"}
    assert (said["page"]["threenines.state"], said["page"]["threenines.cause"]) == ("down", "http_status")
    follows_one_another(receiver.spans, results)
    (configuration,) = receiver.named("configuration")
    assert attributes(configuration) == {"threenines.sites": 1, "threenines.checks": 2}
    links = {link.trace_id for span in receiver.named("publish") for link in span.links}
    assert links and links <= {span.trace_id for span in results}
    assert {attributes(span)["threenines.customer"] for span in receiver.named("publish")} == {"acme-gmbh"}
    tells_no_secret(receiver)


def follows_one_another(spans: Sequence[Any], results: Sequence[Any]) -> None:
    """Every result has its four parts in order and inside it, the look its phases, and nothing ends before it begins."""
    children = defaultdict(list)
    for span in spans:
        assert span.start_time_unix_nano <= span.end_time_unix_nano
        children[span.parent_span_id].append(span)
    for result in results:
        parts = sorted(children[result.span_id], key=lambda span: span.start_time_unix_nano)
        assert {part.name for part in parts} == {"schedule", "look", "deliver", "intake"}
        assert {part.trace_id for part in parts} == {result.trace_id}
        (look,) = (part for part in parts if part.name == "look")
        assert {"connect"} <= {phase.name for phase in children[look.span_id]}
        intake = next(part for part in parts if part.name == "intake")
        assert intake.end_time_unix_nano == result.end_time_unix_nano


def tells_no_secret(receiver: Receiver) -> None:
    resource = attributes(receiver.requests[0].resource_spans[0].resource)
    assert resource["service.name"] == "threenines"
    for planted in (SECRET, "127.0.0.1/", "token", "Acme", "ada@", "answered 500"):
        assert planted.encode() not in receiver.raw


async def test_where_nobody_asked_nothing_of_it_stands_in_the_way(tmp_path: Path) -> None:
    async with running(tmp_path, "") as service:
        assert type(service.publisher) is Publisher
        assert type(service._lookout._courier._sink) is LocalSink
    asked = "import sys, monitor.app; print([name for name in sys.modules if name.startswith('opentelemetry')])"
    assert (await asyncio.to_thread(subprocess.check_output, [sys.executable, "-c", asked], text=True)).strip() == "[]"


def result(slot: int, state: State = State.UP) -> Result:
    return Result(slot, 1, 1, slot + 5, 12.5, state, None if state is State.UP else Cause.DEADLINE)


async def test_what_is_no_news_is_sent_by_its_share_and_all_else_always(receiver: Receiver) -> None:
    tracing = Tracing(f"http://127.0.0.1:{receiver.port}/v1/traces", share=0.25)
    traces = Traces(tracing, "1", system_clock, lambda check_no: "acme")
    check: Any = SimpleNamespace(key="page", probe=SimpleNamespace(kind="tcp"))
    plan: Any = SimpleNamespace(stream=(1, 1), site="acme", location="main", check=check)
    traces.watch(SimpleNamespace(sites=(1,)), [plan], 0)  # type: ignore[arg-type]
    rows = [result(n * 1_000) for n in range(41)] + [result(n * 1_000, State.DOWN) for n in range(50, 53)]
    traces.kept([*rows, result(60_000)], 70_000, 70_001)
    await traces.close()
    states = [attributes(span)["threenines.state"] for span in receiver.named("result")]
    assert states == ["up"] * (1 + 40 // 4) + ["down"] * 3 + ["up"]


async def test_a_collector_that_is_away_costs_only_the_traces() -> None:
    traces = Traces(Tracing(f"http://127.0.0.1:{free_port()}/v1/traces"), "1", system_clock, lambda check_no: None)
    with traces.published("acme"):
        pass
    await traces.close()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{endpoint: http://collector.example:4318/v1/traces}", "tracing.endpoint: http is for a collector on this machine only"),
        ("{endpoint: ftp://x}", "tracing.endpoint: "),
        ('{endpoint: "http://localhost:4318", share: 2}', "tracing.share: "),
        ("{}", "tracing.endpoint: "),
    ],
)
def test_what_is_wrong_about_it_is_said_with_its_place(tmp_path: Path, written: str, said: str) -> None:
    (tmp_path / "threenines.yaml").write_text(MAIN.format(port=free_port(), tracing=f"tracing: {written}\n"))
    with pytest.raises(Exception, match=r"threenines\.yaml:3: ") as raised:
        load(tmp_path / "threenines.yaml", {})
    assert said in str(raised.value)


def test_without_the_extra_the_configuration_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.config.load.find_spec", lambda name: None)
    (tmp_path / "threenines.yaml").write_text(MAIN.format(port=free_port(), tracing="tracing: {endpoint: https://x.example}\n"))
    with pytest.raises(Exception, match=r"needs the extra threenines\[otel\]"):
        load(tmp_path / "threenines.yaml", {})

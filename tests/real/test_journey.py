"""Journeys to real nodes: behind a load balancer that speaks HTTP/2, through a proxy, and past peers that mean no good."""

from __future__ import annotations

import asyncio
import base64
import logging
import os
import random
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived
from nodes import HAPROXY, Node
from servers import (
    Serve,
    bye,
    drip,
    flood,
    free_port,
    garbage,
    huge_header,
    needed,
    reset,
    saying,
    serving,
    silent,
    started,
)  # fmt: skip

from monitor.clock import monotonic, system_clock
from monitor.watch.egress import Egress
from monitor.watch.runner import LookOutcome, Runner
from monitor.watch.stall import Stall
from probes.kinds.instance import Instance
from probes.kinds.journey import Auth, Basic, Journey
from probes.probe import Secret, SecretRef
from probes.steps import Step
from sla.state import Cause, State

pytestmark = pytest.mark.real
LOOPS = ("uvloop",)

CANARY = "canary-secret"
REF = SecretRef("env:PASSWORD")
FORM = {"user": "probe", "csrf": "{csrf}"}
UP_IS_NO = ({"pointer": "/status", "equals": "NO"},)
ODD_COOKIE = b"HTTP/1.1 200 OK\r\nSet-Cookie: \x00;;;=\r\nContent-Length: 2\r\n\r\n{}"
BAD_CERTIFICATES = [
    ("expired", Cause.CERT_EXPIRED),
    ("wronghost", Cause.CERT_NAME),
    ("stranger", Cause.CERT_CHAIN),
    ("notyet", Cause.CERT_NOT_YET_VALID),
]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def served(pki: Path, variant: str = "good") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki / f"{variant}.pem")
    return context


def login(base: str, **last: Any) -> tuple[Step, ...]:
    """The console's login as its page wants it."""
    return (
        Step("page", f"{base}/login", save={"csrf": {"matches": 'name="csrf" value="([^"]+)"'}}),
        Step("login", f"{base}/login", form=FORM, secret_form={"password": REF}, expect_status=(302,)),
        Step("console", f"{base}/console", contains='"user": "probe"', **last),
    )


async def looked(runner: Runner, probe: Journey, deadline_s: float = 15) -> LookOutcome:
    began = time.monotonic()
    outcome = await runner.look(probe, deadline_s)
    assert time.monotonic() - began < deadline_s + 1
    assert CANARY not in repr(outcome), outcome
    return outcome


@asynccontextmanager
async def behind_haproxy(node: Node, folder: Path, pki: Path) -> AsyncIterator[str]:
    """The node behind a load balancer with TLS and HTTP/2; gives its address."""
    haproxy, tls = needed("haproxy"), free_port()
    async with serving(node.serve) as port:
        words = HAPROXY.format(tls=tls, plain=free_port(), cert=pki / "good.pem")
        (folder / "haproxy.cfg").write_text(f"{words}  server n1 127.0.0.1:{port}\n")
        proxy = await asyncio.to_thread(started, [haproxy, "-db", "-f", str(folder / "haproxy.cfg")], tls, folder)
        try:
            yield f"https://localhost:{tls}"
        finally:
            await asyncio.to_thread(proxy.stop)


@pytest.mark.parametrize(("http2", "version"), [(True, "2"), (False, "1.1")])
async def test_a_login_leads_to_what_lies_behind_it(http2: bool, version: str, runner: Runner, tmp_path: Path, pki: Path) -> None:
    node = Node("n1")
    async with behind_haproxy(node, tmp_path, pki) as base:
        probe = Journey(login(base), ca_file=str(pki / "ca.pem"), http2=http2)
        outcome = await looked(runner, probe)
        finding = outcome.finding
        assert finding.state is State.UP, finding
        assert finding.facts["http_version"] == version
        assert (finding.facts["http_status_code"], finding.facts["http_redirects"]) == (200, 0)
        assert (finding.facts["http_ssl"], finding.facts["tls_version"]) == (True, "TLSv1.3")
        assert [name for name, _ in outcome.phases] == ["resolve", "connect", "tls", "page", "login", "console"]
        assert sum(ms for _, ms in outcome.phases) <= outcome.took_ms + 1  # type: ignore[operator]
        # What one look remembered the next has forgotten, and other kinds are offered no HTTP/2 by it.
        assert node.seen[0].headers.get("cookie") is None
        assert (await looked(runner, probe)).finding.state is State.UP
        assert node.seen[3].headers.get("cookie") is None
        plain = await runner.look(Instance(url=f"{base}/health", ca_file=str(pki / "ca.pem")), 10)
        assert plain.finding.facts["http_version"] == "1.1"
        node.password = "another-secret"
        lost = (await looked(runner, probe)).finding
        assert (lost.cause, lost.reason) == (Cause.AUTH_FAILED, "step 2 login: answered 403, wanted 302; it worked before")
    assert node.seen[1].form == {"user": "probe", "csrf": "t0k&n", "password": CANARY}


async def test_a_password_that_never_worked_is_our_mistake_and_rests_after_three(
    egress: Egress, tmp_path: Path, pki: Path
) -> None:
    node = Node("n1", password="right")
    runner = Runner(egress, system_clock, monotonic, Stall(monotonic), lambda ref: Secret(CANARY))
    async with behind_haproxy(node, tmp_path, pki) as base:
        probe = Journey(login(base), ca_file=str(pki / "ca.pem"))
        causes = [(await looked(runner, probe)).finding.cause for _ in range(4)]
    assert causes == [Cause.CHECK_CONFIG] * 3 + [Cause.PAUSED]
    assert len(node.seen) == 6


async def test_a_step_that_fails_is_named(runner: Runner, tmp_path: Path, pki: Path) -> None:
    ca = str(pki / "ca.pem")
    async with behind_haproxy(Node("n1"), tmp_path, pki) as base:
        for step, cause, reason in (
            (Step("gone", f"{base}/none"), Cause.HTTP_STATUS, "step 1 gone: answered 404, wanted 200-299"),
            (
                Step("hop", f"{base}/hop"),
                Cause.HTTP_REDIRECT,
                "answered 302, wanted 200-299; redirects to the same host",
            ),
            (Step("text", f"{base}/health", contains="DOWN"), Cause.ASSERT_FAILED, 'text "DOWN" not found'),
            (
                Step("json", f"{base}/health", json=UP_IS_NO),
                Cause.ASSERT_FAILED,
                '/status is "UP"',
            ),
            (Step("save", f"{base}/health", save={"x": {"json": "/none"}}), Cause.ASSERT_FAILED, 'nothing for "x" found by json'),
            (Step("short", f"{base}/half"), Cause.TCP_RESET, ""),
        ):
            finding = (await looked(runner, Journey((step,), ca_file=ca))).finding
            assert finding.cause is cause, finding
            assert reason in finding.reason
        facts = (await looked(runner, Journey((Step("a", f"{base}/health", matches="zzz"),), ca_file=ca))).finding.facts
        assert facts["failed_due_to_regex"] is True


async def test_auth_is_shown_to_the_first_host_alone(runner: Runner, pki: Path) -> None:
    node, other = Node("n1"), Node("n2")
    async with serving(node.serve, served(pki)) as port, serving(other.serve, served(pki)) as elsewhere:
        base, ca = f"https://localhost:{port}", str(pki / "ca.pem")
        steps = (Step("in", f"{base}/auth"), Step("away", f"https://127.0.0.1:{elsewhere}/health"))
        for auth in (Auth(basic=Basic("probe", REF)), Auth(bearer=REF)):
            probe = Journey(steps, auth=auth, ca_file=ca)
            outcome = await looked(runner, probe)
            assert outcome.finding.state is State.UP, outcome
        node.password = "changed"
        assert (await looked(runner, probe)).finding.cause is Cause.AUTH_FAILED
    assert all("authorization" in request.headers for request in node.seen)
    assert not any("authorization" in request.headers for request in other.seen)


async def test_another_hosts_no_is_not_the_credentials(runner: Runner, pki: Path) -> None:
    async with serving(Node("n1").serve, served(pki)) as port, serving(Node("n2").serve, served(pki)) as elsewhere:
        steps = (Step("in", f"https://localhost:{port}/auth"), Step("away", f"https://127.0.0.1:{elsewhere}/console"))
        probe = Journey(steps, auth=Auth(bearer=REF), ca_file=str(pki / "ca.pem"))
        finding = (await looked(runner, probe)).finding
    assert (finding.cause, finding.reason) == (Cause.HTTP_STATUS, "step 2 away: answered 401, wanted 200-299")


async def test_a_server_that_hangs_up_between_steps_is_called_again(runner: Runner) -> None:
    """It never said that it would close: what a visitor's browser does then, we do."""
    calls = 0

    async def curt(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        calls += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await writer.drain()

    async def pause(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.2)  # meanwhile the other one's goodbye arrives
        writer.write(OK)

    async with serving(curt) as port, serving(pause) as other:
        one, two = f"http://127.0.0.1:{port}/", f"http://127.0.0.1:{other}/"
        finding = (await looked(runner, Journey((Step("a", one), Step("b", two), Step("c", one))))).finding
    assert (finding.state, calls) == (State.UP, 2), finding


async def test_a_saved_word_that_is_no_ascii_may_stand_in_a_header(runner: Runner) -> None:
    word = "J\u00fcrgen".encode()
    async with serving(saying(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n<b>%s</b>" % (len(word) + 7, word))) as port:
        url = f"http://127.0.0.1:{port}/"
        steps = (Step("a", url, save={"who": {"matches": "<b>(.*)</b>"}}), Step("b", url, headers={"X-Who": "{who}"}))
        assert (await looked(runner, Journey(steps))).finding.state is State.UP


def sending_on(goal: Callable[[], str], status: str = "302 Found") -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        body = int(dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:-2]).get(b"content-length", b"0"))
        await reader.readexactly(body)
        writer.write(f"HTTP/1.1 {status}\r\nLocation: {goal()}\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()

    return serve


async def test_redirects_are_followed_where_they_may_be(runner: Runner, pki: Path) -> None:
    ca, node = str(pki / "ca.pem"), Node("n1")

    async def look(goal: str, named: str = "", status: str = "302 Found", **fields: Any) -> Any:
        async with serving(sending_on(lambda: goal, status), served(pki)) as port:
            first = Step("go", f"https://localhost:{port}/", follow_redirects=True, **fields)
            more = (Step("named", named),) if named else ()
            return (await looked(runner, Journey((first, *more), auth=Auth(bearer=REF), ca_file=ca), 5)).finding

    async with serving(node.serve, served(pki)) as port:
        health = f"https://localhost:{port}/health"
        named = await look(health, named=health)
        assert (named.state, named.facts["http_redirects"]) == (State.UP, 1), named
        assert "authorization" not in node.seen[0].headers
        stranger = await look(health)
        assert stranger.cause is Cause.HTTP_REDIRECT
        assert stranger.reason == "step 1 go: redirects to localhost, which is not public and no step names"
        node.seen.clear()
        posted = await look(health, named=health, form={"a": "1"})
        assert (posted.state, [request.method for request in node.seen]) == (State.UP, ["GET", "GET"])
        kept = await look(health, named=health, status="307 Temporary", secret_form={"a": REF})
        assert kept.reason == "step 1 go: redirects what was sent to localhost, wanted it kept here"
        loop = f"https://localhost:{port}/loop"
        endless = (await looked(runner, Journey((Step("go", loop, follow_redirects=True),), ca_file=ca), 5)).finding
        assert endless.reason == "step 1 go: redirected more than 3 times, wanted an answer"
        assert endless.cause is Cause.HTTP_REDIRECT
        hop = Journey((Step("go", f"https://localhost:{port}/hop", follow_redirects=True, contains="UP"),), ca_file=ca)
        assert (await looked(runner, hop)).finding.state is State.UP
    plain = await look("http://localhost/")
    assert plain.reason == "step 1 go: redirects to localhost without https, wanted https"
    metadata = await look("https://169.254.169.254/latest/meta-data/")
    assert (metadata.cause, metadata.state) == (Cause.HTTP_REDIRECT, State.DOWN)


@asynccontextmanager
async def tinyproxy(folder: Path, allowed: int) -> AsyncIterator[int]:
    """A real proxy that connects to one port."""
    port = free_port()
    conf = f"Port {port}\nListen 127.0.0.1\nTimeout 20\nMaxClients 10\nAllow 127.0.0.1\nConnectPort {allowed}\nLogLevel Info\n"
    (folder / "tinyproxy.conf").write_text(conf)
    words = [needed("tinyproxy"), "-d", "-c", str(folder / "tinyproxy.conf")]
    server = await asyncio.to_thread(started, words, port, folder)
    try:
        yield port
    finally:
        await asyncio.to_thread(server.stop)


async def test_a_proxy_is_asked_to_connect(runner: Runner, tmp_path: Path, pki: Path) -> None:
    async with behind_haproxy(Node("n1"), tmp_path, pki) as base:
        target = int(base.rpartition(":")[2])
        async with tinyproxy(tmp_path, target) as port:
            proxy, ca = f"http://127.0.0.1:{port}", str(pki / "ca.pem")
            through = Journey(login(base), ca_file=ca, proxy=proxy)
            outcome = await looked(runner, through)
            assert outcome.finding.state is State.UP, outcome
            assert outcome.finding.facts["http_version"] == "2"
            assert f"localhost:{target}" in (tmp_path / f"log-{port}").read_text()
            forbidden = Journey((Step("a", "https://localhost:1/"),), ca_file=ca, proxy=proxy)
            refused = (await looked(runner, forbidden)).finding
            assert (refused.state, refused.cause) == (State.UNKNOWN, Cause.CHECK_CONFIG), refused
    # The proxy allows the port, and nobody is behind it any more.
    async with tinyproxy(tmp_path, target) as port:
        dead = (await looked(runner, replace(through, proxy=f"http://127.0.0.1:{port}"))).finding
        assert dead.cause is Cause.TCP_UNREACHABLE, dead


@pytest.mark.parametrize(
    ("serve", "causes"),
    [
        (silent, {Cause.DEADLINE}),
        (drip, {Cause.DEADLINE}),
        (flood, {Cause.BODY_TOO_LARGE}),
        (reset, {Cause.TCP_RESET}),
        (bye, {Cause.TCP_RESET}),
        (garbage, {Cause.PROTO_MALFORMED, Cause.TCP_RESET}),  # it may be gone before we have asked
        (huge_header, {Cause.PROTO_MALFORMED}),
        (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\npart"), {Cause.TCP_RESET}),
        (saying(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nhtml"), {Cause.PROTO_MALFORMED}),
        (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhtml"), {Cause.PROTO_MALFORMED}),
        (saying(ODD_COOKIE), {Cause.ASSERT_FAILED, Cause.PROTO_MALFORMED}),
        (saying(b"HTTP/1.1 101 Up\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"), {Cause.HTTP_STATUS, Cause.PROTO_MALFORMED}),
    ],
)
async def test_every_ill_peer_has_its_cause_and_leaves_no_socket(serve: Serve, causes: set[Cause], runner: Runner) -> None:
    async with serving(serve) as port:
        before = len(os.listdir("/proc/self/fd"))
        step = Step("a", f"http://127.0.0.1:{port}/", json=({"pointer": "/status", "equals": "UP"},), secret_form={"p": REF})
        finding = (await looked(runner, Journey((step,)), 1.0)).finding
        assert finding.cause in causes, finding
        for _ in range(100):
            await asyncio.sleep(0.02)
            if len(os.listdir("/proc/self/fd")) <= before:
                break
        assert len(os.listdir("/proc/self/fd")) <= before


@pytest.mark.parametrize(("variant", "cause"), BAD_CERTIFICATES)
async def test_the_certificate_is_judged(variant: str, cause: Cause, runner: Runner, pki: Path) -> None:
    async with serving(Node("n1").serve, served(pki, variant)) as port:
        probe = Journey((Step("a", f"https://localhost:{port}/health"),), ca_file=str(pki / "ca.pem"))
        assert (await looked(runner, probe)).finding.cause is cause


def h2_answer(state: H2Connection, data: bytes) -> bytes:
    """What a good server of HTTP/2 answers to these bytes."""
    for event in state.receive_data(data):
        if isinstance(event, RequestReceived):
            state.send_headers(event.stream_id, [(":status", "200"), ("content-type", "application/json"), ("x-node", "n1")])
            state.send_data(event.stream_id, b'{"status": "UP"}', end_stream=True)
    return state.data_to_send()


def nearly_h2(chance: random.Random, most: int = 2) -> Serve:
    """A server whose answers have up to ``most`` places changed, cut or doubled."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        state = H2Connection(H2Configuration(client_side=False))
        state.initiate_connection()
        while data := await reader.read(65536):
            answer = bytearray(h2_answer(state, data))
            for _ in range(chance.randrange(most + 1)):
                place = chance.randrange(len(answer)) if answer else 0
                match chance.randrange(3):
                    case 0:
                        answer[place : place + 1] = chance.randbytes(1)
                    case 1:
                        del answer[place : place + chance.randrange(4)]
                    case _:
                        answer[place:place] = chance.randbytes(chance.randrange(8))
            writer.write(bytes(answer))
            await writer.drain()

    return serve


async def test_answers_that_are_nearly_http2_never_break_the_kind(runner: Runner, pki: Path) -> None:
    """100 mutations, seeded; THREENINES_FUZZ gives another number."""
    tls, chance = served(pki), random.Random(2)
    tls.set_alpn_protocols(["h2"])
    rule = ({"pointer": "/status", "equals": "UP"},)

    def probe_of(port: int) -> Journey:
        step = Step("a", f"https://localhost:{port}/", json=rule, save={"node": {"header": "X-Node"}})
        return Journey((step, replace(step, name="b")), ca_file=str(pki / "ca.pem"))

    async with serving(nearly_h2(chance, 0), tls) as port:
        whole = (await runner.look(probe_of(port), 20)).finding
        assert (whole.state, whole.facts["http_version"]) == (State.UP, "2")
    async with serving(nearly_h2(chance), tls) as port:
        for _ in range(int(os.environ.get("THREENINES_FUZZ", "100")) // 25):
            for outcome in await asyncio.gather(*(runner.look(probe_of(port), 1) for _ in range(25))):
                assert outcome.finding.state in (State.UP, State.DOWN), outcome
                assert outcome.finding.reason.isprintable()


async def test_who_is_not_there_is_named(runner: Runner) -> None:
    assert (await looked(runner, Journey((Step("a", f"http://127.0.0.1:{free_port()}/"),)))).finding.cause is Cause.TCP_REFUSED
    assert (await looked(runner, Journey((Step("a", "http://169.254.169.254/"),)))).finding.cause is Cause.CHECK_CONFIG
    ill = await looked(runner, Journey((Step("a", "http://mdm.acme.example/"),)))
    assert ill.finding.cause is Cause.RESOLVER


async def test_a_look_that_is_cancelled_leaves_no_socket(runner: Runner) -> None:
    async with serving(silent) as port:
        before = len(os.listdir("/proc/self/fd"))
        probe = Journey((Step("a", f"http://127.0.0.1:{port}/"),))
        looks = [asyncio.create_task(runner.look(probe, 30)) for _ in range(5)]
        await asyncio.sleep(0.3)
        for look in looks:
            look.cancel()
        await asyncio.gather(*looks, return_exceptions=True)
        for _ in range(100):
            await asyncio.sleep(0.02)
            if len(os.listdir("/proc/self/fd")) <= before:
                break
        assert len(os.listdir("/proc/self/fd")) <= before


@pytest.mark.parametrize("filler", [0, 60, 68, 75])
async def test_an_answer_that_echoes_a_secret_does_not_put_it_into_the_reason(
    filler: int, egress: Egress, pki: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """However it is cut and written; nor do the libraries log what was sent."""
    caplog.set_level(logging.DEBUG)
    secret = 'canary-secret "&\u00e9'
    runner = Runner(egress, system_clock, monotonic, Stall(monotonic), lambda ref: Secret(secret))
    async with serving(Node("n1").serve, served(pki)) as port:
        for pointer, auth in (("/body", None), ("/authorization", Auth(basic=Basic("probe", REF)))):
            rule = ({"pointer": pointer, "equals": "nothing"},)
            form, secret_form = ({"a": "x" * filler}, {"p": REF}) if auth is None else ({"a": "x"}, {})
            step = Step("a", f"https://localhost:{port}/echo", form=form, secret_form=secret_form, json=rule)
            outcome = await looked(runner, Journey((step,), auth=auth, ca_file=str(pki / "ca.pem")))
            assert outcome.finding.cause is Cause.ASSERT_FAILED, outcome
            assert base64.b64encode(f"probe:{secret}".encode()).decode()[:20] not in repr(outcome)
            assert "canar" not in repr(outcome)
    assert "canary" not in caplog.text
    assert "localhost" not in caplog.text


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"auth": Auth()}, "auth: must be basic or bearer, got neither"),
        ({"auth": Auth(Basic("u", REF), REF)}, "auth: must be basic or bearer, got both"),
        ({"proxy": "https://proxy.example"}, "proxy: must be like"),
        ({"proxy": "http://u:p@proxy.example"}, "proxy: must have no user or password"),
        ({"steps": ()}, "steps: must be 1 to 10, got 0"),
    ],
)
def test_a_wrong_field_is_said_with_its_name(fields: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Journey(**{"steps": (Step("a", "https://a.example/"),), **fields})

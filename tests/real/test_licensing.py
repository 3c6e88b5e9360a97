"""The licensing kind: files as an operator's timer writes them, ports, and pages of real web servers."""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flexnet_texts import BROKEN, HEAD, LMSTAT, increment
from servers import banner, drip, free_port, garbage, reset, saying, serving, silent

from monitor.clock import system_clock
from monitor.watch.runner import Runner
from probes.kinds.licensing import Licensing, exposed
from probes.licence import Feature
from probes.probe import Duration, Finding, Secret, SecretRef
from sla.calendar import date_of
from sla.state import Cause, State

pytestmark = pytest.mark.real

REF = SecretRef("env:TOKEN")
CANARY = "canary-secret"
FEATURES = (Feature("CXM_ENTU_UD"),)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def today() -> date:
    return date_of("UTC", system_clock())


def in_days(days: int) -> str:
    then = today() + timedelta(days=days)
    return f"{then.day:02}-{MONTHS[then.month - 1]}-{then.year}"


async def looked(runner: Runner, probe: Licensing, deadline_s: float = 5) -> Finding:
    began = time.monotonic()
    outcome = await runner.look(probe, deadline_s)
    assert time.monotonic() - began < deadline_s + 1
    assert CANARY not in repr(outcome)
    assert outcome.finding.reason.isprintable()
    return outcome.finding


async def by_file(runner: Runner, tmp_path: Path, text: str, **more: Any) -> Finding:
    path = tmp_path / "licence.lic"
    path.write_text(text, encoding="utf-8", newline="")
    return await looked(runner, Licensing("flexnet_file", file=str(path), **more))


async def test_a_good_file_is_up_with_its_facts(runner: Runner, tmp_path: Path) -> None:
    finding = await by_file(runner, tmp_path, HEAD + increment(in_days(200)), features=FEATURES)
    assert (finding.state, finding.notices) == (State.UP, ())
    ends = today() + timedelta(days=201)
    assert finding.facts == {
        "license_features": 1,
        "license_seats": 250,
        "license_not_after_timestamp_seconds": int(datetime(ends.year, ends.month, ends.day, tzinfo=UTC).timestamp()),
        "license_support_date": "2038-01-15",
    }


@pytest.mark.parametrize(
    ("days", "seats", "more", "cause"),
    [
        (200, 250, {"features": (Feature("CXM_ENTU_UD", 251),)}, Cause.LICENCE_EXCEEDED),
        (200, 250, {"features": (Feature("NO_SUCH"),)}, Cause.LICENCE_INVALID),
        (-1, 250, {"features": FEATURES}, Cause.LICENCE_EXPIRED),
        (-1, 250, {}, Cause.LICENCE_EXPIRED),
        (10, 250, {}, Cause.EXPIRES_SOON),
        (10, 250, {"degraded_days": 5}, None),
    ],
)
async def test_each_fault_of_a_file_has_its_cause(
    days: int, seats: int, more: dict[str, Any], cause: Cause | None, runner: Runner, tmp_path: Path
) -> None:
    finding = await by_file(runner, tmp_path, HEAD + increment(in_days(days), seats), **more)
    assert finding.cause is cause, finding


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_file_is_no_licence(name: str, runner: Runner, tmp_path: Path) -> None:
    text, words = BROKEN[name]
    finding = await by_file(runner, tmp_path, text)
    assert finding.cause is Cause.LICENCE_INVALID
    assert words in finding.reason


async def test_a_file_that_is_missing_or_huge_is_our_own_trouble(runner: Runner, tmp_path: Path) -> None:
    assert (await looked(runner, Licensing("flexnet_file", file=str(tmp_path / "none")))).cause is Cause.CHECK_CONFIG
    os.mkfifo(tmp_path / "pipe")
    assert (await looked(runner, Licensing("flexnet_file", file=str(tmp_path / "pipe")))).cause is Cause.CHECK_CONFIG
    assert (await by_file(runner, tmp_path, "# x\n" * 400_000)).cause is Cause.CHECK_CONFIG


async def by_lmstat(runner: Runner, tmp_path: Path, text: str, age_s: float = 60, **more: Any) -> Finding:
    path = tmp_path / "lmstat"
    path.write_text(text, newline="")
    written_s = system_clock() / 1000 - age_s
    os.utime(path, (written_s, written_s))
    return await looked(runner, Licensing("flexnet_lmstat", file=str(path), **more))


@pytest.mark.parametrize(
    ("name", "state", "cause", "words"),
    [
        ("up", State.UP, None, ""),
        ("windows", State.UP, None, ""),
        ("triad", State.UP, None, ""),
        ("many used", State.UP, None, ""),
        ("nearly full", State.DEGRADED, Cause.SEATS_LOW, "240 of 250 seats in use"),
        ("full", State.DOWN, Cause.LICENCE_EXCEEDED, "all 250 seats in use (250)"),
        ("over", State.DOWN, Cause.LICENCE_EXCEEDED, "all 250 seats in use (251)"),
        ("unsupported", State.DOWN, Cause.LICENCE_INVALID, "Error: 3 licenses, unsupported"),
        ("absent", State.DOWN, Cause.LICENCE_INVALID, "CXM_ENTU_UD is not reported"),
        ("daemon down", State.DOWN, Cause.SERVICE_ERROR, "vendor daemon CITRIX is down"),
        ("daemon mute", State.DOWN, Cause.SERVICE_ERROR, "vendor daemon CITRIX is down"),
        ("server down", State.DOWN, Cause.SERVICE_ERROR, "0 of 1 licence servers up, wanted 1; down: lic01"),
        ("server error", State.DOWN, Cause.SERVICE_ERROR, "0 of 1 licence servers up"),
        ("server says down", State.DOWN, Cause.SERVICE_ERROR, "0 of 1 licence servers up"),
        ("two of three", State.DEGRADED, Cause.MEMBERS_MISSING, "2 of 3 licence servers up; down: lic03"),
        ("one of three", State.DOWN, Cause.SERVICE_ERROR, "1 of 3 licence servers up, wanted 2; down: lic02, lic03"),
        ("two servers", State.UP, None, ""),
        ("second server down", State.DOWN, Cause.SERVICE_ERROR, "down: lic09"),
    ],
)
async def test_what_lmstat_says_is_judged(
    name: str, state: State, cause: Cause | None, words: str, runner: Runner, tmp_path: Path
) -> None:
    finding = await by_lmstat(runner, tmp_path, LMSTAT[name], features=FEATURES)
    assert (finding.state, finding.cause) == (state, cause), finding
    assert words in finding.reason


async def test_without_named_features_all_that_are_reported_count(runner: Runner, tmp_path: Path) -> None:
    finding = await by_lmstat(runner, tmp_path, LMSTAT["up"])
    assert (finding.state, finding.facts["license_features"], finding.facts["license_servers_up"]) == (State.UP, 3, 1)
    assert (await by_lmstat(runner, tmp_path, LMSTAT["unsupported"])).cause is Cause.LICENCE_INVALID
    assert finding.facts["license_seats_used"] == 100


@pytest.mark.parametrize(
    ("text", "age_s", "words"),
    [
        (LMSTAT["up"], 901, "written 901 s ago, wanted at most 900 s; does its timer run?"),
        (LMSTAT["full"], 5_000, "written 5000 s ago"),
        (LMSTAT["up"], -300, "written -300 s ago"),
        ("", 1, "no text of lmstat"),
        ("sh: 1: lmutil: not found\n", 1, "no text of lmstat"),
    ],
)
async def test_a_text_that_is_old_or_none_is_our_own_trouble(
    text: str, age_s: float, words: str, runner: Runner, tmp_path: Path
) -> None:
    finding = await by_lmstat(runner, tmp_path, text, age_s)
    assert (finding.state, finding.cause) == (State.UNKNOWN, Cause.CHECK_CONFIG)
    assert words in finding.reason
    if age_s > 900:
        assert (await by_lmstat(runner, tmp_path, text, age_s, max_age=Duration(6_000_000))).cause is not Cause.CHECK_CONFIG


async def test_every_port_must_take_a_connection(runner: Runner) -> None:
    async with serving(silent) as one, serving(silent) as other:
        well = await looked(runner, Licensing("tcp", host="127.0.0.1", ports=(one, other)))
        assert (well.state, well.notices) == (State.UP, ())
        closed = free_port()
        down = await looked(runner, Licensing("tcp", host="127.0.0.1", ports=(one, closed)))
    assert (down.cause, down.reason) == (Cause.TCP_REFUSED, f"port {closed}: connection refused, wanted an open port")


def test_a_licence_port_at_a_public_address_is_advice() -> None:
    (notice,) = exposed("9.9.9.9", (27000, 443))
    assert notice.code == "exposed_port"
    assert "port 27000 answers at the public address 9.9.9.9" in notice.text
    assert exposed("10.1.2.3", (27000,)) == exposed("9.9.9.9", (443,)) == exposed("fd00::1", (7279,)) == ()


BODY = b'{"seats": {"total": 250, "used": %d}, "expires": "%s", "note": "canary-secret"}'
POINTERS = {"seats_pointer": "/seats/total", "used_pointer": "/seats/used", "expires_pointer": "/expires"}


def answer(body: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


@asynccontextmanager
async def page(body: bytes, status: bytes = b"200 OK", **more: Any) -> AsyncIterator[Licensing]:
    async with serving(saying(answer(body, status))) as port:
        yield Licensing("http_json", url=f"http://127.0.0.1:{port}/licence", **POINTERS, **more)


@pytest.mark.parametrize(
    ("used", "expires", "cause"),
    [
        (181, "2099-12-31", None),
        (240, "2099-12-31", Cause.SEATS_LOW),
        (250, "2099-12-31", Cause.LICENCE_EXCEEDED),
        (181, "2020-12-31", Cause.LICENCE_EXPIRED),
        (181, (today() + timedelta(days=8)).isoformat(), Cause.EXPIRES_SOON),
        (181, "soon", Cause.LICENCE_INVALID),
    ],
)
async def test_what_a_page_shows_is_judged(used: int, expires: str, cause: Cause | None, runner: Runner) -> None:
    async with page(BODY % (used, expires.encode())) as probe:
        finding = await looked(runner, probe)
    assert finding.cause is cause, finding
    assert finding.facts["http_status_code"] == 200
    if cause is None:
        assert (finding.facts["license_seats"], finding.facts["license_seats_used"]) == (250, 181)


async def test_a_page_over_tls_is_read_with_a_secret_header(runner: Runner, pki: Path) -> None:
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer(BODY % (1, b"2099-12-31")))
        await writer.drain()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki / "good.pem")
    async with serving(serve, context) as port:
        url, ca = f"https://localhost:{port}/", str(pki / "ca.pem")
        finding = await looked(runner, Licensing("http_json", url=url, ca_file=ca, secret_headers={"X-Key": REF}, **POINTERS))
        stranger = await looked(runner, Licensing("http_json", url=url, **POINTERS))
    assert finding.state is State.UP, finding
    assert b"X-Key: canary-secret\r\n" in seen[0]
    assert finding.facts["tls_version"] == "TLSv1.3"
    assert stranger.cause is Cause.CERT_CHAIN


async def test_a_refused_secret_is_our_mistake_until_it_has_worked(runner: Runner) -> None:
    key = {"secret_headers": {"X-Key": REF}}
    async with (
        page(b"no canary-secret here", b"403 Forbidden", **key) as refusing,
        page(BODY % (1, b"2099-12-31"), **key) as well,
    ):
        assert (await looked(runner, refusing)).cause is Cause.CHECK_CONFIG
        assert (await looked(runner, well)).state is State.UP
        assert (await looked(runner, refusing)).cause is Cause.AUTH_FAILED
    async with page(b"", b"403 Forbidden") as without:
        assert (await looked(runner, without)).cause is Cause.HTTP_STATUS


@pytest.mark.parametrize(
    ("serve", "cause"),
    [
        (silent, Cause.DEADLINE),
        (drip, Cause.DEADLINE),
        (reset, Cause.TCP_RESET),
        (garbage, Cause.PROTO_MALFORMED),
        (banner, Cause.PROTO_MALFORMED),
        (saying(answer(b"<html>")), Cause.PROTO_MALFORMED),
        (saying(answer(b"[" * 100_000)), Cause.PROTO_MALFORMED),
        (saying(answer(b"[]")), Cause.LICENCE_INVALID),
        (saying(answer(b'"' + b"x" * (1 << 20) + b'"')), Cause.BODY_TOO_LARGE),
        (saying(answer(b"", b"302 Found\r\nLocation: https://login.example/?t=canary-secret")), Cause.HTTP_REDIRECT),
    ],
    ids=range(10),
)
async def test_a_hostile_page_is_judged_in_time(serve: Any, cause: Cause, runner: Runner) -> None:
    async with serving(serve) as port:
        probe = Licensing("http_json", url=f"http://127.0.0.1:{port}/", secret_headers={"X-Key": REF}, **POINTERS)
        assert (await looked(runner, probe, 1.5)).cause is cause


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"method": "flexnet_file"}, "file: must be given with method flexnet_file"),
        ({"method": "flexnet_file", "file": "x.lic"}, "file: must be an absolute path"),
        ({"method": "flexnet_file", "file": "/x", "host": "a"}, "host: must not be given with method flexnet_file"),
        ({"method": "tcp"}, "host: must be given"),
        ({"method": "tcp", "host": "127.1"}, "host: must be"),
        ({"method": "tcp", "host": "a", "ports": ()}, "ports: must be 1 to 8"),
        ({"method": "tcp", "host": "a", "ports": (0,)}, "ports: must be 1 to 65535"),
        ({"method": "http_json", "url": "https://a"}, "seats_pointer: must be given"),
        ({"method": "http_json", "url": "https://a", "seats_pointer": "x"}, "seats_pointer: must be an RFC 6901 pointer"),
        ({"method": "http_json", "url": "ftp://a", "seats_pointer": "/x"}, "url: must begin"),
        ({"method": "tcp", "host": "a", "zone": "CET+1"}, "zone: must be an IANA zone"),
        ({"method": "tcp", "host": "a", "seats_notice_percent": 0}, "seats_notice_percent: must be 1 to 100"),
        ({"method": "tcp", "host": "a", "urgent_days": -1}, "urgent_days: must be 0 to 3650"),
        ({"method": "tcp", "host": "a", "features": (Feature("a"), Feature("A"))}, "features: must be"),
        ({"method": "http_json", "url": "https://a", "seats_pointer": "/x", "secret_headers": {"a b": REF}}, "headers.a b"),
    ],
    ids=range(15),
)
def test_a_wrong_field_is_said_with_its_name(fields: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Licensing(**fields)


def test_no_field_shows_a_secret() -> None:
    assert CANARY not in repr(Licensing("tcp", host="a", secret_headers={"X": REF})) + repr(Secret(CANARY))

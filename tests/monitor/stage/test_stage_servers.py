"""The stage's database, mail server and identity provider, met by clients that were not made for them."""

from __future__ import annotations

import asyncio
import os
import shutil
import smtplib
import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest
from defusedxml import ElementTree

from monitor.clock import system_clock
from monitor.stage.identity import ENTITY_ID
from monitor.stage.stage import DATABASE, MAIL_PASSWORD, MAIL_USER, Stage
from probes import postgresql


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    stage = Stage(tmp_path, system_clock)
    await stage.start()
    yield stage
    await stage.stop()


def trust(stage: Stage) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(stage.ca_file))


async def session(
    stage: Stage, password: str = DATABASE.password, tls: ssl.SSLContext | bool | None = None
) -> asyncpg.Connection:
    host, port = stage.addresses["database"]
    how = trust(stage) if tls is None else tls
    return await asyncpg.connect(
        host=host, port=port, user=DATABASE.user, password=password, database=DATABASE.database, ssl=how, timeout=5
    )


async def test_the_database_answers_the_questions_of_a_look_and_no_other(stage: Stage) -> None:
    opened = await session(stage)
    in_recovery, *_ = await opened.fetchrow(postgresql.ROLE)
    assert in_recovery is False
    assert tuple(await opened.fetchrow(postgresql.CONNECTIONS)) == (7, 97)
    with pytest.raises(asyncpg.FeatureNotSupportedError):
        await opened.fetch("SELECT 1")
    assert tuple((await opened.fetch(postgresql.REPLICAS))[0]) == ("streaming", 0, 0.0), "after an error it goes on"
    await opened.close()


async def test_the_database_refuses_a_wrong_password_and_speaks_tls_only(stage: Stage) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await session(stage, "wrong")
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        await session(stage, tls=False)


async def test_postgresqls_own_client_is_let_in(stage: Stage) -> None:
    psql = shutil.which("psql")
    if psql is None:
        assert not os.environ.get("CI"), "psql (Debian: postgresql-client) is missing"
        pytest.skip("psql is not installed")
    host, port = stage.addresses["database"]
    address = (
        f"host={host} port={port} user={DATABASE.user} dbname={DATABASE.database} sslmode=verify-full sslrootcert={stage.ca_file}"
    )
    done = await asyncio.to_thread(
        subprocess.run,
        [psql, address, "-c", r"\conninfo"],
        capture_output=True,
        text=True,
        timeout=20,
        env={"PGPASSWORD": DATABASE.password, "PATH": "/usr/bin:/bin"},
    )
    assert "SSL connection" in done.stdout, done.stderr


async def test_the_mail_server_lets_a_mail_client_in_after_tls_and_takes_no_mail(stage: Stage) -> None:
    host, port = stage.addresses["mail"]

    def visit() -> tuple[int, ...]:
        with smtplib.SMTP(host, port, timeout=10) as client:
            client.ehlo()
            assert not client.has_extn("auth")
            client.starttls(context=trust(stage))
            with pytest.raises(smtplib.SMTPAuthenticationError):
                client.login(MAIL_USER, "wrong")
            return client.login(MAIL_USER, MAIL_PASSWORD)[0], client.mail("a@example")[0]

    assert await asyncio.to_thread(visit) == (235, 502)


async def test_the_identity_provider_shows_metadata_with_one_certificate(stage: Stage) -> None:
    host, port = stage.addresses["identity"]
    async with httpx.AsyncClient(verify=trust(stage), trust_env=False) as client:
        document = (await client.get(f"https://{host}:{port}/metadata")).text
        assert (await client.get(f"https://{host}:{port}/other")).status_code == 404
    root = ElementTree.fromstring(document)
    assert root.get("entityID") == ENTITY_ID
    assert len(list(root.iter("{http://www.w3.org/2000/09/xmldsig#}X509Certificate"))) == 1

"""What `threenines statement export` writes and `verify` reads: a published version with its evidence in one file."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from monitor.cli.desk import BAD_DATA, USAGE, fail, read
from monitor.config.configuration import Configuration
from monitor.config.secrets import reference, reveal
from monitor.desk.bundle import NotReproducible, bundle, sealed, signing_key
from monitor.desk.verifying import NoBundle, Verified, verify
from monitor.store.statements import Issued
from sla.case_document import BYTES, Unreadable

DIFFERS, IO = 1, 74
STDOUT = "-"


def exported(configuration: Configuration, published: Sequence[Issued], path: str, key: str | None) -> None:
    """Write the evidence of the last of ``published`` to ``path``, signed if there is a ``key`` (a reference)."""
    data, name = evidence(configuration, published, key), _name(published[-1])
    try:
        _write(path, data)
    except OSError as fault:
        raise fail(f"threenines statement export: {path}: {fault.strerror}; nothing written", IO) from None
    signed = "signed" if key else "not signed; --key signs it"
    print(f"{path}: {name}, {len(data)} bytes, {signed}", file=sys.stderr)


def evidence(configuration: Configuration, published: Sequence[Issued], key: str | None) -> bytes:
    """The evidence of the last of ``published`` as a file, signed if there is a ``key`` (a reference)."""
    try:
        signer = None if key is None else signing_key(reveal(reference(key), os.environ).reveal())
    except ValueError as fault:
        raise fail(f"--key: {fault}", USAGE) from None
    try:
        return sealed(read(configuration, lambda connection: bundle(connection, published)), signer)
    except NotReproducible as fault:
        name = _name(published[-1])
        raise fail(f"{name} does not follow from the store any more, first at {fault}; nothing written", DIFFERS) from None


def _name(issued: Issued) -> str:
    return f"{issued.site} {issued.period} version {issued.version}"


def _write(path: str, data: bytes) -> None:
    """The whole file or none, and never over another."""
    if path == STDOUT:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    with Path(path).open("xb") as stream:
        try:
            stream.write(data)
        except OSError:
            Path(path).unlink()
            raise


def contents(path: str) -> bytes:
    """What stands in the file at ``path``, or comes in on stdin; what cannot be read ends with 74."""
    try:
        if path == STDOUT:
            return sys.stdin.buffer.read(BYTES + 1)
        with Path(path).open("rb") as stream:
            return stream.read(BYTES + 1)
    except OSError as fault:
        raise fail(f"threenines statement: {path}: {fault.strerror}", IO) from None


def verified(path: str, public_key: Path | None) -> Verified:
    """What is found of the file at ``path``; what cannot be read at all ends with 65 or 74."""
    return judged(path, contents(path), public_key)


def judged(path: str, data: bytes, public_key: Path | None = None) -> Verified:
    """What is found of ``data``, which stood at ``path``; what is no bundle at all ends with 65."""
    try:
        pem = None if public_key is None else public_key.read_text()
    except (OSError, UnicodeDecodeError) as fault:
        raise fail(f"--public-key: {public_key}: {getattr(fault, 'strerror', None) or 'no text'}", USAGE) from None
    try:
        return verify(data, pem)
    except Unreadable as fault:
        raise fail(f"{path}{fault.where}: {fault.message}", BAD_DATA) from None
    except NoBundle as fault:
        raise fail(f"{path}: {fault}", BAD_DATA) from None
    except ValueError as fault:
        raise fail(f"--public-key: {fault}", USAGE) from None

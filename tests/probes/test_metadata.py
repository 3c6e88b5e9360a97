from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.metadata import MAX_DEPTH, MD, entities
from probes.probe import Malformed

NAMESPACE = MD.strip("{}")


def document(inner: str = "", attributes: str = "") -> bytes:
    return f'<EntityDescriptor xmlns="{NAMESPACE}" entityID="e" {attributes}>{inner}</EntityDescriptor>'.encode()


def test_the_earliest_validity_binds() -> None:
    inner = '<IDPSSODescriptor validUntil="2030-01-01T00:00:00Z"/><SPSSODescriptor validUntil="2029-01-01T00:00:00"/>'
    (entity,) = entities(document(inner, 'validUntil="2031-01-01T00:00:00+01:00"'))
    assert entity.valid_until == 1_861_920_000_000
    assert set(entity.roles) == {"idp", "sp"}
    assert not entity.signed


@pytest.mark.parametrize(
    ("inner", "attributes", "words"),
    [
        ("", 'validUntil="tomorrow"', "validUntil is"),
        ("<IDPSSODescriptor><KeyDescriptor><X509Certificate xmlns='http://www.w3.org/2000/09/xmldsig#'>AAAA</X509Certificate>"
         "</KeyDescriptor></IDPSSODescriptor>", "", "no certificate"),
        ("<a>" * MAX_DEPTH + "</a>" * MAX_DEPTH, "", "deeper than"),
    ],
)  # fmt: skip
def test_what_is_not_as_it_should_be_is_said(inner: str, attributes: str, words: str) -> None:
    with pytest.raises(Malformed, match=words):
        entities(document(inner, attributes))


@given(st.binary(max_size=300))
def test_any_bytes_are_metadata_or_malformed(data: bytes) -> None:
    try:
        entities(data)
    except Malformed as fault:
        assert str(fault).isprintable()


@given(st.integers(0, 2**32), st.integers(1, 8))
def test_good_metadata_with_bytes_changed_is_metadata_or_malformed(seed: int, count: int) -> None:
    chance = random.Random(seed)
    data = bytearray(document('<IDPSSODescriptor validUntil="2030-01-01T00:00:00Z"><KeyDescriptor/></IDPSSODescriptor>'))
    for _ in range(count):
        data[chance.randrange(len(data))] = chance.randrange(256)
    try:
        entities(bytes(data))
    except Malformed as fault:
        assert str(fault).isprintable()

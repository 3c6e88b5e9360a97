from __future__ import annotations

import random

import dns.flags
import dns.message
import dns.name
import dns.rdatatype
import dns.rrset
import dns.zone
import pytest
from signed_zone import ORIGIN, Signer, made_signer

from monitor.clock import system_clock
from probes.dnssec import MAX_KEYS, MAX_SIGNATURES, Broken, Signature, anchors, checked, signer

ZONE_NAME = dns.name.from_text(ORIGIN)


@pytest.fixture(scope="module")
def key() -> Signer:
    return made_signer()


def answer_of(text: str, name: str, *kinds: str) -> dns.message.Message:
    """What a server that serves ``text`` answers about ``name``, with its signatures."""
    zone = dns.zone.from_text(text, ORIGIN, relativize=False)
    message = dns.message.make_response(dns.message.make_query(name, kinds[0], want_dnssec=True))
    for kind in kinds:
        for wanted, covers in ((kind, "NONE"), ("RRSIG", kind)):
            found = zone.get_rdataset(name, wanted, dns.rdatatype.from_text(covers))
            if found is not None:
                message.answer.append(dns.rrset.from_rdata_list(dns.name.from_text(name), found.ttl, list(found)))
                message.answer[-1].covers = found.covers
    return dns.message.from_wire(message.to_wire())


def judged(text: str, ds: str, name: str = f"mdm.{ORIGIN}", kind: str = "A", keys: str | None = None) -> Signature:
    answer = answer_of(text, name, kind)
    zone = signer(answer, dns.name.from_text(name))
    return checked(answer, answer_of(keys or text, ORIGIN, "DNSKEY"), zone, anchors("ds", [ds]), system_clock())


def test_a_signed_answer_stands_until_its_first_signature_ends(key: Signer) -> None:
    found = judged(key.signed(-1, 30), key.ds)
    assert abs(found.ends - system_clock() - 30 * 86_400_000) < 60_000
    assert abs(found.begins - system_clock() + 86_400_000) < 60_000
    assert judged(key.signed(), key.ds, ORIGIN, "SOA").ends > system_clock()
    assert judged(key.signed(), key.ds, f"www.{ORIGIN}", "CNAME").ends > system_clock()


def test_of_several_ds_records_one_is_enough(key: Signer) -> None:
    answer, keys = answer_of(key.signed(), ORIGIN, "SOA"), answer_of(key.signed(), ORIGIN, "DNSKEY")
    trust = anchors("ds", [made_signer().ds, key.ds])
    assert checked(answer, keys, ZONE_NAME, trust, system_clock()).ends > system_clock()


def test_what_does_not_hold_says_why(key: Signer) -> None:
    good, other = key.signed(), made_signer()
    unsigned = "\n".join(line for line in good.splitlines() if " RRSIG A " not in line)
    for text, ds, keys, complaint in (
        (key.signed(-30, -1), key.ds, None, r"signature over signed.example. DNSKEY ended at 20..-..-.. ..:.. UTC"),
        (key.signed(1, 30), key.ds, None, "begins at"),
        (good, other.ds, None, "no key of the zone is the one that the DS record names"),
        (good, key.ds, other.signed(), "no key of the zone is the one"),
        (good.replace("192.0.2.10", "192.0.2.66"), key.ds, None, "signature over mdm.signed.example. A is wrong"),
        (unsigned, key.ds, None, "answer bears no signature, wanted one"),
        (good, key.ds, "\n".join(line for line in good.splitlines() if "DNSKEY" not in line), "zone has no keys"),
        (good, key.ds, good.replace(" RRSIG DNSKEY ", " RRSIG TXT "), "DNSKEY bears no signature of its zone"),
        (other.signed(), key.ds, good, "signature over mdm.signed.example. A is wrong"),
    ):
        with pytest.raises(Broken, match=complaint):
            judged(text, ds, keys=keys)


def test_a_zone_that_is_not_above_the_name_signs_nothing(key: Signer) -> None:
    answer = answer_of(key.signed(), f"mdm.{ORIGIN}", "A")
    wire = answer.to_wire().replace(b"\x06signed\x07example", b"\x06other1\x07example")
    moved = dns.message.from_wire(wire)
    assert signer(moved, dns.name.from_text("mdm.other1.example.")) == dns.name.from_text("other1.example.")
    text = answer.to_text().replace(f" {ORIGIN} ", " other.example. ")
    with pytest.raises(Broken, match=r"signed by other\.example\., which is not above the name"):
        signer(dns.message.from_text(text), dns.name.from_text(f"mdm.{ORIGIN}"))


def test_keys_and_signatures_beyond_reason_are_not_tried(key: Signer) -> None:
    text = key.signed()
    answer, keys = answer_of(text, f"mdm.{ORIGIN}", "A"), answer_of(text, ORIGIN, "DNSKEY")
    for _ in range(MAX_KEYS):
        keys.answer[0].add(made_signer().dnskey)
    with pytest.raises(Broken, match="zone has 17 keys, wanted at most 16"):
        checked(answer, keys, ZONE_NAME, anchors("ds", [key.ds]), system_clock())
    keys = answer_of(text, ORIGIN, "DNSKEY")
    signatures = answer.answer[1]
    for number in range(MAX_SIGNATURES):
        signatures.add(signatures[0].replace(key_tag=number))
    with pytest.raises(Broken, match="A bears 9 signatures, wanted at most 8"):
        checked(answer, keys, ZONE_NAME, anchors("ds", [key.ds]), system_clock())


def test_bytes_that_are_nearly_an_answer_never_hold(key: Signer) -> None:
    """1,500 mutations of the signed records: what still parses is refused, or says what the zone says."""
    text, at, chance = key.signed(), system_clock(), random.Random(8)
    answer, keys = answer_of(text, f"mdm.{ORIGIN}", "A").to_wire(), answer_of(text, ORIGIN, "DNSKEY")
    name, trust, held = dns.name.from_text(f"mdm.{ORIGIN}"), anchors("ds", [key.ds]), 0
    for _ in range(1_500):
        data = bytearray(answer)
        data[chance.randrange(12, len(data))] ^= 1 << chance.randrange(8)
        try:
            message = dns.message.from_wire(bytes(data))
            checked(message, keys, signer(message, name), trust, at)
        except (dns.exception.DNSException, Broken, ValueError):
            continue
        held += 1
        assert [str(one) for one in message.answer[0]] == ["192.0.2.10"]
    assert held < 400  # changes of case, times to live and options


@pytest.mark.parametrize("text", ["", "x", "1 2 3", "12345 13 2 zz", "20326 8 2 E06D"])
def test_what_is_no_ds_record_is_said(text: str) -> None:
    with pytest.raises(ValueError, match=r"ds\[0\]: must be a DS record"):
        anchors("ds", [text])

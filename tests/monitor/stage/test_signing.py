from __future__ import annotations

import dns.flags
import dns.message
import dns.name

from monitor.clock import system_clock
from monitor.stage.signing import VALID_MS, signed
from monitor.stage.zone import Zone, reply
from probes.dnssec import anchors, checked, signer

ZONE = Zone("acme.example.", {"www.acme.example.": "192.0.2.10", "ns.acme.example.": "192.0.2.53"})


def asked(zone: Zone, name: str, kind: str, dnssec: bool = True) -> dns.message.Message:
    wire = reply((zone,), dns.message.make_query(name, kind, want_dnssec=dnssec).to_wire())
    assert wire is not None
    return dns.message.from_wire(wire)


def test_every_answer_leads_from_the_ds_record() -> None:
    at = system_clock()
    zone = signed(ZONE, at)
    keys = asked(zone, "acme.example", "DNSKEY")
    for name, kind in (("acme.example.", "SOA"), ("www.acme.example.", "A"), ("WWW.acme.example.", "A")):
        answer = asked(zone, name, kind)
        origin = signer(answer, dns.name.from_text(name))
        assert 0 <= at + VALID_MS - checked(answer, keys, origin, anchors("ds", [zone.ds]), at).ends < 1000


def test_who_does_not_ask_for_signatures_gets_none() -> None:
    zone = signed(ZONE, system_clock())
    assert len(asked(zone, "www.acme.example", "A", dnssec=False).answer) == 1
    assert len(asked(zone, "www.acme.example", "A").answer) == 2
    assert len(asked(ZONE, "www.acme.example", "A").answer) == 1

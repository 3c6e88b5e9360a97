"""3,000 sites fail at once by one cause: one incident, one mail to each contact who is concerned, within a minute."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest
from incident_world import plain, read, site, small, world

from monitor.store import incidents
from sla.state import State

SITES, CUSTOMERS = 3_000, 300


@pytest.mark.timeout(300)
async def test_one_cause_is_one_incident_and_one_mail_a_contact(tmp_path: Path) -> None:
    whose = [f"c{n % CUSTOMERS}" for n in range(SITES)]
    sites = [small(site(f"s{n}", of, f"ada@{of}.example", shared="dir"), "ldap") for n, of in enumerate(whose)]
    made = world(tmp_path, sites)
    keys = [one.key for one in sites]
    began = time.process_time()
    made.say(State.DOWN, "ldap", *keys[: SITES // 2])
    await made.drive(20, keys, step=20)
    made.say(State.DOWN, "ldap", *keys[SITES // 2 :])  # looks of a minute's interval do not fall on one second
    await made.drive(40, keys, step=20)
    spent = time.process_time() - began
    (one,) = made.desk.database.look(incidents.every)
    assert (one.root, len(one.sites)) == ("shared:dir", SITES)
    found = made.letters()
    assert Counter(kept.letter.key.contact for kept in found) == {f"ada@c{n}.example": 1 for n in range(CUSTOMERS)}
    assert all(kept.queued_at == one.began_at + 60_000 for kept in found)
    first = read(found[0].letter.body)
    names = "Site s0: ldap, Site s300: ldap, Site s600: ldap, Site s900: ldap and 6 more"
    assert first["Subject"] == f"[Investigating] Interruption: {names}"
    assert "Does not work Site s0: ldap," in plain(first) and "c1" not in plain(first)
    await made.drive(60, keys[:1], step=30)
    assert len(made.letters()) == CUSTOMERS
    print(f"{spent:.1f} s of CPU")  # three rounds over all sites and every letter
    made.desk.database.close()

"""Names of letters."""

from __future__ import annotations

from monitor.desk.postmark import Postmark
from monitor.store.letters import Key

MARK = Postmark(b"s" * 32, "status.example.com")
KEY = Key("MNT-1", "ada@acme.example", "announced", 0)


def test_a_letter_made_twice_has_one_name_and_another_letter_another() -> None:
    assert MARK.message_id(KEY) == MARK.message_id(Key(*("MNT-1", "ada@acme.example", "announced", 0)))
    others = [
        Key("MNT-2", *KEY_REST),
        Key("MNT-1", "b@c.example", "announced", 0),
        Key("MNT-1", "ada@acme.example", "announced", 1),
    ]
    assert len({MARK.name(key) for key in (KEY, *others)}) == 4
    assert Postmark(b"t" * 32, MARK.domain).name(KEY) != MARK.name(KEY), "another installation's"


KEY_REST = ("ada@acme.example", "announced", 0)


def test_a_bounce_finds_its_letter_and_a_forged_one_none() -> None:
    address = MARK.bounce_address(KEY)
    assert MARK.bounced(address) == MARK.name(KEY)
    name, _, tag = address.partition("@")[0].rpartition(".")
    assert MARK.bounced(f"{name}.{'0' * len(tag)}@{MARK.domain}") is None
    assert MARK.bounced(address.replace(MARK.domain, "other.example")) is None
    for nonsense in ("", "bounce", "bounce+@status.example.com", "ops@status.example.com", "bounce+ü.ü@status.example.com"):
        assert MARK.bounced(nonsense) is None
    assert len(address) <= 254 and len(address.partition("@")[0]) <= 64

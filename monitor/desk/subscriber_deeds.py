"""What may be asked of subscribers, as JSON: set up a webhook, replace its secret, end any subscription, lift a suppression."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from monitor.addresses import customer_path
from monitor.config.mistake import Wrong
from monitor.config.texts import email
from monitor.desk import hooks
from monitor.desk.deed import TEXTS, Deed, Installation, Reply, Sitting
from monitor.desk.people import lacking
from monitor.desk.refusal import no_such, refused
from monitor.store import audit, subscribers
from monitor.store.audit import Entry
from monitor.store.subscribers import KINDS, Subscriber, Wish
from sla.exclusion import Fault
from sla.forms import FULL_TEXT, TEXT, Member, Members, OrNull, Values, Whole
from sla.texts import instant_text

PUBLIC = "public"
NOT_ALLOWED = "this address is not allowed for customer-supplied targets"
_PAGE = Member("page", FULL_TEXT, "whose page: a customer's id, or public", PUBLIC, PUBLIC)
HOOK = Members(
    "webhook",
    (
        Member("url", FULL_TEXT, "where it listens: https or http, port 443, 80 or 8443"),
        _PAGE,
        Member("kinds", TEXTS, "what it is told of: incident, maintenance", KINDS, "all"),
        Member("tell", OrNull(TEXT), "who is written to when it is given up", None, "nobody"),
    ),
)
NUMBER = Members("subscriber", (Member("no", Whole(1, "subscribers made so far"), "its number"),))
ADDRESS = Members("address", (Member("address", FULL_TEXT, "a mail address that ended its subscription"), _PAGE))


def _add_faults(at: Sitting, values: Values) -> list[Fault]:
    found = [*lacking(at.person, "operate"), *_page_faults(at, values["page"])]
    if not hooks.may_be_called(values["url"]):
        expected = "https or http, port 443, 80 or 8443, a public name without user"
        found.append(Fault("target-not-allowed", ("url",), NOT_ALLOWED, values["url"], expected))
    if values["tell"] is not None and not _is_address(values["tell"]):
        found.append(
            Fault("value", ("tell",), "tell is no mail address", values["tell"], "one address, such as name@example.org")
        )
    strange = [kind for kind in values["kinds"] if kind not in KINDS]
    if strange or not values["kinds"]:
        found.append(Fault("value", ("kinds",), "no such kind of news", ", ".join(strange) or "none", ", ".join(KINDS)))
    if not found and subscribers.of_address(at.connection, _path(at, values["page"]), "webhook", values["url"]) is not None:
        found.append(Fault("known", ("url",), "this webhook is there already", values["url"], "another address or page"))
    return found


def _is_address(text: str) -> bool:
    try:
        return bool(email(text))
    except Wrong:
        return False


def _add(at: Sitting, values: Values) -> Reply:
    wish = Wish(_path(at, values["page"]), "webhook", values["url"], kinds=tuple(values["kinds"]))
    one = subscribers.add(at.connection, wish, at.now, values["tell"], confirmed=False)
    hooks.challenge(at.connection, at.ground.secret, one, at.now)
    return Reply(body={"subscriber": document(one, at.ground), "secret": hooks.secret_of(at.ground.secret, one, 0)})


def _number_faults(at: Sitting, values: Values) -> list[Fault]:
    known = {str(one.no) for one in subscribers.every(at.connection)}
    unknown = [] if str(values["no"]) in known else [no_such("subscriber", "no", str(values["no"]), known)]
    return [*lacking(at.person, "operate"), *unknown]


def _remove(at: Sitting, values: Values) -> Reply:
    one = _one(at, values)
    subscribers.end(at.connection, one, at.ground.secret, at.now)
    return Reply(body={"removed": one.no})


def _rotate_faults(at: Sitting, values: Values) -> list[Fault]:
    found = _number_faults(at, values)
    if not found and _one(at, values).wish.channel != "webhook":
        found.append(Fault("no-webhook", ("no",), "only webhooks have a secret", str(values["no"]), "the number of a webhook"))
    return found


def _rotate(at: Sitting, values: Values) -> Reply:
    one = subscribers.rotate(at.connection, _one(at, values), at.now + hooks.ROTATION_MS)
    secret = hooks.secret_of(at.ground.secret, one, one.generation)
    return Reply(body={"subscriber": document(one, at.ground), "secret": secret})


def _allow_faults(at: Sitting, values: Values) -> list[Fault]:
    return [*lacking(at.person, "operate"), *_page_faults(at, values["page"])]


def _allow(at: Sitting, values: Values) -> Reply:
    wish = Wish(_path(at, values["page"]), "mail", values["address"].lower())
    return Reply(body={"allowed": subscribers.allow(at.connection, wish, at.ground.secret)})


def _deed(
    action: str, form: Members, faults: Callable[[Sitting, Values], list[Fault]], work: Callable[[Sitting, Values], Reply]
) -> Deed:
    """One deed: refused with every rule that it breaks, else done, and in both cases in the audit; no address stands there."""

    def do(at: Sitting, values: Values) -> Reply:
        said = {name: values[name] for name in ("no", "page") if values.get(name) is not None}
        entry = Entry(at.person.actor, action, "subscribers", said)
        if found := faults(at, values):
            return Reply(refused(at.connection, at.now, entry, found).faults)
        reply = work(at, values)
        audit.append(at.connection, at.now, entry)
        return reply

    return Deed(form, do, lambda at, values: Reply(tuple(faults(at, values)), {"would": action}))


def _page_faults(at: Sitting, page: str) -> list[Fault]:
    known = _paths(at.ground)
    return [] if page in known else [no_such("page", "page", page, known)]


def _path(at: Sitting, page: str) -> str:
    return _paths(at.ground)[page]


def _paths(ground: Installation) -> Mapping[str, str]:
    """The path of each page: the public one, and by the customers' ids."""
    generations: dict[str, int] = {}
    for site in ground.configuration.sites:
        generations[site.customer.key] = max(site.page_generation, generations.get(site.customer.key, 0))
    return {PUBLIC: "/"} | {key: customer_path(ground.secret, key, number) for key, number in generations.items()}


def _one(at: Sitting, values: Values) -> Subscriber:
    one = subscribers.find(at.connection, values["no"])
    assert one is not None
    return one


def document(one: Subscriber, ground: Installation) -> dict[str, Any]:
    """A subscriber as JSON; neither a secret nor the secret part of a page's address is in it."""
    pages = {path: page for page, path in _paths(ground).items()}
    instants = {
        "made_at": one.made_at,
        "confirmed_at": one.confirmed_at,
        "failing_since": one.failing_since,
        "off_at": one.off_at,
    }
    return {
        "no": one.no,
        "page": pages.get(one.wish.page, "former"),
        "channel": one.wish.channel,
        "address": one.wish.address,
        "kinds": list(one.wish.kinds),
        "entries": list(one.wish.entries),
        **{name: None if at is None else instant_text(at) for name, at in instants.items()},
    }


DEEDS: Mapping[str, Deed] = {
    "subscriber.add": _deed("subscriber.added", HOOK, _add_faults, _add),
    "subscriber.remove": _deed("subscriber.removed", NUMBER, _number_faults, _remove),
    "subscriber.rotate": _deed("subscriber.rotated", NUMBER, _rotate_faults, _rotate),
    "subscriber.allow": _deed("subscriber.allowed", ADDRESS, _allow_faults, _allow),
}

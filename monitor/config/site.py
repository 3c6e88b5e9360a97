"""One site file as a Site: its parts, and that they fit together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from monitor.config import agreements, checks, texts
from monitor.config.configuration import OWN, Check, Component, Contact, Customer, Provider, Site
from monitor.config.document import Document
from monitor.config.mistake import Mistake, Place, Wrong, did_you_mean, shown
from monitor.config.schema import ComponentText, OneAgreementText, SiteText, VersionsText
from monitor.config.tree import Tree
from monitor.config.words import validated
from sla.agreement import Agreement
from sla.composition import All, Leaf, Node
from sla.responsibility import Party, managed_by
from sla.rollout import INTERNAL


def read(document: Document, provider: Provider, ground: checks.Ground) -> tuple[Site | None, list[Mistake]]:
    """The site that a file describes, or None and every mistake in it."""
    mistakes = list(document.mistakes)
    if document.value is None:
        return None, mistakes
    several = isinstance(document.at(("agreement",)), list)
    text, found = validated(VersionsText if several else OneAgreementText, document.value, document, ())
    mistakes += found
    made, found = _checks(document, replace(ground, zone=_zone(document)))
    mistakes += found
    mistakes += repeated(document, "checks") + repeated(document, "components")
    if text is None:
        return None, mistakes
    mistakes += _loose_ends(document, text) + agreements.mistakes(document, text)
    components, found = _components(text.components, made, document)
    mistakes += found
    node, found = _composition(document, text)
    mistakes += found
    if mistakes or node is None:
        return None, mistakes
    return _site(text, provider, components, node, made), []


def _site(text: SiteText, provider: Provider, components: tuple[Component, ...], node: Node, made: tuple[Check, ...]) -> Site:
    *earlier, newest = agreements.read(text)
    return Site(
        key=text.id,
        name=text.name,
        customer=Customer(text.customer.id, text.customer.name) if text.customer else Customer(OWN, provider.name),
        agreement=newest,
        components=components,
        composition=node,
        checks=made,
        contacts=tuple(
            Contact(c.name, c.email, c.language, c.zone, tuple(c.kinds), c.calendar, tuple(c.reminders), c.fallback)
            for c in text.contacts
        ),
        ring=text.ring,
        page_generation=text.page_generation,
        simulated=text.simulated,
        earlier=tuple(earlier),
    )


def _zone(document: Document) -> str:
    """The zone of the agreement, of several versions that of the newest."""
    written = document.at(("agreement",))
    newest = written[-1] if isinstance(written, list) and written else written
    try:
        return texts.zone(newest["zone"]) if isinstance(newest, dict) else Agreement().zone
    except (KeyError, Wrong):  # a wrong one is told by the agreement itself
        return Agreement().zone


def _checks(document: Document, ground: checks.Ground) -> tuple[tuple[Check, ...], list[Mistake]]:
    """All checks that can be read, and the mistakes of all."""
    listed = document.at(("checks",))
    made, mistakes = [], []
    for index, value in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(value, dict):
            check, found = checks.read(value, document, ("checks", index), ground)
            mistakes += found
            made += [check] if check else []
    return tuple(made), mistakes


def repeated(document: Document, part: str) -> list[Mistake]:
    """Ids that a list uses twice, each with the line of the first."""
    first: dict[str, int] = {}
    mistakes = []
    for place, key in _ids(document, part):
        if key in first:
            mistakes.append(document.mistake(place, f"used twice, got {shown(key)}, first at line {first[key]}"))
        first.setdefault(key, document.line(place))
    return mistakes


def _ids(document: Document, part: str) -> Iterable[tuple[Place, str]]:
    listed = document.at((part,))
    for index in range(len(listed) if isinstance(listed, list) else 0):
        key = document.at((part, index, "id"))
        if isinstance(key, str):
            yield (part, index, "id"), key


def _loose_ends(document: Document, text: SiteText) -> list[Mistake]:
    """Names that lead nowhere, and a customer's site without anybody to write to."""
    known = [component.id for component in text.components]
    named: list[tuple[Place, object]] = [
        (("checks", index, "component"), check.get("component")) for index, check in enumerate(text.checks)
    ]
    for index, component in enumerate(text.components):
        named += [(("components", index, "depends_on", no), name) for no, name in enumerate(component.depends_on)]
    mistakes = [
        document.mistake(place, f"no such component, got {shown(name)}{did_you_mean(name, known)}")
        for place, name in named
        if isinstance(name, str) and name not in known
    ]
    if text.customer and not text.contacts:
        mistakes.append(document.mistake(("contacts",), "at least 1 designated contact for a customer's site, got 0"))
    if text.customer and text.ring == INTERNAL:
        mistakes.append(document.mistake(("ring",), f'"{INTERNAL}" is for sites of our own, got a customer\'s site'))
    return mistakes + _fallbacks(document, text) + _circles(document, text)


def _fallbacks(document: Document, text: SiteText) -> list[Mistake]:
    """Contacts whose fallback is nobody of the site, or themselves."""
    found = []
    for index, contact in enumerate(text.contacts):
        others = [other.email for other in text.contacts if other.email != contact.email]
        if contact.fallback is not None and contact.fallback not in others:
            near = did_you_mean(contact.fallback, others)
            wrong = f"not another contact of the site, got {shown(contact.fallback)}{near}"
            found.append(document.mistake(("contacts", index, "fallback"), wrong))
    return found


def _circles(document: Document, text: SiteText) -> list[Mistake]:
    """Components that depend on themselves, over others or straight."""
    needs = {component.id: component.depends_on for component in text.components}
    return [
        document.mistake(("components", index, "depends_on"), f"{component.id} depends on itself")
        for index, component in enumerate(text.components)
        if component.id in _reached(component.depends_on, needs)
    ]


def _reached(names: Iterable[str], needs: Mapping[str, list[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += needs.get(name, [])
    return seen


def _components(
    listed: list[ComponentText], made: tuple[Check, ...], document: Document
) -> tuple[tuple[Component, ...], list[Mistake]]:
    """The components with their owners; a kind that is not written is that of the first check which has one."""
    by_check: dict[str, str] = {}
    for check in made:
        if check.probe.defaults.component_kind:
            by_check.setdefault(check.component, check.probe.defaults.component_kind)
    components, mistakes = [], []
    for index, text in enumerate(listed):
        kind = text.kind or by_check.get(text.id)
        if kind is None:
            mistakes.append(document.mistake(("components", index, "kind"), "is missing, and no check implies it"))
            continue
        party = Party(text.managed_by) if text.managed_by else managed_by(kind)
        below, controls = tuple(text.depends_on), tuple(text.control_for)
        components.append(Component(text.id, text.name or text.id, kind, party, below, text.public, text.shared, controls))
    return tuple(components), mistakes


def _composition(document: Document, text: SiteText) -> tuple[Node | None, list[Mistake]]:
    """The tree as written, or everything that is watched. What is watched is asked of the text: a broken check counts."""
    watched = {check.get("component") for check in text.checks}
    known = [component.id for component in text.components]
    if text.composition is None:
        leaves = tuple(Leaf(name) for name in known if name in watched)
        return (All(leaves) if leaves else None), []
    tree = Tree(document, known, {name for name in watched if isinstance(name, str)})
    node = tree.node(text.composition, ("composition",))
    return node, tree.mistakes

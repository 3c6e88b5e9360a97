"""A site as a case in the public format: the one document from which statements, what-ifs and referees compute its figures.

What a site is made of may change. Each make-up tells of its own time only: its parts are applicable from its recording to the
next one's, so that nobody's past is told with the parts of today.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain, pairwise
from typing import Any

from sqlalchemy.engine import Connection

from monitor.desk.refusal import no_such
from monitor.ports import StreamKey
from monitor.store import agreements, announcements, catalogue, changes, exclusions
from monitor.store.agreements import Makeup, Version
from monitor.store.exclusions import Filed
from monitor.streams import component_tree, leaf_name
from sla import texts, writing
from sla.exclusion import Fault
from sla.maintenance import Maintenance
from sla.reading import FORMAT
from sla.span import END_OF_TIME, Instant, Span
from sla.timeline import Change, Doubt

LONGEST_NAME = 63
_HASHED = 8

Told = Mapping[StreamKey, Sequence[tuple[Instant, Change | Doubt]]]
"""What was recorded of each stream, and when."""


class NoSuchSite(ValueError):
    """The store has never heard of this site; the text is its key."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that was recorded of one site up to ``as_of``."""

    site: str
    as_of: Instant
    versions: tuple[Version, ...]
    makeups: tuple[Makeup, ...]
    told: Told
    exclusions: tuple[Filed, ...]
    maintenance: tuple[Maintenance, ...]

    @property
    def begun(self) -> Instant:
        """The first evidence; before there is any, when the site was first configured."""
        firsts = [fact.at for rows in self.told.values() for _, fact in rows if isinstance(fact, Change)]
        return min(firsts, default=self.makeups[0].recorded_at)

    @property
    def zone(self) -> str:
        """The zone of the newest version of the agreement."""
        return str(self.versions[-1].body["zone"])

    def in_force(self, at: Instant) -> Version:
        """The version of the agreement in force at ``at``, the first before it began."""
        begun = [one for one in self.versions if one.effective_from is None or one.effective_from <= at]
        return begun[-1] if begun else self.versions[0]

    def before(self, version: Version) -> tuple[Version, ...]:
        """The versions before ``version``, the oldest first."""
        return self.versions[: self.versions.index(version)]

    def excludable(self, at: Instant) -> tuple[str, ...]:
        """The causes that may be left out by the version in force at ``at``."""
        return tuple(self.in_force(at).body["excluded_causes"])

    def components(self) -> tuple[str, ...]:
        """The components of the newest make-up."""
        return tuple(self.makeups[-1].body["components"])


@dataclass(frozen=True, slots=True)
class Part:
    """A stream (None: nobody looks) as a component of the case: its name there, and what it is of the site."""

    name: str
    component: str
    about: Mapping[str, Any]
    stream: StreamKey | None
    within: Span | None


def facts(connection: Connection, site: str, as_of: Instant, seen: bool = True) -> Facts:
    """What was recorded of ``site`` up to ``as_of``; without ``seen`` only what people said. Raises NoSuchSite."""
    number = catalogue.site_no(connection, site)
    makeups = () if number is None else agreements.makeups(connection, number, as_of)
    if number is None or not makeups:
        raise NoSuchSite(site)
    checks = {
        check["no"] for one in makeups for component in one.body["components"].values() for check in component["checks"].values()
    }
    return Facts(
        site,
        as_of,
        agreements.versions(connection, number, as_of),
        makeups,
        changes.recorded(connection, checks, as_of) if seen else {},
        exclusions.of_site(connection, site, as_of),
        announcements.of_site(connection, number, as_of),
    )


def facts_or_fault(connection: Connection, site: str, as_of: Instant, seen: bool = True) -> Facts | Fault:
    """The same, or as a fault that there is no such site."""
    try:
        return facts(connection, site, as_of, seen)
    except NoSuchSite:
        sites = catalogue.read(connection).sites
        if site in sites:  # its history was imported before the service has seen its agreement
            return Fault(
                "nothing-recorded", ("site",), "nothing was recorded of it yet", site, "a site that `run` has watched once"
            )
        return no_such("site", "site", site, sites)


def parts(known: Facts) -> tuple[tuple[Part, ...], ...]:
    """The components of the case, by make-up; the names of all are different."""
    taken: set[str] = set()
    ends = [*(one.recorded_at for one in known.makeups[1:]), END_OF_TIME]
    start = 0
    found = []
    for number, (makeup, end) in enumerate(zip(known.makeups, ends, strict=True)):
        suffix = () if number == len(ends) - 1 else (f"until-{number + 1}",)
        within = None if len(ends) == 1 else Span(start, end) if start < end else Span(start, start + 1)
        found.append(tuple(_parts(makeup.body["components"], suffix, within, taken)))
        start = max(start, end)
    return tuple(found)


def _parts(components: Mapping[str, Any], suffix: tuple[str, ...], within: Span | None, taken: set[str]) -> Iterator[Part]:
    for key, about in components.items():
        streams = [
            (check, location, (about["checks"][check]["no"], number))
            for check in about["checks"]
            for location, number in about["checks"][check]["locations"].items()
        ]
        if len(streams) < 2:
            yield Part(_name((key, *suffix), taken), key, about, streams[0][2] if streams else None, within)
            continue
        for check, location, stream in streams:
            yield Part(_name((key, check, location, *suffix), taken), key, about, stream, within)


def _name(words: Iterable[str], taken: set[str]) -> str:
    """``words`` as one name that fits the format and is not taken yet."""
    whole = "-".join(words)
    name = whole
    if len(name) > LONGEST_NAME or name in taken:
        digest = sha256("\0".join(words).encode()).hexdigest()[:_HASHED]
        name = f"{whole[: LONGEST_NAME - _HASHED - 1]}-{digest}"
    taken.add(name)
    return name


def document(known: Facts, query: Mapping[str, Any], at: Instant) -> dict[str, Any]:
    """The case that asks ``query`` of a site, judged by the version of the agreement in force at ``at``.

    The versions before it are in the case too: each judges the windows of dates that ended under it.
    """
    by_makeup = parts(known)
    everything = tuple(chain.from_iterable(by_makeup))
    version = known.in_force(at)
    agreement, earlier = _agreement(known, version), _earlier(known, version)
    causes = {cause for one in (agreement, *(one["agreement"] for one in earlier)) for cause in one["excluded_causes"]}
    names = {key: [part.name for part in everything if part.component == key] for key in {p.component for p in everything}}
    trees = [_tree(makeup, own) for makeup, own in zip(known.makeups, by_makeup, strict=True)]
    return {
        "format": FORMAT,
        "id": known.site,
        "agreement": agreement,
        **({"earlier": earlier} if earlier else {}),
        "components": {part.name: _component(part, known.told) for part in everything},
        "composition": trees[0] if len(trees) == 1 else {"all": trees},
        "exclusions": [one for filed in known.exclusions if (one := _exclusion(filed, causes, names))],
        "maintenance": [one for plan in known.maintenance if (one := _maintenance(plan, names))],
        "query": {**query, "as_of": texts.instant_text(known.as_of)},
    }


def _agreement(known: Facts, version: Version) -> dict[str, Any]:
    """A version, measured since the first one began, or since there is evidence if that says nothing."""
    since = known.versions[0].effective_from
    return {**version.body, "effective_from": texts.instant_text(known.begun if since is None else since)}


def _earlier(known: Facts, version: Version) -> list[dict[str, Any]]:
    """The versions before ``version``, each until the next one took effect; one that was never in force is left out."""
    several = (*known.before(version), version)
    return [
        {"until": texts.instant_text(following.effective_from), "agreement": _agreement(known, one)}
        for one, following in pairwise(several)
        if following.effective_from is not None and one.effective_from != following.effective_from
    ]


def _tree(makeup: Makeup, own: Sequence[Part]) -> Any:
    """The composition of a make-up down to its parts."""
    trees: dict[str, Any] = {}
    names = {leaf_name(part.stream): part.name for part in own if part.stream}
    for key in {part.component for part in own}:
        streams: dict[int, list[StreamKey]] = {}
        for part in own:
            if part.component == key and part.stream:
                streams.setdefault(part.stream[0], []).append(part.stream)
        alone = next(part.name for part in own if part.component == key)
        trees[key] = _renamed(writing.tree(component_tree(streams)), names) if streams else alone
    return _renamed(makeup.body["composition"], trees)


def _renamed(tree: Any, names: Mapping[str, Any]) -> Any:
    """``tree`` with what ``names`` says in the place of each name."""
    if isinstance(tree, str):
        return names[tree]
    if isinstance(tree, list):
        return [_renamed(child, names) for child in tree]
    return {key: child if isinstance(child, int) else _renamed(child, names) for key, child in tree.items()}


def _component(part: Part, told: Told) -> dict[str, Any]:
    rows = told.get(part.stream, ()) if part.stream else ()
    said = {(fact.at, at): writing.change(fact, at) for at, fact in rows if isinstance(fact, Change)}
    doubts = {(fact.start, at): writing.doubt(fact, at) for at, fact in rows if isinstance(fact, Doubt)}
    applicable = {} if part.within is None else {"applicable": [writing.span(part.within)]}
    about = {"kind": part.about["kind"], "managed_by": part.about["managed_by"]}
    return {"changes": list(said.values()), "doubts": list(doubts.values()), **applicable, **about}


def _exclusion(filed: Filed, causes: Collection[str], names: Mapping[str, list[str]]) -> dict[str, Any] | None:
    """The exclusion over the parts of its components; None if no version of the agreement in the case leaves out its cause."""
    return _over(writing.exclusion(filed.exclusion), names) if filed.exclusion.cause in causes else None


def _maintenance(plan: Maintenance, names: Mapping[str, list[str]]) -> dict[str, Any] | None:
    return _over(writing.maintenance(plan), names)


def _over(member: dict[str, Any], names: Mapping[str, list[str]]) -> dict[str, Any] | None:
    """``member`` with its components' parts; None if they all have left the site, since no part would mean the whole site."""
    wanted = [name for key in member["components"] for name in names.get(key, ())]
    return None if member["components"] and not wanted else {**member, "components": wanted}

"""A site read as far back as it shows anything: what a page of it costs does not grow with what is stored."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from monitor.accounts import BAR_DAYS, Accounts
from monitor.config.configuration import Site
from monitor.ports import StreamKey
from monitor.snapshot import Seen, SiteView, since_of, view
from monitor.streams import Ground, present_ground, stream_named
from sla.span import DAY, Instant
from sla.timeline import Timeline
from sla.track import Track

Timelines = Callable[[Collection[StreamKey], Instant], Mapping[StreamKey, Timeline]]
"""Reads the timelines of these streams, as they are stored now, from an instant on."""

EVERYTHING: Instant = 0
LONGEST_MONTH_DAYS = 31

Grounds = Callable[[str, Instant], Ground | None]
"""Reads what a site's figures are counted by at an instant; None: nothing is recorded of it."""

Streams = Mapping[tuple[str, str], Sequence[StreamKey]]
"""The streams of each check, by its site and its own key."""

Named = Mapping[str, StreamKey | None]
"""The stream of each name in a track."""


@dataclass(frozen=True, slots=True)
class Recent:
    """A site as it is seen now, and the timelines that were read for it."""

    view: SiteView
    timelines: Mapping[StreamKey, Timeline]


def recent(site: Site, streams: Streams, timelines: Timelines, grounds: Grounds, now: Instant, accounts: Accounts) -> Recent:
    """``site`` from its timelines, read as far back as it shows anything; whole if the present state may be older.

    ``streams`` are those of its checks of today.
    """
    own = {check.key: streams[site.key, check.key] for check in site.checks}
    ground = grounds(site.key, now) or present_ground(site, own)
    whole = {name: member.stream for name, member in ground.parts.items()}
    for since in (now - now % DAY - _shown_ms(site), EVERYTHING):  # the same all day, so that what was read can be kept
        read = timelines(ground.streams.union(*own.values()), since)
        one = view(site, Seen(streams, read, {}), now, accounts, ground)
        tracks = [(one.track, whole), *((part.track, _streams(part.track)) for part in one.components.values())]
        if all(_begins_within(track, named, read, since) for track, named in tracks):
            break
    return Recent(one, read)


def _shown_ms(site: Site) -> int:
    """How far back anything on the site's page begins: the bars, the windows that end this month; a doubt is a hold long."""
    days = max(BAR_DAYS, site.agreement.days + LONGEST_MONTH_DAYS) + 2  # a local date and a change of the clocks
    return days * DAY + max((check.hold_ms for check in site.checks), default=0)


def _streams(track: Track) -> Named:
    """The streams of a component's track by their names in it."""
    return {name: stream_named(name) for name in track.components}


def _begins_within(track: Track, named: Named, timelines: Mapping[StreamKey, Timeline], since: Instant) -> bool:
    """Whether the track's present state surely began when the track says, if ``timelines`` were read from ``since`` on.

    Of several timelines one may be known only from its last change before ``since``; earlier the track may have been what it is.
    """
    streams = [stream for name in track.components if (stream := named.get(name))]
    lines = [timelines[stream] for stream in streams if stream in timelines]
    known = [max(c.at for c in line.changes if c.at < since) for line in lines if _reaches(line, since)]
    if not known:
        return True
    began = since_of(track)[1]
    return began > max(known) or (len(lines) == 1 and began == known[0])


def _reaches(line: Timeline, since: Instant) -> bool:
    return bool(line.changes) and line.changes[0].at < since

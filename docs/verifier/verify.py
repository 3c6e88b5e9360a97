#!/usr/bin/env python3
"""Verify a statement of availability from its evidence, with nothing but Python (3.11 or later) and time-zone data.

    python3 verify.py evidence.json [provider.pem]

It was written from docs/statements.md and docs/case-format.md and shares no line with the program that made the file. It asks:
is every byte as it was sealed (and signed, if provider.pem is given), does every figure follow from the facts, did two people
decide what was left out, do the deltas of the versions sum up, are the rows of the audit what was written? It prints `match` (0),
or every difference (1). All times are whole milliseconds, all shares exact fractions; there is no rounding but of one percent.
"""

import base64
import hashlib
import json
import sys
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction as F
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

DAY, HOUR, INF, ONE = 86_400_000, 3_600_000, 1 << 62, timedelta(days=1)
DOWN, DEGRADED, UP = 0, 1, 2
PAIR = {"down": (0, 0), "degraded": (1, 1), "up": (2, 2), "unknown": (0, 2)}  # the worst and the best that a word may stand for
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


# ---- texts
def ms(text):
    """An instant in RFC 3339 as milliseconds since 1970."""
    return (datetime.fromisoformat(text.replace("Z", "+00:00")) - EPOCH) // timedelta(milliseconds=1)


def instant(at):
    return f"{EPOCH + timedelta(milliseconds=at):%Y-%m-%dT%H:%M:%S}.{at % 1000:03d}Z"


def seconds(value):
    """Milliseconds as exact decimal seconds without trailing zeros."""
    value, digits = F(value) / 1000, 0
    while (value * 10**digits).denominator != 1:
        digits += 1
    whole, part = divmod(abs(int(value * 10**digits)), 10**digits)
    return f"{'-' if value < 0 else ''}{whole}" + (f".{part:0{digits}d}" if digits else "")


def canonical(value):
    """RFC 8785 for objects, arrays, texts, integers, true, false and null: keys in order of their UTF-16 code units."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{canonical(value[key])}" for key in keys) + "}"
    return "[" + ",".join(map(canonical, value)) + "]" if isinstance(value, list) else json.dumps(value, ensure_ascii=False)


def sha256(data):
    return hashlib.sha256(data if isinstance(data, bytes) else data.encode()).hexdigest()


# ---- dates: the date D of a zone is the time from the first instant whose local date is D or later to that of D + 1
def reached(zone, wall):
    """The first instant at which the wall clock of ``zone`` shows ``wall`` (ms since 1970 on that clock) or later."""
    def offset(at):
        return (EPOCH + timedelta(milliseconds=at)).astimezone(ZoneInfo(zone)).utcoffset() // timedelta(milliseconds=1)

    at, end = wall - 27 * HOUR, wall + 27 * HOUR
    while at < end:  # piece by piece, in each of which the offset is one
        own, last = offset(at), at
        while last < end and offset(last + HOUR) == own:
            last += HOUR
        low, high = last, last + HOUR  # the offset changes in (low, high]
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset(middle) == own else (low, middle)
        if max(at, wall - own) < high:
            return max(at, wall - own)
        at = high


@lru_cache(None)
def start(zone, day, minute=0):
    return reached(zone, (day - date(1970, 1, 1)).days * DAY + minute * 60_000)


def dates(first, last):
    return [first + n * ONE for n in range((last - first).days + 1)]


# ---- what is known of a component: (worst, best) as it is said, (worst, best) as it may have been; None: it does not apply
def standing(rows, key, as_of):
    """Of rows with one key the last recorded by ``as_of`` stands."""
    known = [row for row in rows if ms(row.get("recorded_at", row[key])) <= as_of]
    return dict(sorted({ms(r[key]): r for r in sorted(known, key=lambda r: ms(r.get("recorded_at", r[key])))}.items()))


def component(told, as_of, stays_down):
    points, silences = [(-INF, PAIR[told.get("initial", "unknown")])], set()
    for at, row in standing(told["changes"], "at", as_of).items():
        if stays_down and points[-1][1] == (DOWN, DOWN) and row["state"] == "unknown":
            silences.add(at)
        else:
            points.append((at, PAIR[row["state"]]))
    doubts = [
        (at, ms(row["to"]), PAIR[row.get("worst", "down")][0], PAIR[row.get("best", "up")][1])
        for at, row in standing(told.get("doubts", []), "from", as_of).items()
        if ms(row["to"]) not in silences
    ]
    spans = [(ms(one["from"]), INF if one["to"] is None else ms(one["to"])) for one in told.get("applicable", [])]

    def at_(at):
        if "applicable" in told and not any(since <= at < until for since, until in spans):
            return None
        said = [pair for since, pair in points if since <= at][-1]
        meant = [(worst, best) for since, until, worst, best in doubts if since <= at < until]
        return (*said, min([said[0], *(one[0] for one in meant)]), max([said[1], *(one[1] for one in meant)]))

    return at_, {at for at, _ in points} | {at for one in doubts for at in one[:2]} | {at for one in spans for at in one}


def site(tree, parts):
    """The composition: each of the four levels is computed alone; what does not apply is left out."""
    if isinstance(tree, str):
        return parts[tree]
    if "degrading" in tree:
        below = site(tree["degrading"], parts)
        return below and tuple(max(level, DEGRADED) for level in below)
    own = [quad for child in tree.get("all") or tree["of"] if (quad := site(child, parts)) is not None]
    if not own:
        return None
    if "all" in tree:
        return tuple(map(min, *own)) if len(own) > 1 else own[0]
    rank = len(own) - min(tree["at_least"], len(own)) if "at_least" in tree else min(tree["down_when"], len(own)) - 1
    ordered = [sorted(levels) for levels in zip(*own)]
    return tuple(o[rank] if o[0] == UP else min(o[rank], DEGRADED) for o in ordered)


def forgive(quad, impact):
    """What an impact of maintenance (3 OUTAGE, 2 DEGRADED) takes off a level."""
    return (UP,) * 4 if impact == 3 else tuple(UP if one == DEGRADED else one for one in quad) if impact == 2 else quad


def announced(told, at, as_of, notice):
    """How much of a maintenance is forgiven at ``at``: the least impact that was said of it all the time since its notice."""
    known = sorted((one for one in told if ms(one["at"]) <= as_of), key=lambda one: ms(one["at"]))
    known = [(ms(one["at"]), one) for one in known]
    now = [one for since, one in known if since <= at]
    if not now:
        return 0
    begun = ms(now[-1]["from"])
    agreed = max([since for since, one in known if one.get("agreed_by") is not None and since <= begun], default=-INF)
    due = max(begun - notice, agreed)
    before = [one for since, one in known if since <= due]
    if not before:
        return 0
    standing_ = {since: one for since, one in known if due < since <= at}
    said = [before[-1], *standing_.values()]
    holds = all(o["status"] in ("CONFIRMED", "IN-PROCESS") and ms(o["from"]) <= at < ms(o["to"]) for o in said)
    impacts = {"NO-IMPACT": 0, "REDUCED-REDUNDANCY": 1, "DEGRADED": 2, "OUTAGE": 3}
    return min(impacts[one["impact"]] for one in said) if holds else 0


class Site:
    """A case under one version of its agreement: pieces of time, and what a millisecond of each weighs."""

    def __init__(self, case, agreement, since, until):
        self.agreement, self.as_of = agreement, ms(case["query"]["as_of"])
        self.zone, self.impact, self.goal = agreement["zone"], F(agreement["degraded_impact"]), F(agreement["goal"][:-1]) / 100
        self.leaves, self.removes = agreement["unknown"] == "remove-from-period", agreement["exclusion_effect"] == "remove-from-period"
        self.tree = case.get("composition") or {"all": list(case["components"])}
        told = {n: component(c, self.as_of, agreement["down_then_unknown"] == "stays-down") for n, c in case["components"].items()}
        self.levels = {name: told[name][0] for name in self.named(self.tree)}
        self.observed = ms(agreement.get("effective_from", "1970-01-01T00:00:00Z")), min(ms(agreement.get("effective_to", "2100-01-01T00:00:00Z")), self.as_of)
        if "effective_from" not in agreement:
            self.observed = -INF, self.observed[1]
        approved = []
        for one in case["exclusions"]:
            steps = [step for step in one["history"] if ms(step["at"]) <= self.as_of]
            if steps and steps[-1]["status"] == "approved" and one["cause"] in agreement["excluded_causes"]:
                approved.append((ms(steps[-1]["at"]), one["id"], one))
        self.exclusions = [one for _, _, one in sorted(approved, key=lambda each: each[:2])]
        self.works = case["maintenance"] if agreement["maintenance"] == "excluded" else []
        self.hours = self.service(since, until) if agreement.get("service_hours") else [(-INF, INF)]
        edges = {at for name in self.levels for at in told[name][1]} | {at for span in self.hours for at in span} | set(self.observed)
        edges |= {ms(one[end]) for one in self.exclusions for end in ("from", "to")}
        edges |= {ms(said[end]) for one in self.works for said in one["announcements"] for end in ("at", "from", "to")}
        cuts = [since, *sorted(at for at in edges if since < at < until), until]
        self.pieces = [(a, b, *self.weigh(a)) for a, b in zip(cuts, cuts[1:])]
        self.sums = {}

    def named(self, tree):
        if isinstance(tree, str):
            return [tree]
        below = tree.get("all") or tree.get("of") or [tree["degrading"]]
        return list(dict.fromkeys(name for child in below for name in self.named(child)))

    def service(self, since, until):
        found = []
        first, last = (datetime.fromtimestamp(at / 1000, timezone.utc).date() for at in (since, until))
        for day in dates(first - 2 * ONE, last + 2 * ONE):
            for one in self.agreement["service_hours"]:
                if "mon tue wed thu fri sat sun".split()[day.weekday()] in one["days"]:
                    ends = [int(text[:2]) * 60 + int(text[3:]) for text in (one["from"], one["to"])]
                    found.append(tuple(min(start(self.zone, day, minute), start(self.zone, day + ONE)) for minute in ends))
        return [span for span in found if span[0] < span[1]]

    def price(self, quad, removed):
        """(down, best, worst, unknown, removed) of a millisecond."""
        cost = (F(1), self.impact, F(0))
        if removed:
            return F(0), F(0), F(0), 0, 1
        lo, hi, worst, best = (cost[level] for level in quad)
        unknown = int(lo != hi)
        return (F(0), F(0), F(0), 1, 0) if unknown and self.leaves else (hi, best, worst, unknown, 0)

    def weigh(self, at):
        """What a millisecond at ``at`` weighs, what each cause takes off it, the site's levels, what was down."""
        parts = {name: level(at) for name, level in self.levels.items()}
        own, first = dict(parts), site(self.tree, parts)
        outside, now, shares, whole = first is None or not any(a <= at < b for a, b in self.hours), None, {}, False
        now = self.price(first or (UP,) * 4, outside)
        after = []
        for one in self.exclusions if not outside else []:
            if ms(one["from"]) <= at < ms(one["to"]):
                whole |= not one["components"]
                parts |= {name: (UP,) * 4 for name in one["components"] if parts.get(name) is not None}
                quad = (UP,) * 4 if whole else site(self.tree, parts) or first
                after.append((one["cause"], quad, whole and self.removes))
        notice = self.agreement["maintenance_notice_seconds"] * 1000
        works = [(one["components"], announced(one["announcements"], at, self.as_of, notice)) for one in self.works if not outside]
        if any(impact >= 2 for _, impact in works):
            for names, impact in works:
                parts |= {name: forgive(parts[name], impact) for name in names if parts.get(name) is not None}
            most = max([impact for names, impact in works if not names], default=0)
            quad = (UP,) * 4 if whole else forgive(site(self.tree, parts) or (UP,) * 4, most)
            after.append(("scheduled_maintenance", quad, self.removes and (whole or most == 3)))
        for cause, quad, removed in after:
            then = self.price(quad, removed)
            shares[cause] = shares.get(cause, 0) + now[0] - then[0]
            now = then
        if not self.observed[0] <= at < self.observed[1]:
            return (F(0), F(0), F(0), 0, now[4]), {}, None, own
        return now, shares, first, own

    def sum(self, what, since, until):
        """The integral over a window of one weight (by number) or of what a cause takes off (by name)."""
        if what not in self.sums:
            weights = [w[what] if isinstance(what, int) else s.get(what, 0) for _, _, w, s, *_ in self.pieces]
            total, rows = F(0), []
            for (a, b, *_), weight in zip(self.pieces, weights):
                rows.append((a, b, total, weight))
                total += (b - a) * weight
            self.sums[what] = rows
        rows = self.sums[what]

        def before(at):
            low, high = 0, len(rows) - 1
            while low < high:
                middle = (low + high + 1) // 2
                low, high = (middle, high) if rows[middle][0] <= at else (low, middle - 1)
            a, b, total, weight = rows[low]
            return total + max(0, min(at, b) - a) * weight

        return before(until) - before(since)

    def figures(self, since, until, plain=False):
        a, b = max(since, self.observed[0]), min(until, self.observed[1])
        down, best, worst, unknown = (self.sum(n, since, until) for n in range(4))
        shares = {c: self.sum(c, since, until) for c in sorted({c for _, _, _, s, *_ in self.pieces for c in s})}
        shares = {cause: value for cause, value in shares.items() if value}
        leaving = unknown if self.leaves else 0
        seen, whole = (b - a - self.sum(4, a, b) if a < b else 0), until - since - self.sum(4, since, until) - leaving
        if plain:
            seen, whole, leaving = until - since, until - since, 0
        period, budget = seen - leaving, (1 - self.goal) * whole
        full = self.observed[0] <= since and until <= self.observed[1]
        verdict = "breached" if best > budget else "pending" if not full else "undetermined" if whole == 0 or worst > budget else "met"
        shown = [None if not period else 1 - F(value) / period for value in (down, best, worst)]
        text = lambda share: None if share is None else f"{share.numerator}/{share.denominator}"  # noqa: E731
        thousandths = None if shown[0] is None else shown[0].numerator * 100_000 // shown[0].denominator
        said = {
            "from": instant(since), "to": instant(until), "window_seconds": seconds(until - since), "period_seconds": seconds(period),
            "downtime_observed_seconds": seconds(down + sum(shares.values())),
            "downtime_excluded_seconds": {cause: seconds(value) for cause, value in shares.items()},
            "downtime_counted_seconds": seconds(down), "downtime_best_seconds": seconds(best), "downtime_worst_seconds": seconds(worst),
            "unknown_seconds": seconds(unknown), "coverage": text(F(seen - unknown) / seen) if seen else None,
            "availability": text(shown[0]), "availability_best": text(shown[1]), "availability_worst": text(shown[2]),
            "availability_percent": None if thousandths is None else f"{thousandths // 1000}.{thousandths % 1000:03d}",
            "goal": text(self.goal), "error_budget_seconds": seconds(budget), "error_budget_remaining_seconds": seconds(budget - down),
            "verdict": verdict,
        }  # fmt: skip
        return said, verdict, F(down) / whole if whole else F(0), full

    def runs(self, since, until, holds):
        """The longest spans in the window for which ``holds`` of the site's levels."""
        found = []
        for a, b, _, _, quad, _ in self.pieces:
            a, b = max(a, since), min(b, until)
            if a < b and quad is not None and holds(quad):
                if found and found[-1][1] == a:
                    found[-1] = found[-1][0], b
                else:
                    found.append((a, b))
        return found

    def outages(self, since, until):
        rows, outers = [], self.runs(since, until, lambda quad: quad[2] == DOWN)
        for a, b in self.runs(since, until, lambda quad: quad[1] == DOWN):
            outer = next((c, d) for c, d in outers if c <= a and b <= d)
            sure = self.runs(a, b, lambda quad: quad[3] == DOWN)
            over = [parts for c, d, _, _, _, parts in self.pieces if c < b and d > a]
            names = sorted({name for parts in over for name, quad in parts.items() if quad and quad[1] == DOWN})
            inner = (instant(sure[0][0]), instant(sure[-1][1])) if sure else (None, None)
            rows.append(
                {"from": instant(a), "to": instant(b), "components": names, "counted_seconds": seconds(self.sum(0, a, b)),
                 "outer_from": instant(outer[0]), "outer_to": instant(outer[1]), "inner_from": inner[0], "inner_to": inner[1]}
            )  # fmt: skip
        return rows

    def rolling(self, since, until, length):
        """The worst of all windows of one length on the plain clock: it begins or ends where something changes."""
        edges = {at for a, b, *_ in self.pieces for at in (a, b, a - length, b - length)}
        inside = sorted({since, until - length} | {at for at in edges if since <= at <= until - length})
        full = (max(since, self.observed[0]), min(until, self.observed[1]) - length)
        lasting = sorted({*full} | {at for at in inside if full[0] <= at <= full[1]}) if full[0] <= full[1] else []
        worst = max(inside, key=lambda at: (self.sum(0, at, at + length), -at))
        budget = (1 - self.goal) * length
        best, most = max(self.sum(1, at, at + length) for at in inside), max([self.sum(2, at, at + length) for at in lasting], default=0)
        verdict = "breached" if best > budget else "pending" if not lasting else "undetermined" if most > budget else "met"
        said = self.figures(worst, worst + length, plain=True)[0]
        return verdict, {**said, "outages": self.outages(worst, worst + length)}

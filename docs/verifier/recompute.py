"""The figures of a statement from the facts, as docs/verifier/rules.md says: nothing but Python's standard library.

Times are whole milliseconds, downtime is counted in whole thousandths of them, shares are exact fractions.
"""

from bisect import bisect_right
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction as F
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

MS, ONE, EPOCH = timedelta(milliseconds=1), timedelta(days=1), datetime(1970, 1, 1, tzinfo=timezone.utc)
DAY, HOUR, INF = 86_400_000, 3_600_000, 1 << 62
DOWN, DEGRADED, UP = 0, 1, 2
FINE = (UP,) * 4
PAIR = {"down": (0, 0), "degraded": (1, 1), "up": (2, 2), "unknown": (0, 2)}  # the worst and the best that a word stands for


# ---- texts
def ms(text):
    return (datetime.fromisoformat(text.replace("Z", "+00:00")) - EPOCH) // MS


def instant(at):
    return f"{EPOCH + at * MS:%Y-%m-%dT%H:%M:%S}.{at % 1000:03d}Z"


def seconds(value):
    """Milliseconds as decimal seconds, exact and without trailing zeros."""
    digits = 0
    while (F(value) / 1000 * 10**digits).denominator > 1:
        digits += 1
    whole, part = divmod(abs(int(F(value) / 1000 * 10**digits)), 10**digits)
    return f"{'-' if value < 0 else ''}{whole}" + (f".{part:0{digits}d}" if digits else "")


def ratio(share):
    return None if share is None else f"{share.numerator}/{share.denominator}"


# ---- dates: D lasts from the first instant whose local date is D or later to that of D + 1
@lru_cache(None)
def start(zone, day, minute=0):
    """The first instant at which the wall clock of ``zone`` shows that minute of ``day``, or later."""

    def offset(at):
        return (EPOCH + at * MS).astimezone(ZoneInfo(zone)).utcoffset() // MS

    wall = (day - EPOCH.date()).days * DAY + minute * 60_000
    at = wall - 27 * HOUR
    while True:  # stretch by stretch of one offset
        own, last = offset(at), at
        while last < wall + 27 * HOUR and offset(last + HOUR) == own:
            last += HOUR
        low, high = last, last + HOUR  # the offset changes in (low, high]
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset(middle) == own else (low, middle)
        if max(at, wall - own) < high:
            return max(at, wall - own)
        at = high


def dates(first, last):
    return [first + n * ONE for n in range((last - first).days + 1)]


# ---- the parts: levels (worst, best) as it is said and (worst, best) as it may have been; None where a part does not apply
def known(rows, key, as_of):
    """By instant: of rows with one ``key`` the last recorded by ``as_of`` stands."""
    told = sorted((ms(row.get("recorded_at", row[key])), number, row) for number, row in enumerate(rows))
    return sorted({ms(row[key]): row for at, _, row in told if at <= as_of}.items())


def part(told, as_of, stays_down):
    """Where the levels of a part change, and what they are at an instant."""
    since, said, silences = [-INF], [PAIR[told.get("initial", "unknown")]], set()
    for at, row in known(told["changes"], "at", as_of):
        if stays_down and said[-1] == (DOWN, DOWN) and row["state"] == "unknown":
            silences.add(at)
        else:
            since.append(at)
            said.append(PAIR[row["state"]])
    doubts = [
        (at, ms(row["to"]), PAIR[row.get("worst", "down")][0], PAIR[row.get("best", "up")][1])
        for at, row in known(told.get("doubts", []), "from", as_of)
        if ms(row["to"]) not in silences
    ]
    spans = [(ms(one["from"]), INF if one["to"] is None else ms(one["to"])) for one in told.get("applicable", [])]

    def levels(at):
        if "applicable" in told and not any(a <= at < b for a, b in spans):
            return None
        pair = said[bisect_right(since, at) - 1]
        meant = [pair, *((worst, best) for a, b, worst, best in doubts if a <= at < b)]
        return (*pair, min(one[0] for one in meant), max(one[1] for one in meant))

    edges = sorted({*since, *(at for one in (*doubts, *spans) for at in one[:2])})
    values = [levels(at) for at in edges]
    return edges, lambda at: values[bisect_right(edges, at) - 1]


def names(tree):
    below = [tree] if isinstance(tree, str) else tree.get("all") or tree.get("of") or [tree["degrading"]]
    return below if isinstance(tree, str) else [name for child in below for name in names(child)]


def whole(tree, parts):
    """The composition, each of the four levels alone."""
    if isinstance(tree, str):
        return parts[tree]
    if "degrading" in tree:
        below = whole(tree["degrading"], parts)
        return below and tuple(max(level, DEGRADED) for level in below)
    quads = [quad for child in tree.get("all") or tree["of"] if (quad := whole(child, parts)) is not None]
    if not quads:
        return None
    if "all" in tree:
        return tuple(map(min, zip(*quads)))
    rank = len(quads) - min(tree["at_least"], len(quads)) if "at_least" in tree else min(tree["down_when"], len(quads)) - 1
    ordered = [sorted(levels) for levels in zip(*quads)]
    return tuple(o[rank] if o[0] == UP else min(o[rank], DEGRADED) for o in ordered)


def forgiven(quad, impact):
    """Levels without an impact of maintenance: 3 is an outage, 2 degraded, less is nothing."""
    return FINE if impact == 3 else tuple(UP if one == DEGRADED else one for one in quad) if impact == 2 else quad


def announced(told, at, as_of, notice):
    """What is forgiven at ``at``: the least that was said all the time from the notice on, if it was said in time and held."""
    said = sorted((ms(one["at"]), number, one) for number, one in enumerate(told) if ms(one["at"]) <= as_of)
    standing = sorted({since: one for since, _, one in said}.items())
    begun = [one for one in standing if one[0] <= at]
    starts = ms(begun[-1][1]["from"]) if begun else INF
    agreed = [since for since, _, one in said if one.get("agreed_by") is not None and since <= starts]
    first = bisect_right([since for since, _ in begun], max([starts - notice, *agreed])) - 1
    over = [one for _, one in begun[max(first, 0) :]]
    if first < 0 or not all(o["status"] in ("CONFIRMED", "IN-PROCESS") and ms(o["from"]) <= at < ms(o["to"]) for o in over):
        return 0
    return min(("NO-IMPACT", "REDUCED-REDUNDANCY", "DEGRADED", "OUTAGE").index(one["impact"]) for one in over)


class Site:
    """The site under one agreement: time cut wherever anything changes, and what a millisecond of each piece weighs."""

    def __init__(self, case, agreement, since, until):
        self.terms, self.as_of, self.zone = agreement, ms(case["query"]["as_of"]), agreement["zone"]
        self.goal, impact = F(agreement["goal"][:-1]) / 100, int(F(agreement["degraded_impact"]) * 1000)
        self.price = {DOWN: 1000, DEGRADED: impact, UP: 0}  # thousandths
        self.leaves, self.removes = (agreement[name] == "remove-from-period" for name in ("unknown", "exclusion_effect"))
        self.tree = case.get("composition") or {"all": list(case["components"])}
        stays = agreement["down_then_unknown"] == "stays-down"
        self.parts = {name: part(case["components"][name], self.as_of, stays) for name in names(self.tree)}
        begin, end = (ms(agreement[name]) if name in agreement else INF for name in ("effective_from", "effective_to"))
        self.seen = (-INF if begin == INF else begin, min(end, self.as_of))
        steps = [(one, [step for step in one["history"] if ms(step["at"]) <= self.as_of]) for one in case["exclusions"]]
        taken = [(ms(own[-1]["at"]), one["id"], one) for one, own in steps if own and own[-1]["status"] == "approved"]
        self.left_out = [
            one for _, _, one in sorted(taken, key=lambda each: each[:2]) if one["cause"] in agreement["excluded_causes"]
        ]
        self.works = case["maintenance"] if agreement["maintenance"] == "excluded" else []
        self.hours = self.service(since, until) if agreement.get("service_hours") else [(-INF, INF)]
        edges = {at for own, _ in self.parts.values() for at in own} | {at for span in self.hours for at in span} | set(self.seen)
        edges |= {ms(one[name]) for one in self.left_out for name in ("from", "to")}
        edges |= {ms(said[name]) for one in self.works for said in one["announcements"] for name in ("at", "from", "to")}
        self.cuts = [since, *sorted(at for at in edges if since < at < until)]
        self.pieces = [(a, b, *self.weigh(a)) for a, b in pairwise([*self.cuts, until])]
        self.sums = {}

    def service(self, since, until):
        found, about = [], ((EPOCH + at * MS).date() for at in (since - 2 * DAY, until + 2 * DAY))
        for day in dates(*about):
            for one in self.terms["service_hours"]:
                if ["mon", "tue", "wed", "thu", "fri", "sat", "sun"][day.weekday()] in one["days"]:
                    minutes = [int(text[:2]) * 60 + int(text[3:]) for text in (one["from"], one["to"])]
                    found.append(tuple(min(start(self.zone, day, each), start(self.zone, day + ONE)) for each in minutes))
        return [span for span in found if span[0] < span[1]]

    def weight(self, quad, removed):
        if removed:
            return {"removed": 1}
        worst, best, least, most = (self.price[level] for level in quad)
        if worst != best and self.leaves:
            return {"unknown": 1}
        return {"down": best, "best": most, "worst": least, "unknown": int(worst != best)}

    def weigh(self, at):
        """What a millisecond weighs, the levels of the site and of its parts."""
        own = {name: levels(at) for name, (_, levels) in self.parts.items()}
        parts, quad = dict(own), whole(self.tree, own)
        outside = quad is None or not any(a <= at < b for a, b in self.hours)
        now, shares = self.weight(quad or FINE, outside), {}
        for cause, left, removed in () if outside else self.forgiving(at, parts, quad):
            then = self.weight(left, removed)
            shares[f"-{cause}"] = shares.get(f"-{cause}", 0) + now.get("down", 0) - then.get("down", 0)
            now = then
        if not self.seen[0] <= at < self.seen[1]:
            return {"removed": now.get("removed", 0)}, None, own
        return {**now, **shares}, quad, own

    def forgiving(self, at, parts, quad):
        """After each exclusion in the order of approval, then after all maintenance: cause, levels, does the time leave."""
        everything = False
        for one in self.left_out:
            if ms(one["from"]) <= at < ms(one["to"]):
                everything = everything or not one["components"]
                parts |= {name: FINE for name in one["components"] if parts.get(name)}
                quad = whole(self.tree, parts) or quad
                yield one["cause"], FINE if everything else quad, everything and self.removes
        notice = self.terms["maintenance_notice_seconds"] * 1000
        works = [(one["components"], announced(one["announcements"], at, self.as_of, notice)) for one in self.works]
        if any(impact > 1 for _, impact in works):
            for over, impact in works:
                parts |= {name: forgiven(parts[name], impact) for name in over if parts.get(name)}
            most = max([impact for over, impact in works if not over], default=0)
            left = FINE if everything else forgiven(whole(self.tree, parts) or FINE, most)
            yield "scheduled_maintenance", left, self.removes and (everything or most == 3)

    def sum(self, what, since, until):
        """What the window weighs; only inside the time that the site was made for."""
        if what not in self.sums:
            self.sums[what] = [0]
            for a, b, weights, *_ in self.pieces:
                self.sums[what].append(self.sums[what][-1] + (b - a) * weights.get(what, 0))

        def before(at):
            place = max(bisect_right(self.cuts, at) - 1, 0)
            return self.sums[what][place] + (at - self.cuts[place]) * self.pieces[place][2].get(what, 0)

        return before(until) - before(since) if since < until else 0

    def figures(self, since, until, plain=False):
        """The figures, and the share of the whole period that was down; ``plain``: all time is the period."""
        a, b = max(since, self.seen[0]), min(until, self.seen[1])
        down, best, worst = (F(self.sum(what, since, until), 1000) for what in ("down", "best", "worst"))
        unknown, removed = self.sum("unknown", since, until), self.sum("removed", since, until)
        causes = sorted({name for piece in self.pieces for name in piece[2] if name.startswith("-")})
        shares = {name[1:]: F(ms_, 1000) for name in causes if (ms_ := self.sum(name, since, until))}
        leaving = unknown if self.leaves and not plain else 0
        seen = until - since if plain else max(b - a, 0) - self.sum("removed", a, b)
        entire, period = until - since - (0 if plain else removed) - leaving, seen - leaving
        budget, full = (1 - self.goal) * entire, self.seen[0] <= since and until <= self.seen[1]
        kept = "undetermined" if entire == 0 or worst > budget else "met"
        point, high, low = (1 - value / period if period else None for value in (down, best, worst))
        mills = None if point is None else point.numerator * 100_000 // point.denominator
        return {
            "from": instant(since), "to": instant(until),
            "window_seconds": seconds(until - since), "period_seconds": seconds(period),
            "downtime_observed_seconds": seconds(down + sum(shares.values())),
            "downtime_excluded_seconds": {cause: seconds(share) for cause, share in shares.items()},
            "downtime_counted_seconds": seconds(down),
            "downtime_best_seconds": seconds(best), "downtime_worst_seconds": seconds(worst),
            "unknown_seconds": seconds(unknown), "coverage": ratio(F(seen - unknown, seen) if seen else None),
            "availability": ratio(point), "availability_best": ratio(high), "availability_worst": ratio(low),
            "availability_percent": None if mills is None else f"{mills // 1000}.{mills % 1000:03d}", "goal": ratio(self.goal),
            "error_budget_seconds": seconds(budget), "error_budget_remaining_seconds": seconds(budget - down),
            "verdict": "breached" if best > budget else kept if full else "pending",
        }, down / entire if entire else F(0)  # fmt: skip

    def runs(self, since, until, holds):
        """The longest spans of the window in which ``holds`` of the levels of the site."""
        found = []
        for a, b in ((max(a, since), min(b, until)) for a, b, _, quad, _ in self.pieces if quad and holds(quad)):
            if a < b:
                found = [*found[:-1], (found[-1][0], b)] if found and found[-1][1] == a else [*found, (a, b)]
        return found

    def outages(self, since, until):
        rows, outers = [], self.runs(since, until, lambda quad: quad[2] == DOWN)
        for a, b in self.runs(since, until, lambda quad: quad[1] == DOWN):
            outer = next(span for span in outers if span[0] <= a and b <= span[1])
            sure = self.runs(a, b, lambda quad: quad[3] == DOWN)
            over = [own for c, d, _, _, own in self.pieces if c < b and d > a]
            rows.append({
                "from": instant(a), "to": instant(b),
                "components": sorted({name for own in over for name, quad in own.items() if quad and quad[1] == DOWN}),
                "counted_seconds": seconds(F(self.sum("down", a, b), 1000)),
                "outer_from": instant(outer[0]), "outer_to": instant(outer[1]),
                "inner_from": instant(sure[0][0]) if sure else None, "inner_to": instant(sure[-1][1]) if sure else None,
            })  # fmt: skip
        return rows

    def rolling(self, since, until, hours):
        """All windows of one length on the plain clock: the worst begins or ends where something changes."""
        length, last = hours * HOUR, until - hours * HOUR
        bends = {since, last} | {at for edge in self.cuts for at in (edge, edge - length) if since <= at <= last}
        low, high = max(since, self.seen[0]), min(last, self.seen[1] - length)
        full = {at for at in (*bends, low, high) if low <= at <= high}
        budget = (1 - self.goal) * length * 1000
        worst = max(sorted(bends), key=lambda at: self.sum("down", at, at + length))
        kept = "undetermined" if any(self.sum("worst", at, at + length) > budget for at in full) else "met"
        broken = any(self.sum("best", at, at + length) > budget for at in bends)
        figures = {**self.figures(worst, worst + length, plain=True)[0], "outages": self.outages(worst, worst + length)}
        return {"hours": hours, "verdict": "breached" if broken else kept if full else "pending", "worst": figures}

    def days(self, first, last):
        own = ["period_seconds", "downtime_observed_seconds", "downtime_counted_seconds", "unknown_seconds"]
        spans = [(day, start(self.zone, day), start(self.zone, day + ONE)) for day in dates(first, last)]
        rows = [(day, a, b, self.figures(a, b)[0]) for day, a, b in spans if a < b]
        return [
            {"date": str(day), "from": instant(a), "to": instant(b)} | {name: row[name] for name in own}
            for day, a, b, row in rows
        ]


def any_days(case, first, last, days):
    """Every run of dates that ends in ``first`` to ``last``, by the version of the agreement in force at its last instant."""
    versions, since, windows = [*case.get("earlier", []), {"agreement": case["agreement"], "until": None}], -INF, []

    def of(agreement, since, until):
        zone, begins = agreement["zone"], dates(first - (days - 1) * ONE, last - (days - 1) * ONE)
        spans = [(day, start(zone, day), start(zone, day + days * ONE)) for day in begins]
        spans = [(day, a, b) for day, a, b in spans if a < b and since < b <= until]
        site = Site(case, agreement, spans[0][1], spans[-1][2]) if spans else None
        return [(site, day, a, b, *site.figures(a, b)) for day, a, b in spans]

    for one in versions:
        until = INF if one["until"] is None else ms(one["until"])
        windows, since = windows + of(one["agreement"], since, until), until
    windows = windows or of(case["agreement"], -INF, INF)
    site, day, a, b, worst, _ = max(windows, key=lambda window: window[5])
    listed = {
        word: [str(day) for _, day, _, _, own, _ in windows if own["verdict"] == word] for word in ("breached", "undetermined")
    }
    verdicts = [own["verdict"] for *_, own, _ in windows]
    return {
        "days": days, "windows": len(windows), **listed,
        "verdict": next(word for word in ("breached", "undetermined", "met", "pending") if word in verdicts),
        "worst": {"first": str(day), "last": str(day + (days - 1) * ONE), **worst, "outages": site.outages(a, b)},
    }  # fmt: skip


def computed(case):
    """The result of the case: everything of it but what made it."""
    query, terms = case["query"], case["agreement"]
    first = date.fromisoformat(query["first"] if "first" in query else f"{query['month']}-01")
    days, hours, zone = query.get("days", terms["days"]), terms["rolling_hours"], terms["zone"]
    last = first + (days - 1) * ONE if "first" in query else (first + 31 * ONE).replace(day=1) - ONE
    a, b = start(zone, first), start(zone, last + ONE)
    site, runs = Site(case, terms, a - hours * HOUR, b), any_days(case, first, last, days)
    own = site.figures(a, b)[0]
    return {
        "id": case["id"], "kind": "statement", "figures": {"first": str(first), "last": str(last), **own}, "any_days": runs,
        "rolling": site.rolling(a - hours * HOUR, b, hours), "days": site.days(first, last), "outages": site.outages(a, b),
        "judged_by": terms["judged_by"], "hypothetical": False,
        "verdict": runs["verdict"] if "month" in query and terms["judged_by"] == "any_days" else own["verdict"],
    }  # fmt: skip

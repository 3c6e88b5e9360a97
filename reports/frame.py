"""What all pages for people share: the templates, the language they speak, and how a page finds its neighbours.

Links are relative, so that a page works below any prefix and from a plain folder.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports import chart, figures, markdown, moments, said, words
from reports.catalogue import Catalogue
from reports.languages import CATALOGUES
from reports.plain import firm, plain
from reports.snapshot import PageSnapshot

STATIC = ("style.css", "stale.js")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page for people lies: its ``name`` below its language's folder, and the folder (empty: the first language)."""

    name: str = "index.html"
    folder: str = ""

    @property
    def path(self) -> str:
        """Its address below the page's root."""
        return self.folder + self.name

    @property
    def home(self) -> str:
        """The way to its language's folder."""
        return "../" * self.name.count("/")

    @property
    def assets(self) -> str:
        """The way to the page's root."""
        return "../" * self.path.count("/")


INDEX = Place()


def rendered(
    template: str, page: PageSnapshot, place: Place, catalogue: Catalogue, dated: bool = False, **values: object
) -> bytes:
    """A page for people as UTF-8 HTML. ``dated``: it says how things are now, and when it was published."""
    made = environment().get_template(template)
    return made.render(page=page, place=place, dated=dated, **spoken(catalogue, page.language), **values).encode()


def spoken(catalogue: Catalogue, first: str) -> dict[str, Any]:
    """What templates speak with in one language, and the folders of the others, if ``first`` is the page's first one."""
    others = {
        one.language: (one.say("language"), "" if one.language == first else f"{one.language}/")
        for one in CATALOGUES.values()
        if one.language != catalogue.language
    }
    return {**voice(catalogue), "languages": others}


def static(name: str) -> bytes:
    """One of the ``STATIC`` files that pages refer to."""
    return (files("reports") / "static" / name).read_bytes()


@cache
def environment() -> Environment:
    """Jinja2 as all pages use it: escaping everywhere, a missing name is an error, no control character gets through."""
    made = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=plain,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["firm"] = firm
    return made


def voice(catalogue: Catalogue) -> dict[str, Any]:
    """What templates speak with: every function that says something, in the language of ``catalogue``."""
    return {
        "language": catalogue.language,
        "say": sayer(catalogue),
        "percent": partial(figures.percent, catalogue=catalogue),
        "goal_percent": partial(figures.goal_percent, catalogue=catalogue),
        "downtime": partial(figures.downtime, catalogue=catalogue),
        "bounds": partial(figures.bounds, catalogue=catalogue, keep=firm),
        "budget": partial(figures.budget, catalogue=catalogue, keep=firm),
        "verdict": partial(figures.verdict, catalogue=catalogue, keep=firm),
        "well_measured": figures.well_measured,
        "machine": moments.machine,
        "local_date": moments.local_date,
        "day": partial(moments.day, catalogue=catalogue),
        "weekday": partial(moments.weekday, catalogue=catalogue),
        "month": partial(moments.month, catalogue=catalogue),
        "clock_of": partial(moments.clock, catalogue=catalogue),
        "moment_of": partial(moments.moment, catalogue=catalogue),
        "bar": partial(chart.svg, catalogue=catalogue),
        "bad_days": partial(chart.rows, catalogue=catalogue),
        "kind_words": partial(words.kind_words, catalogue=catalogue),
        "cause_words": partial(words.cause_words, catalogue=catalogue),
        "excluded_words": partial(words.excluded_words, catalogue=catalogue),
        "listed": partial(said.listed, catalogue=catalogue),
        "entry_names": said.entry_names,
        "incident_name": partial(said.incident_name, catalogue=catalogue),
        "maintenance_name": partial(said.maintenance_name, catalogue=catalogue),
        "release_name": partial(said.release_name, catalogue=catalogue),
        "release_date": partial(said.release_date, catalogue=catalogue),
        "markdown": markdown.html,
        "impact_words": partial(said.impact_words, catalogue=catalogue),
        "body_of": lambda update: markdown.html(said.update_body(update, catalogue)),
        "notice_of": partial(said.announcement_body, catalogue=catalogue),
        "duration_words": partial(figures.words, catalogue=catalogue),
    }


def sayer(catalogue: Catalogue) -> Callable[..., Markup]:
    """``say`` for templates: the text of a key as markup, every value in it escaped and made fit to be shown."""

    @cache
    def text(key: str) -> Markup:
        return Markup.escape(catalogue.texts[key])

    def say(key: str, **values: object) -> Markup:
        found = text(key)
        return found.format(**{name: plain(value) for name, value in values.items()}) if values else found

    return say

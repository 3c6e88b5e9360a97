"""What mails say of incidents, by language; times and statuses are said as in notices and on pages."""

from __future__ import annotations

from types import MappingProxyType

from reports import languages, notice_words
from reports.catalogue import Catalogue

_ENGLISH = {
    "subject": "[{status}] {title}",
    "subject.digest": "[{count} incidents] {titles}",
    "lead.first": "{title}. It began {since}.",
    "lead.update": "There is news of this incident: {title}.",
    "lead.resolved": "This incident is over: {title}.",
    "lead.postmortem": "How this incident came about: {title}.",
    "lead.digest": "There is news of {count} incidents.",
    "row.said": "{status}, {at}",
    "row.since": "Since",
    "row.lasted": "Lasted",
    "row.impact": "Impact",
    "row.away": "Does not work",
    "row.poor": "Slow or in part",
    "row.fine": "Works",
    "row.unseen": "Not measured just now",
    "row.cause": "Cause",
    "row.next": "Next word",
    "row.ask": "Whom to ask",
    "row.links": "On the web",
    "row.because": "Why you get this",
    "impact.none": "Nothing is noticed by users.",
    "impact.minor": "Some functions are slow or fail at times.",
    "impact.major": "An important part of the service is interrupted.",
    "impact.critical": "The whole service is interrupted.",
    "next": "by {at}",
    "next.none": "as soon as there is news",
    "and_more": "{names} and {count} more",
    "because.contact": "You are a designated contact of {customer} for incidents.",
    "because.subscriber": "You asked for news of {page}.",
    "incident": "The incident",
    "page": "The status page",
    "manage": "Change what you get",
    "leave": "Unsubscribe",
}
_GERMAN = {
    "subject": "[{status}] {title}",
    "subject.digest": "[{count} Störungen] {titles}",
    "lead.first": "{title}. Beginn: {since}.",
    "lead.update": "Neues zu dieser Störung: {title}.",
    "lead.resolved": "Diese Störung ist vorbei: {title}.",
    "lead.postmortem": "Wie es zu dieser Störung kam: {title}.",
    "lead.digest": "Neues zu {count} Störungen.",
    "row.said": "{status}, {at}",
    "row.since": "Seit",
    "row.lasted": "Dauer",
    "row.impact": "Auswirkung",
    "row.away": "Funktioniert nicht",
    "row.poor": "Langsam oder teilweise",
    "row.fine": "Funktioniert",
    "row.unseen": "Gerade nicht gemessen",
    "row.cause": "Ursache",
    "row.next": "Nächste Nachricht",
    "row.ask": "Ansprechpartner",
    "row.links": "Im Web",
    "row.because": "Warum Sie dies erhalten",
    "impact.none": "Nutzer bemerken nichts.",
    "impact.minor": "Einzelne Funktionen sind langsam oder versagen zeitweise.",
    "impact.major": "Ein wichtiger Teil des Dienstes ist unterbrochen.",
    "impact.critical": "Der ganze Dienst ist unterbrochen.",
    "next": "bis {at}",
    "next.none": "sobald es Neues gibt",
    "and_more": "{names} und {count} weitere",
    "because.contact": "Sie sind benannter Ansprechpartner von {customer} für Störungen.",
    "because.subscriber": "Sie haben Nachrichten von {page} bestellt.",
    "incident": "Die Störung",
    "page": "Die Statusseite",
    "manage": "Auswahl ändern",
    "leave": "Abbestellen",
}


def _whole(language: str, own: dict[str, str]) -> Catalogue:
    pages, notices = languages.CATALOGUES[language].texts, notice_words.CATALOGUES[language].texts
    return Catalogue(language, MappingProxyType({**pages, **notices, **own}))


CATALOGUES = MappingProxyType({"en": _whole("en", _ENGLISH), "de": _whole("de", _GERMAN)})
"""By the language of a reader."""

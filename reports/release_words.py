"""What mails say of releases, by language; times are said as in notices, ways to end them as in other mails to subscribers."""

from __future__ import annotations

from types import MappingProxyType

from reports import subscribe_words
from reports.catalogue import Catalogue

_ENGLISH = {
    "subject.release": "[Release {version}] {title}",
    "subject.corrected": "[Release {version} corrected] {title}",
    "lead.release": "{provider} releases {version}: {title}.",
    "lead.corrected": "The notes of {version} have been corrected: {title}.",
    "row.features": "New features",
    "row.known": "Known issues",
    "row.fixed": "Fixed issues",
    "row.other": "Other changes",
    "row.date": "Your date",
    "none": "None",
    "date.wave": "{site}: wave {wave}, {when}",
    "date.follows": "{site}: your update is transparent; date follows",
    "because.release": "You are a designated contact of {customer} for releases. These notices belong to the agreement.",
    "article": "The release",
}
_GERMAN = {
    "subject.release": "[Release {version}] {title}",
    "subject.corrected": "[Release {version} berichtigt] {title}",
    "lead.release": "{provider} gibt {version} heraus: {title}.",
    "lead.corrected": "Die Hinweise zu {version} wurden berichtigt: {title}.",
    "row.features": "Neue Funktionen",
    "row.known": "Bekannte Probleme",
    "row.fixed": "Behobene Probleme",
    "row.other": "Weitere Änderungen",
    "row.date": "Ihr Termin",
    "none": "Keine",
    "date.wave": "{site}: Welle {wave}, {when}",
    "date.follows": "{site}: Ihre Aktualisierung bemerken Sie nicht; der Termin folgt",
    "because.release": "Sie sind benannter Ansprechpartner von {customer} für Releases. Diese Mitteilungen gehören zum Vertrag.",
    "article": "Das Release",
}


def _catalogue(language: str, texts: dict[str, str]) -> Catalogue:
    return Catalogue(language, MappingProxyType({**subscribe_words.CATALOGUES[language].texts, **texts}))


CATALOGUES = MappingProxyType({"en": _catalogue("en", _ENGLISH), "de": _catalogue("de", _GERMAN)})

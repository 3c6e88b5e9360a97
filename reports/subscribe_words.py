"""What is said to people who ask for news of a page: on the pages for it and in the mails that answer, by language."""

from __future__ import annotations

from types import MappingProxyType

from reports import incident_words
from reports.catalogue import Catalogue

_ENGLISH = {
    "sign.title": "News by mail",
    "sign.text": "Choose what you want to hear of. You get a mail with a link; we write again only after you confirmed it there.",
    "sign.address": "Mail address",
    "sign.kinds": "Tell me of",
    "sign.kind.incident": "Incidents",
    "sign.kind.maintenance": "Maintenance",
    "sign.kind.release": "Releases",
    "sign.entries": "Only if it concerns one of these; none chosen: all of them",
    "sign.send": "Send the confirmation mail",
    "sign.other_ways": "Without an address: the feed and the calendar on the status page.",
    "sign.wrong.address": "This is not one mail address, such as name@example.org. Nothing was sent.",
    "sign.wrong.kinds": "Choose at least one thing to be told of. Nothing was changed.",
    "sign.asked": "Look into your mail",
    "sign.asked.text": "If this address can get news of this page, a mail with a link is on its way, good for 24 hours.",
    "sign.asked.none": "No mail came? Look among what was sorted out; we write to one address at most three times a day.",
    "sign.confirm": "Confirm your subscription",
    "sign.confirm.text": "One click more, and news of this page comes by mail.",
    "sign.confirm.send": "Confirm",
    "sign.confirmed": "You will get news by mail",
    "sign.confirmed.text": "Each mail carries links to change what you get and to end it.",
    "sign.manage": "Your subscription",
    "sign.manage.text": "Choose what you want to hear of.",
    "sign.manage.send": "Save the choice",
    "sign.manage.leave": "End the subscription",
    "sign.changed": "Your choice is saved",
    "sign.changed.text": "It holds for everything that happens from now on.",
    "sign.leave": "End your subscription",
    "sign.leave.text": "No more news of this page will come to you.",
    "sign.leave.send": "End it",
    "sign.left": "Your subscription has ended",
    "sign.left.text": "Your address is deleted. A mark that nobody can read stays, so that nobody else can sign you up again.",
    "sign.gone": "This link is no longer valid",
    "sign.gone.text": "It was used already, is older than 24 hours, or the subscription has ended.",
    "sign.crowded": "Too many forms",
    "sign.crowded.text": "Please wait a minute and send it again. Nothing was sent.",
    "asked.subject": "Please confirm: news of {page}",
    "asked.lead": "Somebody, probably you, asked for news of {page} at this address.",
    "row.confirm": "If it was you",
    "confirm.how": "open this page and press the button, within 24 hours",
    "row.ignore": "If it was not you",
    "confirm.ignore": "Do nothing: without the button nothing more comes, and your address is deleted after a day.",
    "known.subject": "You get news of {page} already",
    "known.lead": "Somebody, probably you, asked for news of {page} at this address, which gets it already.",
    "row.change": "Change or end it",
    "maintenance.lead": "{what}. {status}.",
    "maintenance.subject": "[{status}] {what}",
    "row.concerns": "Concerned",
    "maintenance.link": "The maintenance",
}
_GERMAN = {
    "sign.title": "Nachrichten per E-Mail",
    "sign.text": "Wählen Sie, wovon Sie hören möchten. Sie erhalten eine E-Mail mit einem Link; erst wenn Sie dort bestätigen, "
    "schreiben wir wieder.",
    "sign.address": "E-Mail-Adresse",
    "sign.kinds": "Ich möchte hören von",
    "sign.kind.incident": "Störungen",
    "sign.kind.maintenance": "Wartungen",
    "sign.kind.release": "neuen Versionen",
    "sign.entries": "Nur wenn es eines hiervon betrifft; nichts gewählt: alles",
    "sign.send": "Bestätigungsmail senden",
    "sign.other_ways": "Ohne Adresse: der Feed und der Kalender auf der Statusseite.",
    "sign.wrong.address": "Das ist nicht genau eine E-Mail-Adresse wie name@example.org. Es wurde nichts gesendet.",
    "sign.wrong.kinds": "Wählen Sie mindestens eines aus. Es wurde nichts geändert.",
    "sign.asked": "Sehen Sie in Ihr Postfach",
    "sign.asked.text": "Wenn diese Adresse Nachrichten dieser Seite erhalten kann, ist eine E-Mail mit einem Link unterwegs. "
    "Der Link gilt 24 Stunden.",
    "sign.asked.none": "Nichts angekommen? Sehen Sie im Spam-Ordner nach; wir schreiben einer Adresse höchstens dreimal am Tag.",
    "sign.confirm": "Bestätigen Sie die Bestellung",
    "sign.confirm.text": "Noch ein Klick, und Nachrichten dieser Seite kommen per E-Mail.",
    "sign.confirm.send": "Bestätigen",
    "sign.confirmed": "Sie erhalten Nachrichten per E-Mail",
    "sign.confirmed.text": "In jeder E-Mail stehen Links, mit denen Sie die Auswahl ändern und die Bestellung beenden.",
    "sign.manage": "Ihre Bestellung",
    "sign.manage.text": "Wählen Sie, wovon Sie hören möchten.",
    "sign.manage.send": "Auswahl speichern",
    "sign.manage.leave": "Bestellung beenden",
    "sign.changed": "Ihre Auswahl ist gespeichert",
    "sign.changed.text": "Sie gilt für alles, was von jetzt an geschieht.",
    "sign.leave": "Bestellung beenden",
    "sign.leave.text": "Sie erhalten dann keine Nachrichten dieser Seite mehr.",
    "sign.leave.send": "Beenden",
    "sign.left": "Ihre Bestellung ist beendet",
    "sign.left.text": "Ihre Adresse ist gelöscht. Ein Merkmal, das niemand lesen kann, bleibt: So meldet Sie niemand erneut an.",
    "sign.gone": "Dieser Link gilt nicht mehr",
    "sign.gone.text": "Er wurde schon benutzt, ist älter als 24 Stunden, oder die Bestellung ist beendet.",
    "sign.crowded": "Zu viele Formulare",
    "sign.crowded.text": "Bitte warten Sie eine Minute und senden Sie es noch einmal. Es wurde nichts gesendet.",
    "asked.subject": "Bitte bestätigen: Nachrichten von {page}",
    "asked.lead": "Jemand, vermutlich Sie selbst, hat für diese Adresse Nachrichten von {page} bestellt.",
    "row.confirm": "Wenn Sie es waren",
    "confirm.how": "öffnen Sie diese Seite und drücken Sie den Knopf, innerhalb von 24 Stunden",
    "row.ignore": "Wenn Sie es nicht waren",
    "confirm.ignore": "Tun Sie nichts: Ohne den Knopf kommt nichts mehr, und Ihre Adresse wird nach einem Tag gelöscht.",
    "known.subject": "Sie erhalten schon Nachrichten von {page}",
    "known.lead": "Jemand, vermutlich Sie selbst, hat für diese Adresse Nachrichten von {page} bestellt, die sie schon erhält.",
    "row.change": "Ändern oder beenden",
    "maintenance.lead": "{what}. {status}.",
    "maintenance.subject": "[{status}] {what}",
    "row.concerns": "Betroffen",
    "maintenance.link": "Die Wartung",
}


def _whole(language: str, own: dict[str, str]) -> Catalogue:
    return Catalogue(language, MappingProxyType({**incident_words.CATALOGUES[language].texts, **own}))


CATALOGUES = MappingProxyType({"en": _whole("en", _ENGLISH), "de": _whole("de", _GERMAN)})
"""By the language of a reader."""

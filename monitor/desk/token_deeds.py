"""What may be asked of tokens, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor.desk import people
from monitor.desk.deed import TEXTS, Deed, Reply, Sitting
from monitor.desk.refusal import Refused
from monitor.store.tokens import Token
from sla.forms import FULL_TEXT, Member, Members, Values, Whole
from sla.texts import instant_text

NEW_TOKEN = Members("token", (Member("name", FULL_TEXT, "whose it is"), Member("scopes", TEXTS, "what it opens")))
OLD_TOKEN = Members("token-number", (Member("no", Whole(1, "tokens made so far"), "its number"),))


def _new(at: Sitting, values: Values) -> Reply:
    made = people.new_token(at.connection, at.person, values["name"], values["scopes"], at.now)
    if isinstance(made, Refused):
        return Reply(made.faults)
    return Reply(body={"token": token_document(made.token), "secret": made.secret})


def _revoke(at: Sitting, values: Values) -> Reply:
    token = people.revoke_token(at.connection, at.person, values["no"], at.now)
    return Reply(token.faults) if isinstance(token, Refused) else Reply(body={"token": token_document(token)})


def _show_new(at: Sitting, values: Values) -> Reply:
    return Reply(body={"would": "token.new"})


def _show_revoke(at: Sitting, values: Values) -> Reply:
    return Reply(body={"would": "token.revoke"})


def token_document(token: Token) -> dict[str, Any]:
    """A token as JSON; the secret is not in it."""
    revoked = None if token.revoked_at is None else instant_text(token.revoked_at)
    return {
        "no": token.no,
        "name": token.name,
        "scopes": list(token.scopes),
        "made_at": instant_text(token.made_at),
        "expires_at": instant_text(token.expires_at),
        "revoked_at": revoked,
    }


DEEDS: Mapping[str, Deed] = {
    "token.new": Deed(NEW_TOKEN, _new, _show_new),
    "token.revoke": Deed(OLD_TOKEN, _revoke, _show_revoke),
}

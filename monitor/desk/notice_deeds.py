"""What may be asked of letters, as JSON."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.engine import Connection

from monitor.desk import notices
from monitor.desk.deed import Deed, Reply
from monitor.desk.people import Person
from monitor.desk.refusal import Refused
from sla.forms import Items, Member, Members, Values, Whole
from sla.span import Instant

RETRY = Members("retry", (Member("letters", Items(Whole(1, "letters made so far")), "their numbers"),))


def _retry(connection: Connection, person: Person, values: Values, now: Instant) -> Reply:
    retried = notices.retry(connection, person, values["letters"], now)
    return Reply(retried.faults) if isinstance(retried, Refused) else Reply(body={"letters": list(retried.numbers)})


def _show(connection: Connection, person: Person, values: Values, now: Instant) -> Reply:
    return Reply(tuple(notices.faults(connection, person, values["letters"])), {"would": "notice.retry"})


DEEDS: Mapping[str, Deed] = {"notice.retry": Deed(RETRY, _retry, _show)}

"""What may be asked of letters, as JSON."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.desk import notices
from monitor.desk.deed import Deed, Reply, Sitting
from monitor.desk.refusal import Refused
from sla.forms import Items, Member, Members, Values, Whole

RETRY = Members("retry", (Member("letters", Items(Whole(1, "letters made so far")), "their numbers"),))


def _retry(at: Sitting, values: Values) -> Reply:
    retried = notices.retry(at.connection, at.person, values["letters"], at.now)
    return Reply(retried.faults) if isinstance(retried, Refused) else Reply(body={"letters": list(retried.numbers)})


def _show(at: Sitting, values: Values) -> Reply:
    return Reply(tuple(notices.faults(at.connection, at.person, values["letters"])), {"would": "notice.retry"})


DEEDS: Mapping[str, Deed] = {"notice.retry": Deed(RETRY, _retry, _show)}

"""How the log looks: one line of JSON for each event on standard error, ours and the libraries' alike.

Whatever a field holds, it makes one line: controls and all that is not ASCII are escaped, long texts are cut. Of exceptions
the log tells type and place, never the message nor a variable: both may hold a secret or what a target said.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any, TextIO

import structlog

from monitor.clock import Clock

MAX_FIELD = 2_048
"""Characters of a field: a traceback of ours fits, a page that a target sent does not."""
OURS = "threenines"
"""Of us everything from information on is logged, of libraries what they warn of."""
REPEATING = ("asyncmy", "ldap3")
"""Libraries whose warnings repeat what a target said: only their errors are logged."""

Event = MutableMapping[str, Any]


def configure(clock: Clock, stream: TextIO) -> None:
    """Send all that is logged from now on to ``stream``."""
    known = [_named, structlog.stdlib.add_log_level, _stamped(clock), _placed, _bounded]
    structlog.configure(
        processors=[*known, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=lambda *name: logging.getLogger(".".join((OURS, *name))),
        cache_logger_on_first_use=False,
    )
    render: list[structlog.typing.Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.JSONRenderer(),
    ]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=render, foreign_pre_chain=known))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(OURS).setLevel(logging.INFO)
    for name in REPEATING:
        logging.getLogger(name).setLevel(logging.ERROR)


def from_loop(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """The event loop's own handler would print futures and with them what was raised: here it is one event."""
    structlog.get_logger("loop").error(
        "loop_fault", what=context.get("message", ""), traceback=place(raised) if (raised := context.get("exception")) else ""
    )


def place(fault: BaseException) -> str:
    """Type and frames of an exception and of those that it was raised from, the root first."""
    chain: list[BaseException] = []
    here: BaseException | None = fault
    while here is not None and here not in chain and len(chain) < 10:
        chain.append(here)
        here = here.__cause__ or here.__context__
    return "".join(f"{type(one).__name__}\n{''.join(traceback.format_tb(one.__traceback__))}" for one in reversed(chain))


def _named(logger: Any, method: str, event: Event) -> Event:
    record = event.get("_record")
    event["source"] = (logger.name if record is None else record.name).removeprefix(f"{OURS}.")
    return event


def _stamped(clock: Clock) -> Any:
    def stamp(logger: Any, method: str, event: Event) -> Event:
        event["at"] = datetime.fromtimestamp(clock() / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return event

    return stamp


def _placed(logger: Any, method: str, event: Event) -> Event:
    """An exception becomes its place."""
    record = event.get("_record")
    raised = event.pop("exc_info", None) or (record.exc_info if record is not None else None)
    fault = raised[1] if isinstance(raised, tuple) else raised
    if isinstance(fault, BaseException):
        event["traceback"] = place(fault)
    return event


def _bounded(logger: Any, method: str, event: Event) -> Event:
    """No field is longer than ``MAX_FIELD``; of a traceback the end counts."""
    for name, value in event.items():
        if name.startswith("_") or isinstance(value, bool | int | float | None):
            continue
        text = value if isinstance(value, str) else repr(value)
        event[name] = text[-MAX_FIELD:] if name == "traceback" else text[:MAX_FIELD]
    return event

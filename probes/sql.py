"""What a database says of itself, whichever engine it is, and why it would not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal


@dataclass(frozen=True, slots=True)
class Login:
    """As whom, and into which database of which server. The password stays out of every text.

    ``server`` is the name that we know it by; ``read_only``: we shall only read, which some replicas insist on.
    """

    user: str
    password: str | None
    database: str
    deadline_ms: int
    server: str = ""
    read_only: bool = False

    def __repr__(self) -> str:
        return f"Login({self.user!r})"


@dataclass(frozen=True, slots=True)
class View:
    """One database server as it sees itself.

    ``streaming`` counts the replicas that follow (None: this server can't tell). ``lag_s`` and ``lag_bytes`` are how far
    the furthest replica, or this one, is behind (None: nothing is known). ``stopped`` names what keeps a replica from
    following; ``unreadable`` says why replication could not be seen.
    """

    role: Literal["primary", "replica"]
    version: str
    used: int | None
    limit: int
    streaming: int | None = None
    lag_s: float | None = None
    lag_bytes: int | None = None
    stopped: str = ""
    unreadable: str = ""


class Meaning(Enum):
    """What a server's error means for the look."""

    CREDENTIAL = "the server refuses who we are"
    OWN_LIMIT = "our account's own limit of connections"
    FULL = "too many clients"
    TIMEOUT = "the server itself broke the query off in time"
    STARTING = "the server is starting or stopping"
    NO_DATABASE = "there is no such database"
    NO_ENTRY = "there is no such database, or the account may not open it"
    NOT_OPEN = "the database is not open"
    DEADLOCK = "the server ended the query to end a deadlock"
    SERVICE = "the server cannot serve"


class SqlError(Exception):
    """The server answered with an error: its ``code`` (SQLSTATE or number) and what that means. Never its text."""

    def __init__(self, code: str, meaning: Meaning) -> None:
        super().__init__(code)
        self.code, self.meaning = code, meaning

"""The four states, the three levels behind them, and the closed list of causes."""

from __future__ import annotations

from enum import IntEnum


class State(IntEnum):
    """What is known of a thing. The first three are levels in rising order: down < degraded < up."""

    DOWN = 0
    DEGRADED = 1
    UP = 2
    UNKNOWN = 3

    @property
    def word(self) -> str:
        """The state as written in YAML, JSON, metrics and pages."""
        return self.name.lower()

    @property
    def worst(self) -> State:
        """The worst level this may stand for: unknown may be down."""
        return State.DOWN if self is State.UNKNOWN else self

    @property
    def best(self) -> State:
        """The best level this may stand for: unknown may be up."""
        return State.UP if self is State.UNKNOWN else self


class Cause(IntEnum):
    """Why a look was not up. Closed: the hundreds tell the state, the numbers are stored and never reused.

    The order of the unknown causes is their precedence: if several apply, the first is kept.
    """

    DNS_NXDOMAIN = 101
    DNS_NODATA = 102
    DNS_SERVFAIL = 103
    TCP_REFUSED = 104
    UDP_REFUSED = 105
    TCP_TIMEOUT = 106
    TCP_UNREACHABLE = 107
    TCP_RESET = 108
    DEADLINE = 109
    TLS_HANDSHAKE = 110
    CERT_EXPIRED = 111
    CERT_NOT_YET_VALID = 112
    CERT_NAME = 113
    CERT_CHAIN = 114
    CERT_REVOKED = 115
    PROTO_MALFORMED = 116
    BODY_TOO_LARGE = 117
    HTTP_STATUS = 118
    HTTP_REDIRECT = 119
    ASSERT_FAILED = 120
    SERVICE_ERROR = 121
    AUTH_FAILED = 122
    TUNNEL_DOWN = 123
    TUNNEL_NO_PATH = 124
    LICENCE_EXPIRED = 125
    LICENCE_INVALID = 126
    LICENCE_EXCEEDED = 127
    HEARTBEAT_MISSED = 128

    SLOW = 201
    EXPIRES_SOON = 202
    SEATS_LOW = 203
    MEMBERS_MISSING = 204
    PATH_PROBLEM = 205
    LAGGING = 206
    SATURATED = 207

    MONITOR_DOWN = 301
    CLOCK_STEP = 302
    STORAGE_FAILED = 303
    MONITOR_STALLED = 304
    OVERLOADED = 305
    VANTAGE_BLIND = 306
    LOCAL_NETWORK = 307
    RESOLVER = 308
    AGENT_SILENT = 309
    SPOOL_FULL = 310
    PROBE_BUG = 311
    CHECK_CONFIG = 312
    QUARANTINED = 313
    NO_QUORUM = 314
    PAUSED = 315
    NEVER_CHECKED = 316
    SILENCE = 317

    @property
    def word(self) -> str:
        """The cause as written in JSON, metrics and the command line."""
        return self.name.lower()

    @property
    def state(self) -> State:
        """The only state this cause can go with."""
        return {1: State.DOWN, 2: State.DEGRADED, 3: State.UNKNOWN}[self.value // 100]

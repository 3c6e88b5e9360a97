"""The demo's stage: small real servers on the loopback, something to look at that needs no network and no root."""

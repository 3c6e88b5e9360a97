"""What OpenVPN's management says of a client's and of a server's tunnel."""

from __future__ import annotations

import pytest
from tunnel_words import CLIENTS, STATE, STATISTICS

from probes import openvpn
from probes.probe import Malformed

COLUMNS = b"HEADER,CLIENT_LIST,Common Name,Bytes Received,Bytes Sent,Connected Since (time_t)"


def lines(text: bytes) -> list[bytes]:
    return text.split(b"\r\n")[:-2]  # without END


def test_the_state_has_a_name_and_since_when() -> None:
    assert openvpn.state(lines(STATE)) == (1_795_520_485, "CONNECTED")


def test_a_client_counts_the_bytes_on_the_wire() -> None:
    assert openvpn.traffic(lines(STATISTICS)) == openvpn.Traffic(652, 1316, None)


def test_a_server_counts_those_of_its_clients_or_of_one() -> None:
    assert openvpn.traffic(lines(CLIENTS)) == openvpn.Traffic(653, 1318, ("acme", "globex"), 1_795_520_400)
    assert openvpn.traffic(lines(CLIENTS), "globex") == openvpn.Traffic(1, 2, ("globex",), 1_795_520_300)
    assert openvpn.traffic(lines(CLIENTS), "nobody") == openvpn.Traffic(0, 0, ())


@pytest.mark.parametrize("said", [[], [b""], [b"now,CONNECTED"], [b"1795520485"], [b"1795520485,"], [b"9" * 13 + b",CONNECTED"]])
def test_a_state_that_is_none_is_malformed(said: list[bytes]) -> None:
    with pytest.raises(Malformed, match="wanted a time and a state"):
        openvpn.state(said)


@pytest.mark.parametrize(
    "said",
    [
        [b"TCP/UDP read bytes,many"],
        [b"HEADER,CLIENT_LIST,Common Name"],
        [b"HEADER,ROUTING_TABLE,Common Name"],
        [COLUMNS, b"CLIENT_LIST,acme,1,2"],
        [COLUMNS, b"CLIENT_LIST,acme,1,x,2"],
    ],
)
def test_counts_that_are_none_are_malformed(said: list[bytes]) -> None:
    with pytest.raises(Malformed):
        openvpn.traffic(said)

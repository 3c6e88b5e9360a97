"""What well-behaved daemons say of a tunnel, as bytes: for parsers, and as the stuff that hostile answers are made of."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

from probes import ike, vici

KEY = "bh7gPF89o2n5nCF/VjvYg2H7GvPyi5AJTncNONc5zxM="
SECRET_KEY = "383713598b3420c9b513b809a660b9a40277781196fc5930cae16e381fed235a"
CHILD = {
    "name": "lan",
    "state": "INSTALLED",
    "bytes-in": "324",
    "use-in": "0",
    "bytes-out": "652",
    "use-out": "0",
    "install-time": "3",
    "local-ts": ["10.91.1.0/24"],
}
ASSOCIATION = {"version": "2", "state": "ESTABLISHED", "established": "3", "child-sas": {"lan-1": CHILD}}
UAPI = f"""private_key={SECRET_KEY}
listen_port=51820
public_key=6e1ee03c5f3da369f99c217f563bd88361fb1af3f28b90094e770d38d739cf13
preshared_key={SECRET_KEY}
protocol_version=1
endpoint=198.51.100.2:51820
last_handshake_time_sec=1795520485
last_handshake_time_nsec=992751486
tx_bytes=1316
rx_bytes=652
allowed_ip=10.92.0.2/32
errno=0

""".encode()
_INTERFACE = ("wg0", SECRET_KEY, KEY, "51820", "off")
_PEER = ("wg0", KEY, SECRET_KEY, "198.51.100.2:51820", "10.92.0.2/32", "1795520485", "652", "1316", "5")
DUMP = "".join("\t".join(row) + "\n" for row in (_INTERFACE, _PEER)).encode()
GREETING = b">INFO:OpenVPN Management Interface Version 5 -- type 'help' for more info\r\n"
STATE = b"1795520485,CONNECTED,SUCCESS,10.93.0.2,203.0.113.2,1194,,\r\nEND\r\n"
STATISTICS = b"OpenVPN STATISTICS\r\nUpdated,2026-11-24 11:40:00\r\nTCP/UDP read bytes,652\r\nTCP/UDP write bytes,1316\r\nEND\r\n"
CLIENTS = (
    b"TITLE,OpenVPN 2.6.3\r\nTIME,2026-11-24 11:40:00,1795520400\r\n"
    b"HEADER,CLIENT_LIST,Common Name,Real Address,Virtual Address,Bytes Received,Bytes Sent,Connected Since (time_t)\r\n"
    b"CLIENT_LIST,acme,203.0.113.1:1194,10.93.0.2,652,1316,1795520400\r\n"
    b"CLIENT_LIST,globex,203.0.113.7:1194,10.93.0.3,1,2,1795520300\r\n"
    b"HEADER,ROUTING_TABLE,Virtual Address,Common Name,Real Address,Last Ref\r\n"
    b"GLOBAL_STATS,Max bcast/mcast queue length,0\r\nEND\r\n"
)


def vici_message(tree: Mapping[str, Any]) -> bytes:
    """The flat row of elements of a tree."""
    whole = b""
    for name, value in tree.items():
        called = bytes([len(name)]) + name.encode()
        if isinstance(value, str):
            whole += bytes([vici.KEY]) + called + struct.pack("!H", len(value)) + value.encode()
        elif isinstance(value, list):
            items = b"".join(bytes([vici.ITEM]) + struct.pack("!H", len(item)) + item.encode() for item in value)
            whole += bytes([vici.LIST]) + called + items + bytes([vici.LIST_END])
        else:
            whole += bytes([vici.SECTION]) + called + vici_message(value) + bytes([vici.SECTION_END])
    return whole


def vici_packet(kind: int, tree: Mapping[str, Any] | None = None, name: str = "") -> bytes:
    content = bytes([kind]) + (bytes([len(name)]) + name.encode() if name else b"") + vici_message(tree or {})
    return struct.pack("!I", len(content)) + content


VICI = (
    vici_packet(vici.CONFIRM),
    vici_packet(vici.EVENT, {"acme": ASSOCIATION}, vici.LIST_SA) + vici_packet(vici.RESPONSE),
)
"""The answers to the registration and to the request."""


def ike_answer(spi: bytes, notify: int = 5) -> bytes:
    """A responder's refusal: one notification."""
    body = struct.pack("!BBH", 0, 0, 8) + struct.pack("!BBH", 0, 0, notify)
    return ike.HEADER.pack(spi, bytes(8), ike.NOTIFY, ike.VERSION_2, ike.IKE_SA_INIT, ike.RESPONSE, 0, 28 + len(body)) + body

"""The floor: blocking raw sockets, paced, no schedule and no record. Prints the CPU milliseconds a look has cost.

Run as ``floor.py PORT PACE SECONDS CORE``. It measures the machine, not a product: where it spreads, nothing else can be judged.
"""

from __future__ import annotations

import os
import socket
import sys
import time

REQUEST = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


def look(port: int) -> None:
    """Connect, ask, read to the end."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(REQUEST)
        while connection.recv(65_536):
            pass


def cost_ms(port: int, pace: float, seconds: float) -> float:
    """CPU milliseconds of this process a look, at ``pace`` looks a second for ``seconds``."""
    look(port)
    looks = int(pace * seconds)
    start, used = time.monotonic(), time.process_time()
    for number in range(looks):
        time.sleep(max(0.0, start + number / pace - time.monotonic()))
        look(port)
    return (time.process_time() - used) * 1_000 / looks


if __name__ == "__main__":
    os.sched_setaffinity(0, {int(sys.argv[4])})
    print(cost_ms(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])))

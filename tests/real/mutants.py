"""Texts that are nearly right: a seed brings each back."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

FUZZED = 20_000
"""Mutants of each parser in every run of the tests."""


def mutants(good: Sequence[bytes], seed: object, count: int = FUZZED) -> Iterator[bytes]:
    """``count`` texts, each one of ``good`` with bytes changed, cut out, doubled, swapped in from another, or cut off."""
    chance = random.Random(str(seed))
    for _ in range(count):
        data = bytearray(chance.choice(good))
        for _ in range(chance.randrange(1, 5)):
            _change(data, chance, good)
        yield bytes(data)


def _change(data: bytearray, chance: random.Random, good: Sequence[bytes]) -> None:
    place = chance.randrange(len(data) + 1)
    match chance.randrange(6):
        case 0:
            data[place : place + 1] = chance.randbytes(1)
        case 1:
            del data[place : place + chance.randrange(1, 20)]
        case 2:
            data[place:place] = data[place : place + chance.randrange(60)]
        case 3:
            other = chance.choice(good)
            begin = chance.randrange(len(other) + 1)
            data[place:place] = other[begin : begin + chance.randrange(60)]
        case 4:
            data[place:place] = chance.choice(
                (b"\0", b"\n", b"\\\n", b'"', b":", b"99999999999", b"-", b"\xff", b"[", b"{", b"1e999")
            )
        case _:
            del data[place:]

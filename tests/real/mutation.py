"""Answers of a good server, spoilt a little."""

from __future__ import annotations

import random


def mutated(answers: tuple[bytes, ...], chance: random.Random) -> tuple[bytes, ...]:
    """The answers of a good server with a few bytes changed, cut or doubled."""
    made = []
    for answer in answers:
        data = bytearray(answer)
        for _ in range(chance.randrange(3)):
            place = chance.randrange(len(data)) if data else 0
            match chance.randrange(3):
                case 0:
                    data[place : place + 1] = chance.randbytes(1)
                case 1:
                    del data[place : place + chance.randrange(4)]
                case _:
                    data[place:place] = chance.randbytes(chance.randrange(8))
        made.append(bytes(data))
    return tuple(made)

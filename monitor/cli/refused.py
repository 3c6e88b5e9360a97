"""Why a command did nothing: words for people and an exit code of the manual."""

from __future__ import annotations

USAGE, IO, BAD_CONFIGURATION = 2, 74, 78


class Refused(Exception):
    """Nothing was done; the text says why, ``code`` is the exit code."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code

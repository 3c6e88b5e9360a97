"""The only zones are those of the package tzdata, as in the program: whatever machine the tests run on."""

from __future__ import annotations

from zoneinfo import ZoneInfo, reset_tzpath

reset_tzpath(())
ZoneInfo.clear_cache()

"""The languages that pages speak."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from reports.catalogue import ENGLISH, Catalogue
from reports.german import GERMAN

CATALOGUES: Mapping[str, Catalogue] = MappingProxyType({one.language: one for one in (ENGLISH, GERMAN)})
"""By language tag."""

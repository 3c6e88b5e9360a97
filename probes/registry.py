"""Which probe kinds there are: the modules in ``probes/kinds`` and what is installed under ``threenines.probes``."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from importlib.metadata import entry_points
from types import MappingProxyType, ModuleType
from typing import cast

import probes.kinds
from probes.probe import EMPTY, Probe

GROUP = "threenines.probes"


def kinds() -> Mapping[str, type[Probe]]:
    """Kind name to its class. Raises ValueError if two classes claim one name."""
    found: dict[str, type[Probe]] = {}
    for kind in _all():
        if found.setdefault(kind.kind, kind) is not kind:
            raise ValueError(f"probe kind {kind.kind}: claimed by {found[kind.kind].__module__} and {kind.__module__}")
    return MappingProxyType(dict(sorted(found.items())))


def page(kind: type[Probe]) -> str:
    """The kind's page in the docs: its module's docstring."""
    return importlib.import_module(kind.__module__).__doc__ or ""


def measures(kind: type[Probe]) -> Mapping[str, str]:
    """The numbers among the kind's facts that it describes in ``measures``, with their meaning: HELP of their series."""
    return cast(Mapping[str, str], getattr(kind, "measures", EMPTY))


def _all() -> Iterator[type[Probe]]:
    for module in pkgutil.iter_modules(probes.kinds.__path__, "probes.kinds."):
        yield from _in_module(importlib.import_module(module.name))
    for entry in entry_points(group=GROUP):
        yield cast(type[Probe], entry.load())


def _in_module(module: ModuleType) -> Iterator[type[Probe]]:
    for value in vars(module).values():
        if isinstance(value, type) and value.__module__ == module.__name__ and is_dataclass(value) and hasattr(value, "kind"):
            yield cast(type[Probe], value)

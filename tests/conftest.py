"""What holds for every test: which event loop it runs on, and in which order and by how many processes the suite is run.

A test runs on asyncio's loop, or on what its module names in ``LOOPS``: the service runs on uvloop, whose transports differ
from asyncio's in what they do early and late. Under `-n auto` (`make test`) a file's tests stay together in one process, since
they share its servers; those of a file that says ``APART = True`` share nothing, and go wherever there is room.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Generator, Mapping
from types import MappingProxyType
from typing import Any

import pytest
import uvloop
from xdist.scheduler import LoadScopeScheduling

FACTORIES: Mapping[str, Callable[[], asyncio.AbstractEventLoop]] = MappingProxyType(
    {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
)
LONGEST_FIRST = (
    "grafana/test_alerts_in_reality.py",
    "real/test_hostile.py",
    "sla/test_laws_of_worlds.py",
    "chaos/",
    "real/test_hostile_sockets.py",
    "sla/test_engine_against_painter.py",
    "grafana/test_with_prometheus.py",
    "real/test_vpn_",
    "monitor/cli/",
    "browser/",
    "nightly/",
    "sla/test_laws",
    "sla/test_reading",
    "monitor/desk/",
)
"""Begun first, lest one of them run alone at the end. Nothing else depends on it."""

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else every command that a test starts compiles the whole product anew


def pytest_asyncio_loop_factories(config: object, item: Any) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {name: FACTORIES[name] for name in getattr(item.module, "LOOPS", ("asyncio",))}


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """A report on its way between two processes: half a character in what a test printed would end the whole run."""
    return _speakable((yield))


def _speakable(told: Any) -> Any:
    """The same with every lone surrogate written out."""
    match told:
        case str():
            return told.encode("utf-8", "backslashreplace").decode()
        case dict():
            return {_speakable(name): _speakable(value) for name, value in told.items()}
        case list() | tuple():
            return type(told)(map(_speakable, told))
    return told


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than there are cores: much of a test's time is spent waiting for a server or a deadline."""
    return len(os.sched_getaffinity(0)) + 1


class Rooms(LoadScopeScheduling):
    """Hands out whole files, and single tests of those that are ``apart``."""

    apart: frozenset[str] = frozenset()

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return nodeid if file in self.apart else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    scheduler = Rooms(config, log)
    config.option.loadscopereorder = False
    root = config.rootpath
    scheduler.apart = frozenset(
        str(path.relative_to(root)) for path in (root / "tests").rglob("test_*.py") if "\nAPART = True\n" in path.read_text()
    )
    return scheduler


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _turn(item.nodeid.removeprefix("tests/")))


def _turn(name: str) -> int:
    return next((turn for turn, long in enumerate(LONGEST_FIRST) if name.startswith(long)), len(LONGEST_FIRST))

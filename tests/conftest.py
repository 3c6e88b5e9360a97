"""Which event loop a test runs on: asyncio's, or what its module names in ``LOOPS``.

The service runs on uvloop, whose transports differ from asyncio's in what they do early and late.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import uvloop

FACTORIES: Mapping[str, Callable[[], asyncio.AbstractEventLoop]] = MappingProxyType(
    {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
)


def pytest_asyncio_loop_factories(config: object, item: Any) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {name: FACTORIES[name] for name in getattr(item.module, "LOOPS", ("asyncio",))}

"""The log: one line of JSON an event, whatever it holds, and no word of an exception's."""

from __future__ import annotations

import asyncio
import gc
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from monitor.logs import MAX_FIELD, configure, from_loop


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root, before = logging.getLogger(), (list(logging.getLogger().handlers), logging.getLogger().level)
    kept = io.StringIO()
    configure(lambda: 1_764_000_000_123, kept)
    yield kept
    root.handlers, root.level = before[0], before[1]
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_with_its_time_source_and_names(stream: io.StringIO) -> None:
    structlog.get_logger("watch.threads").warning("thread_lost", lost=3, target=("a", 1))
    assert lines(stream) == [
        {
            "event": "thread_lost",
            "lost": 3,
            "target": "('a', 1)",
            "source": "watch.threads",
            "level": "warning",
            "at": "2025-11-24T16:00:00.123Z",
        }
    ]


def test_information_is_ours_alone(stream: io.StringIO) -> None:
    structlog.get_logger("run").info("listening")
    logging.getLogger("some.library").info("made by hand")
    logging.getLogger("asyncmy").warning("what a server said")
    assert [line["event"] for line in lines(stream)] == ["listening"]


def test_hostile_texts_make_as_many_lines_as_there_are_texts(stream: io.StringIO) -> None:
    log, library = structlog.get_logger("app"), logging.getLogger("some.library")
    for number in range(5_000):
        log.error("said", text=f'{number}\n{{"event": "forged"}}\r\x1b[2J\u2028\x00\x85')
        library.warning("said %s", f"{number}\nforged \x1b[2J \ud800")
    assert len(stream.getvalue().split("\n")) == 10_001
    assert all(character == "\n" or " " <= character <= "~" for character in stream.getvalue())
    assert {line["event"][:4] for line in lines(stream)} == {"said"}


def test_a_long_field_is_cut(stream: io.StringIO) -> None:
    structlog.get_logger("app").error("e", text="x" * 100_000)
    assert len(lines(stream)[0]["text"]) == MAX_FIELD


def test_of_an_exception_type_and_place_are_told_and_no_word_of_its_own(stream: io.StringIO) -> None:
    def deep() -> None:
        raise KeyError("canary-secret")

    try:
        try:
            deep()
        except KeyError as below:
            raise ValueError("canary-secret") from below
    except ValueError as fault:
        structlog.get_logger("app").error("failed", exc_info=fault)
        logging.getLogger("some.library").exception("failed too")
    for line in lines(stream):
        assert "KeyError" in line["traceback"]
        assert "ValueError" in line["traceback"]
        assert "in deep" in line["traceback"]
    assert "canary" not in stream.getvalue().replace('raise KeyError(\\"canary-secret\\")', "").replace(
        'raise ValueError(\\"canary-secret\\") from below', ""
    ), "only the lines of our own source may be shown"


async def test_what_the_loop_catches_is_an_event_without_its_words(stream: io.StringIO) -> None:
    async def stumble() -> None:
        raise RuntimeError("canary-secret " + "of a target")

    asyncio.get_running_loop().set_exception_handler(from_loop)
    task = asyncio.get_running_loop().create_task(stumble())
    await asyncio.sleep(0.01)
    del task
    gc.collect()
    (line,) = lines(stream)
    assert (line["event"], line["source"]) == ("loop_fault", "loop")
    assert line["what"] == "Task exception was never retrieved"
    assert "RuntimeError" in line["traceback"]
    assert "canary-secret of" not in stream.getvalue()

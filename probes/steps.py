"""The steps of a journey: what a visitor asks for, what must be said, and what is taken along to the next. Pure.

A value that a step saves stands for ``{name}`` in the path and query (percent-encoded), the headers and the form of later
steps, by plain replacement. Nothing else is a template.
"""

from __future__ import annotations

import json as json_
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar, Literal, TypeAlias
from urllib.parse import quote, urlencode, urljoin, urlsplit

import re2

from probes.assertions import TEXT_LIMIT, BodyRules, JsonRule, StatusSet, at_pointer, compiled, parsed
from probes.probe import SecretRef, WebAnswer
from probes.target import shown
from probes.url import Url

MAX_STEPS = 10
MAX_SAVED = 4_096
"""Bytes of a saved value: a token, no page."""
Saved: TypeAlias = Mapping[str, str]
Taking: TypeAlias = Mapping[Literal["json", "header", "matches"], str]
NOTHING: Mapping[str, Any] = MappingProxyType({})
_NAME = re2.compile(r"^[a-z][a-z0-9_-]{0,31}$")
_HOLE = re2.compile(r"\{([a-z][a-z0-9_-]{0,31})\}")
_TAKEN_NAMES = frozenset({"resolve", "connect", "tls", "thread", "hello"})
"""Phases that the gate measures itself."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request as it is configured. One of ``form`` (with ``secret_form``), ``json_body`` and ``body`` may be sent."""

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    name: str
    url: str
    method: Literal["GET", "HEAD", "POST", "PUT"] | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    form: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    secret_form: Mapping[str, SecretRef] = field(default_factory=lambda: NOTHING)
    json_body: Mapping[str, Any] | None = None
    body: str | None = None
    expect_status: tuple[int | str, ...] = ("200-299",)
    contains: str | None = None
    not_contains: str | None = None
    matches: str | None = None
    json: tuple[JsonRule, ...] = ()
    follow_redirects: bool = False
    save: Mapping[str, Taking] = field(default_factory=lambda: NOTHING)


class Stage:
    """A step that was checked and made ready. Raises ValueError, beginning with ``steps[place]``."""

    __slots__ = ("method", "rules", "statuses", "step", "taking", "url")

    def __init__(self, place: int, step: Step, known: Collection[str]) -> None:
        where = f"steps[{place}]"
        if _NAME.search(step.name) is None or step.name in _TAKEN_NAMES:
            said = f'must be lower case letters, digits, _ and -, and no phase of the gate, got "{shown(step.name, 40)}"'
            raise ValueError(f"{where}.name: {said}")
        self.step, self.url = step, Url.of(f"{where}.url", step.url)
        if "{" in self.url.authority:
            raise ValueError(f"{where}.url: saved values stand in path and query only, got one in the host")
        _checked_holes(where, step, known)
        _checked_content(where, step)
        self.method = step.method or ("POST" if _has_content(step) else "GET")
        try:
            self.statuses = StatusSet("expect_status", step.expect_status)
            self.rules = BodyRules(step.contains, step.not_contains, step.matches, step.json)
        except ValueError as fault:
            raise ValueError(f"{where}.{fault}") from None
        self.taking = tuple(Take(f"{where}.save.{name}", name, how) for name, how in step.save.items())

    @property
    def whole(self) -> bool:
        """Whether the body must be read to its end."""
        return self.rules.whole or any(take.whole for take in self.taking)

    @property
    def needed(self) -> bool:
        """Whether the body is looked into at all."""
        return self.rules.needed or bool(self.taking)

    def target(self, saved: Saved) -> str:
        """The URL with what was saved."""
        return filled(self.step.url, saved, percent=True)

    def headers(self, saved: Saved) -> tuple[tuple[str, str], ...]:
        """The headers with what was saved; the content's type is said where there is content."""
        kind = {"Content-Type": _content_type(self.step)} if _has_content(self.step) else {}
        return tuple((kind | {name: filled(value, saved) for name, value in self.step.headers.items()}).items())

    def content(self, saved: Saved, secrets: Mapping[str, str]) -> bytes | None:
        """The request's body. ``secrets`` are the revealed fields of ``secret_form``."""
        step = self.step
        if step.json_body is not None:
            return json_.dumps(step.json_body).encode()
        if step.body is not None:
            return step.body.encode()
        if step.form or step.secret_form:
            return urlencode({name: filled(value, saved) for name, value in step.form.items()} | dict(secrets)).encode()
        return None


class Take:
    """What one name is saved from. Raises ValueError, beginning with ``where``."""

    __slots__ = ("_goal", "_how", "_pattern", "name")

    def __init__(self, where: str, name: str, how: Taking) -> None:
        if _NAME.search(name) is None:
            raise ValueError(f'{where}: must be named in lower case letters, digits, _ and -, got "{shown(name, 40)}"')
        if len(how) != 1:
            raise ValueError(f"{where}: must be one of json, header, matches, got {', '.join(sorted(how)) or 'none'}")
        self.name = name
        ((self._how, self._goal),) = how.items()
        self._pattern: Any = None
        if self._how == "matches":
            self._pattern = compiled(f"{where}.matches", self._goal)
            if self._pattern.groups != 1:
                raise ValueError(f"{where}.matches: must have one group, got {self._pattern.groups}")

    @property
    def whole(self) -> bool:
        """Whether the body must be read to its end."""
        return self._how == "json"

    def of(self, answer: WebAnswer) -> str:
        """The value. Raises Missing, Malformed."""
        found = self._found(answer)
        if found is None:
            raise Missing(f'nothing for "{self.name}" found by {self._how} "{shown(self._goal, 80)}", wanted it')
        if len(found.encode("utf-8", "replace")) > MAX_SAVED or not all(c.isprintable() for c in found):
            raise Missing(f'value for "{self.name}" is longer than {MAX_SAVED} bytes or has controls, wanted a plain one')
        return found

    def _found(self, answer: WebAnswer) -> str | None:
        if self._how == "header":
            return answer.headers.get(self._goal.lower())
        if self._how == "json":
            value = at_pointer(parsed(answer.body), self._goal)
            return value if isinstance(value, str) else json_.dumps(value, default=str) if _is_scalar(value) else None
        match = self._pattern.search(answer.body[:TEXT_LIMIT])
        return None if match is None or match.group(1) is None else match.group(1).decode("utf-8", "replace")


class Missing(Exception):
    """An answer lacks what should be saved from it; the text says what."""


def stages(steps: Iterable[Step]) -> tuple[Stage, ...]:
    """The steps made ready. Raises ValueError for too many, for two of one name, and for each one's own mistakes."""
    made: list[Stage] = []
    known: set[str] = set()
    for place, step in enumerate(steps):
        made.append(Stage(place, step, known))
        known |= step.save.keys()
        if any(other.step.name == step.name for other in made[:-1]):
            raise ValueError(f'steps[{place}].name: must differ from the other steps\', got "{shown(step.name, 40)}" twice')
    if not 1 <= len(made) <= MAX_STEPS:
        raise ValueError(f"steps: must be 1 to {MAX_STEPS}, got {len(made)}")
    return tuple(made)


def filled(text: str, saved: Saved, percent: bool = False) -> str:
    """``text`` with saved values for their names, in one pass: a value that looks like a name stays what it is."""

    def value(hole: Any) -> str:
        found = saved.get(hole.group(1))
        if found is None:
            return str(hole.group(0))
        return quote(found, safe="") if percent else found

    return str(_HOLE.sub(value, text))


def redirected(base: str, location: str) -> str | None:
    """Where a redirect leads, or None if that is no https address without a user."""
    try:
        goal = urljoin(base, location)
        parts = urlsplit(goal)
        Url.of("location", goal)
    except ValueError:
        return None
    return goal if parts.scheme == "https" else None


def _checked_holes(where: str, step: Step, known: Collection[str]) -> None:
    """Every name in braces must have been saved before: a typing error would be sent as it stands."""
    texts = {"url": step.url} | {f"headers.{name}": value for name, value in step.headers.items()}
    texts |= {f"form.{name}": value for name, value in step.form.items()}
    for place, text in texts.items():
        unknown = next((name for name in _HOLE.findall(text) if name not in known), None)
        if unknown is not None:
            raise ValueError(f'{where}.{place}: uses "{{{unknown}}}", which no earlier step saves')


def _checked_content(where: str, step: Step) -> None:
    given = [bool(step.form or step.secret_form), step.json_body is not None, step.body is not None]
    if sum(given) > 1:
        raise ValueError(f"{where}: must send one of form, json_body and body, got {sum(given)}")
    if any(given) and step.method in ("GET", "HEAD"):
        raise ValueError(f"{where}.method: sends no content, got {step.method} with some, expected POST or PUT")
    for name in step.headers:
        if not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
            raise ValueError(f'{where}.headers: must be names of headers, got "{shown(name, 40)}"')
        if name.lower() == "authorization":
            raise ValueError(f"{where}.headers.{name}: would stand in the file, expected auth with a reference")
        if name.lower() in ("connection", "content-length", "transfer-encoding", "host", "cookie"):
            raise ValueError(f"{where}.headers.{name}: must be left to the monitor")
        if not step.headers[name].isascii() or not step.headers[name].isprintable():
            raise ValueError(f"{where}.headers.{name}: must be printable ASCII")


def _has_content(step: Step) -> bool:
    return bool(step.form or step.secret_form) or step.json_body is not None or step.body is not None


def _content_type(step: Step) -> str:
    if step.json_body is not None:
        return "application/json"
    return "text/plain; charset=utf-8" if step.body is not None else "application/x-www-form-urlencoded"


def _is_scalar(value: Any) -> bool:
    return value is not None and not isinstance(value, dict | list) and type(value) is not object

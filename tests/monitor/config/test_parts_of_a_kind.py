"""A kind's field may be a mapping or a list of mappings: its dataclass is read like the kind itself, secrets and all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from monitor.config import checks, document
from monitor.config.checks import Ground
from monitor.config.jsonschema import schema
from probes.probe import Defaults, Duration, Finding, Look, SecretRef, up


@dataclass(frozen=True, slots=True)
class Login:
    user: str
    password: SecretRef
    tries: int = 1

    def __post_init__(self) -> None:
        if self.tries < 1:
            raise ValueError(f"tries: must be 1 or more, got {self.tries}")


@dataclass(frozen=True, slots=True)
class Parted:
    kind: ClassVar[str] = "parted"
    defaults: ClassVar[Defaults] = Defaults(60, 5.0, "")
    failures: ClassVar[tuple[type[Exception], ...]] = ()
    login: Login | None = None
    more: tuple[Login, ...] = ()
    wait: Duration = Duration(1_000)  # noqa: RUF009
    zone: str = "UTC"

    async def check(self, look: Look) -> Finding:
        return up()


GROUND = Ground({"parted": Parted}, ("main",), {"P": "canary-secret"}, "Europe/Berlin")


def read(**fields: Any) -> tuple[Any, list[str]]:
    value = {"id": "a", "component": "a", "kind": "parted", **fields}
    check, mistakes = checks.read(value, document.spoken("x", value), (), GROUND)
    return (check.probe if check else None), [f"{one.key_path}: {one.message}" for one in mistakes]


def test_a_mapping_becomes_its_dataclass_with_the_reference_unread() -> None:
    probe, mistakes = read(login={"user": "u", "password": "env:P"}, more=[{"user": "v", "password": "env:P", "tries": 2}])
    assert mistakes == []
    assert probe.login == Login("u", SecretRef("env:P"))
    assert probe.more == (Login("v", SecretRef("env:P"), 2),)


def test_a_duration_has_its_unit_and_the_sites_zone_is_the_kinds() -> None:
    assert (read(wait="5m")[0].wait, read()[0].zone, read(zone="UTC")[0].zone) == (300_000, "Europe/Berlin", "UTC")
    assert read(wait=5) == (None, ['wait: needs a unit, got 5, expected e.g. "30s"'])


def test_all_mistakes_of_all_mappings_are_said_at_their_places() -> None:
    _, mistakes = read(
        login={"usr": "u", "password": "canary-secret"},
        more=[{"user": "v", "password": "env:NONE"}, {"user": "v", "password": "env:P", "tries": 0}, 7],
    )
    assert mistakes == [
        'login.usr: unknown key, got "usr", expected one of the keys of a login; did you mean "user"?',
        "login.user: is missing, login needs it",
        'login.password: secrets are references, expected "env:NAME" or "file:/path" (value not shown)',
        "more[0].password: environment variable NONE is not set",
        "more[1].tries: must be 1 or more, got 0",
        "more[2]: does not fit, got 7, expected a mapping",
    ]


def test_the_schema_knows_the_fields_of_a_part() -> None:
    properties = schema({"parted": Parted}, site=True)["$defs"]["Check_parted"]["properties"]
    login = properties["login"]
    assert (login["required"], login["additionalProperties"]) == (["user", "password"], False)
    assert login["properties"]["password"]["pattern"].startswith("^(env:")
    assert properties["more"] == {"type": "array", "items": login}
    assert properties["wait"]["type"] == "string"

"""Every row of the manual's table of bad configuration, with its exact text, and what a good one becomes."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import ClassVar

import pytest

from monitor.config.load import ConfigurationErrors, load
from probes.probe import Defaults, Finding, Look, Probe, SecretRef, up
from sla.composition import All, AtLeast, Degrading, DownWhen, Leaf
from sla.responsibility import Party

MAIN = "provider: {name: Example}\n"
SITE = """id: acme
name: Acme
customer: {id: acme, name: Acme Corp}
contacts:
  - {name: Ada, email: ada@acme.example}
agreement: {zone: Europe/Berlin, goal: "99.9%"}
components:
  - {id: a, kind: ldap}
  - {id: b, kind: database}
checks:
  - {id: first, component: a, kind: knock, host: a.example}
  - id: second
    component: b
    kind: knock
    host: b.example
"""
LAST = len(SITE.splitlines())


@dataclass(frozen=True, slots=True)
class Knock:
    """A kind with one field of each sort."""

    kind: ClassVar[str] = "knock"
    defaults: ClassVar[Defaults] = Defaults(interval_s=60, deadline_s=5.0, component_kind="other", slow_ms=700)
    failures: ClassVar[tuple[type[Exception], ...]] = ()

    host: str
    port: int = 443
    password: SecretRef | None = None
    matches: str | None = None
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.port <= 65_535:
            raise ValueError(f"port: must be 1 to 65535, got {self.port}")

    async def check(self, look: Look) -> Finding:
        return up()


KINDS: Mapping[str, type[Probe]] = {"knock": Knock}
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def put(site: str | bytes = SITE, main: str = MAIN, **more: str) -> Path:
        (tmp_path / "sites").mkdir(exist_ok=True)
        (tmp_path / "threenines.yaml").write_text(main)
        for name, text in {"acme": site, **more}.items():
            data = text if isinstance(text, bytes) else text.encode()
            (tmp_path / "sites" / f"{name}.yaml").write_bytes(data)
        return tmp_path / "threenines.yaml"

    return put


def mistakes(path: Path, environ: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigurationErrors) as caught:
        load(path, environ or {}, KINDS)
    return [str(mistake) for mistake in caught.value.mistakes]


def test_a_good_configuration_becomes_values_with_the_defaults_of_kind_and_table(write: Write) -> None:
    path = write()
    configuration = load(path, {}, KINDS)
    (site,) = configuration.sites
    assert site.agreement.goal == Fraction(999, 1000)
    assert site.agreement.zone == "Europe/Berlin"
    assert site.composition == All((Leaf("a"), Leaf("b")))
    assert [c.managed_by for c in site.components] == [Party.CUSTOMER, Party.PROVIDER]
    check = site.checks[1]
    assert (check.every_ms, check.deadline_ms, check.slow_ms, check.locations) == (60_000, 5_000, 700, ("main",))
    assert check.probe == Knock("b.example")
    assert configuration.data == path.parent / "data"
    assert (configuration.operator.host, configuration.public) == ("127.0.0.1", None)


def test_the_digest_changes_with_any_byte_of_any_file(write: Write) -> None:
    first = load(write(), {}, KINDS).digest
    assert load(write(), {}, KINDS).digest == first
    assert load(write(SITE + "# a comment\n"), {}, KINDS).digest != first


def test_unknown_key(write: Write) -> None:
    assert mistakes(write(SITE + "    intervall: 30s\n")) == [
        f'sites/acme.yaml:{LAST + 1}: checks[1].intervall: unknown key, got "intervall", expected one of the keys of a check; '
        'did you mean "interval"?'
    ]


def test_number_without_unit(write: Write) -> None:
    assert mistakes(write(SITE + "    interval: 5\n")) == [
        f'sites/acme.yaml:{LAST + 1}: checks[1].interval: needs a unit, got 5, expected e.g. "30s"'
    ]


def test_deadline_not_shorter_than_interval(write: Write) -> None:
    assert mistakes(write(SITE + "    interval: 30s\n    deadline: 60s\n")) == [
        f"sites/acme.yaml:{LAST + 2}: checks[1].deadline: must be shorter than interval 30s, got 60s"
    ]


def test_confirmation_must_fit_into_the_interval(write: Write) -> None:
    assert mistakes(write(SITE + "    interval: 20s\n")) == [
        f"sites/acme.yaml:{LAST + 1}: checks[1].interval: 2 repeats of 10s must fit into interval 20s; "
        "use a shorter repeat or fewer confirm_failures"
    ]


def test_duplicate_id_and_duplicate_key_name_the_first(write: Write) -> None:
    twice = SITE.replace("id: second", "id: first") + "    host: c.example\n"
    assert mistakes(write(twice)) == [
        'sites/acme.yaml:12: checks[1].id: used twice, got "first", first at line 11',
        f'sites/acme.yaml:{LAST + 1}: checks[1].host: used twice, got "host", first at line {LAST}',
    ]


def test_duplicate_site_names_the_first_file(write: Write) -> None:
    assert mistakes(write(other=SITE)) == ['sites/other.yaml:1: id: used twice, got "acme", first at sites/acme.yaml:1']


def test_a_literal_secret_is_refused_and_not_shown(write: Write) -> None:
    found = mistakes(write(SITE + "    password: hunter2-canary\n"))
    assert found == [
        f'sites/acme.yaml:{LAST + 1}: checks[1].password: secrets are references, expected "env:NAME" or "file:/path" '
        "(value not shown)"
    ]


@pytest.mark.parametrize("value", ["[canary]", "{a: env:X}", "5"])
def test_a_secret_of_another_shape_is_refused(write: Write, value: str) -> None:
    (found,) = mistakes(write(SITE + f"    password: {value}\n"), {"X": "canary"})
    assert found.endswith("(value not shown)")


def test_a_reference_to_nothing(write: Write) -> None:
    path = write(SITE + "    password: env:ACME_LDAP\n")
    assert mistakes(path) == [f"sites/acme.yaml:{LAST + 1}: checks[1].password: environment variable ACME_LDAP is not set"]
    probe = load(path, {"ACME_LDAP": "x"}, KINDS).sites[0].checks[1].probe
    assert probe == Knock("b.example", password=SecretRef("env:ACME_LDAP"))


@pytest.mark.parametrize(
    ("block", "got"),
    [
        ("auth: {client_id: x}", "client id without secret"),
        ("auth:", "nothing"),
        ("auth: {client_id: x, client_secret: env:Y}", "keys of a login that this version does not have"),
    ],
)
def test_an_auth_block_never_starts_the_program_open(write: Write, block: str, got: str) -> None:
    assert mistakes(write(main=MAIN + block + "\n")) == [
        f"threenines.yaml:2: auth: no usable method, got {got}; refusing to start rather than run open"
    ]


def test_a_pattern_that_re2_does_not_take(write: Write) -> None:
    assert mistakes(write(SITE + '    matches: "^(?=a).*"\n')) == [
        f'sites/acme.yaml:{LAST + 1}: checks[1].matches: RE2 does not accept "(?=" (look-ahead), got "^(?=a).*"'
    ]


BOMB = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &a x\nb: [" + "*a, " * 101 + "]\n", "sites/acme.yaml:1: more than 100 aliases"),
        (BOMB, "sites/acme.yaml:6: more than 200000 values"),
        ("#" * (1 << 20) + "\n", "sites/acme.yaml:1: more than 1 MiB"),
        ("a:\n\t- b\n", "sites/acme.yaml:2: tabs are not allowed for indenting, expected spaces"),
        (b"a: b\nc: \xff\n", "sites/acme.yaml:2: not UTF-8, got byte 0xff"),
        (
            "a: !!python/name:os.system x\n",
            'sites/acme.yaml:1: tags are not accepted, got "tag:yaml.org,2002:python/name:os.system"',
        ),
        ("a: " + "[" * 50 + "]" * 50 + "\n", "sites/acme.yaml:1: deeper than 20 levels"),
        ("a: 1\n---\nb: 2\n", "sites/acme.yaml:2: a second document, expected one a file"),
    ],
)
def test_files_that_grow_or_lie_are_refused_quickly_and_small(write: Write, text: str | bytes, message: str) -> None:
    path = write(text)
    before = resource.getrusage(resource.RUSAGE_SELF)
    assert mistakes(path) == [message]
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert after.ru_utime - before.ru_utime < 1
    assert after.ru_maxrss - before.ru_maxrss < 100 * 1024


def test_unknown_zone_and_goals(write: Write) -> None:
    path = write(SITE.replace("Europe/Berlin", "CET+1").replace('"99.9%"', "99.9"))
    assert mistakes(path) == [
        'sites/acme.yaml:6: agreement.zone: not an IANA zone, got "CET+1"',
        'sites/acme.yaml:6: agreement.goal: expected "99.9%", got 99.9',
    ]
    assert mistakes(write(SITE.replace("99.9%", "101%"))) == ['sites/acme.yaml:6: agreement.goal: expected "99.9%", got "101%"']


def test_an_open_bind_needs_a_proxy(write: Write) -> None:
    main = MAIN + 'operator:\n  bind: "0.0.0.0:8090"\n'
    assert mistakes(write(main=main)) == [
        "threenines.yaml:3: operator.bind: 0.0.0.0 needs behind_proxy: true, since TLS ends at the proxy"
    ]
    assert load(write(main=main + "  behind_proxy: true\n"), {}, KINDS).operator.host == "0.0.0.0"


@pytest.mark.parametrize("address", ["a@x, b@y", "a@x.example\\r\\nBcc: b@y.example", "nobody", "a@"])
def test_a_recipient_is_one_address(write: Write, address: str) -> None:
    (found,) = mistakes(write(SITE.replace("ada@acme.example", f'"{address}"')))
    assert found == f'sites/acme.yaml:5: contacts[0].email: one address only, got "{address}"'


def test_no_canaries_above_ten_checks(write: Write) -> None:
    many = SITE + "".join(f"  - {{id: c{n}, component: a, kind: knock, host: h}}\n" for n in range(9))
    assert mistakes(write(many)) == ["threenines.yaml: vantages.main.canaries: at least 2 in different networks, got 0"]
    near = MAIN + "vantages:\n  main:\n    canaries: [192.0.2.1:53, 192.0.2.9:53]\n"
    assert mistakes(write(many, near)) == ["threenines.yaml:4: vantages.main.canaries: at least 2 in different networks, got 1"]
    load(write(many, near.replace("192.0.2.9", "198.51.100.1")), {}, KINDS)


def test_all_mistakes_of_all_files_come_at_once(write: Write) -> None:
    path = write(SITE + "    port: 0\n", "provider: {}\nbogus: 1\n", other="id: [\n", zeta="name: 3\n")
    found = mistakes(path)
    assert len(found) >= 6
    assert {line.partition(":")[0] for line in found} == {
        "threenines.yaml",
        "sites/acme.yaml",
        "sites/other.yaml",
        "sites/zeta.yaml",
    }
    assert "sites/acme.yaml:12: checks[1].port: must be 1 to 65535, got 0".replace(":12:", f":{LAST + 1}:") in found


def test_wrong_types_and_missing_fields_are_told_in_words(write: Write) -> None:
    text = SITE.replace("    host: b.example\n", "    port: '443'\n    names: x\n    slow_ms: fast\n")
    assert mistakes(write(text)) == [
        "sites/acme.yaml:12: checks[1].host: is missing, a knock check needs it",
        f'sites/acme.yaml:{LAST}: checks[1].port: does not fit, got "443", expected a whole number',
        f'sites/acme.yaml:{LAST + 1}: checks[1].names: does not fit, got "x", expected a list',
        f'sites/acme.yaml:{LAST + 2}: checks[1].slow_ms: does not fit, got "fast", expected a whole number',
    ]


def test_names_that_lead_nowhere(write: Write) -> None:
    text = SITE.replace("component: b", "component: bb").replace("kind: ldap}", "kind: ldpa, depends_on: [c]}")
    text += "    from: [moon]\ncomposition: {all: [a, x]}\n"
    found = mistakes(write(text))
    assert any(
        'components[0].kind: not a kind of component, got "ldpa"' in line and 'did you mean "ldap"?' in line for line in found
    )
    assert f'sites/acme.yaml:{LAST + 1}: checks[1].from[0]: no such vantage, got "moon"' in found
    found = mistakes(write(text.replace("ldpa", "ldap")))
    assert 'sites/acme.yaml:8: components[0].depends_on[0]: no such component, got "c"' in found
    assert 'sites/acme.yaml:13: checks[1].component: no such component, got "bb"; did you mean "b"?' in found
    assert f'sites/acme.yaml:{LAST + 2}: composition.all[1]: no such component, got "x"' in found


def test_a_customers_site_has_a_contact_and_the_providers_own_needs_none(write: Write) -> None:
    lines = [line for line in SITE.splitlines() if "contacts" not in line and "email" not in line]
    assert mistakes(write("\n".join(lines))) == [
        "sites/acme.yaml:1: contacts: at least 1 designated contact for a customer's site, got 0"
    ]
    own = "\n".join(line for line in lines if "customer" not in line)
    assert load(write(own), {}, KINDS).sites[0].customer.key == "provider"


def test_the_composition_as_written(write: Write) -> None:
    tree = "composition: {all: [{at_least: 1, of: [a, b]}, {down_when: 2, of: [a, b]}, {degrading: b}]}\n"
    ab = (Leaf("a"), Leaf("b"))
    expected = All((AtLeast(1, ab), DownWhen(2, ab), Degrading(Leaf("b"))))
    assert load(write(SITE + tree), {}, KINDS).sites[0].composition == expected
    (found,) = mistakes(write(SITE + "composition: {at_least: 3, of: [a, b]}\n"))
    assert found.endswith("composition.at_least: must be from 1 to 2, got 3")


def test_a_preset_with_overrides(write: Write) -> None:
    text = SITE.replace(
        'agreement: {zone: Europe/Berlin, goal: "99.9%"}',
        "agreement: {preset: sla-2020, maintenance_notice: 21d, service_hours: [{days: [mon], from: '08:00', to: '17:00'}]}",
    )
    agreement = load(write(text), {}, KINDS).sites[0].agreement
    assert (agreement.preset, agreement.judged_by, agreement.maintenance_notice_seconds) == ("sla-2020", "month", 21 * 86_400)
    (hours,) = agreement.service_hours
    assert (hours.days, hours.since, hours.until) == (frozenset({0}), 480, 1020)


def test_a_pipe_or_a_missing_file_does_not_hang_the_start(write: Write, tmp_path: Path) -> None:
    path = write()
    os.mkfifo(tmp_path / "sites" / "pipe.yaml")
    assert mistakes(path) == ["sites/pipe.yaml: not a regular file"]
    assert mistakes(tmp_path / "none.yaml") == ["none.yaml: cannot be read: No such file or directory"]


def test_a_thousand_checks_load_in_seconds(write: Write) -> None:
    main = MAIN + "vantages: {main: {canaries: [192.0.2.1:53, 198.51.100.1:53]}}\n"
    line = "  - {{id: c{n}, component: a, kind: knock, host: h{n}.example, interval: 30s}}\n"
    sites = {
        f"s{s}": SITE.replace("id: acme\n", f"id: s{s}\n", 1) + "".join(line.format(n=n) for n in range(98)) for s in range(9)
    }
    path = write(SITE + "".join(line.format(n=n) for n in range(98)), main, **sites)
    before = time.process_time()
    assert sum(len(site.checks) for site in load(path, {}, KINDS).sites) == 1_000
    assert time.process_time() - before < 20


MAIL = '{relay: "mail.p.example:587", from: ops@p.example'


def test_a_mail_server_with_its_defaults(write: Write) -> None:
    path = write(main=MAIN + f"mail: {MAIL}, user: u, password: env:P}}\n")
    mailing = load(path, {"P": "x"}, KINDS).mailing
    assert mailing is not None
    assert (mailing.host, mailing.port, mailing.tls, mailing.name) == ("mail.p.example", 587, "start_tls", "Example")
    assert (mailing.domain, mailing.password) == ("p.example", SecretRef("env:P"))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            ", tls: none",
            'mail.tls: "none" is for a mail server on this machine only, got the relay "mail.p.example"',
        ),
        (", user: u", "mail.password: user and password belong together, got one of them"),
        (", user: u, password: env:ABSENT", "mail.password: environment variable ABSENT is not set"),
        (
            ", user: u, password: canary",
            'mail.password: secrets are references, expected "env:NAME" or "file:/path" (value not shown)',
        ),
    ],
)
def test_a_mail_server_that_would_betray_or_never_work_is_refused(write: Write, more: str, said: str) -> None:
    (found,) = mistakes(write(main=MAIN + f"mail: {MAIL}{more}}}\n"))
    assert said in found


def test_every_mistake_of_the_mail_server_is_told_at_once(write: Write) -> None:
    found = mistakes(write(main=MAIN + f"mail: {MAIL}, tls: none, user: u}}\n"))
    assert [line.split(": ")[1] for line in found] == ["mail.tls", "mail.user", "mail.password"]

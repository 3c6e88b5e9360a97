"""A check out of the words of a command line: typed by its kind, judged in the configuration's words."""

import shlex

import pytest

from monitor.cli.kinds import command, described
from monitor.config.arguments import ground, read
from probes.kinds.dns import Dns
from probes.kinds.instance import Instance
from probes.kinds.journey import Journey
from probes.kinds.tcp import Tcp
from probes.probe import SecretRef
from probes.registry import kinds, page

SECRETS = dict.fromkeys(("ACME_APNS", "ACME_CONSOLE", "ACME_DB", "ACME_LDAP", "BACKUP_BEAT", "NITRO"), "x")
"""What the examples of the kinds refer to."""
GROUND = ground(kinds(), SECRETS)
URL = "url=https://mdm.acme.example/health"


def probe(kind: str, *words: str) -> object:
    check, mistakes = read(kind, words, GROUND, "check")
    assert mistakes == []
    assert check is not None
    return check.probe


def mistakes(kind: str, *words: str) -> list[str]:
    check, found = read(kind, words, GROUND, "check")
    assert check is None
    return [str(mistake) for mistake in found]


def test_numbers_and_booleans_are_typed_and_text_is_taken_as_it_stands() -> None:
    assert probe("tcp", "host=192.0.2.1", "port=22", "tls=true", "matches=^5$") == Tcp("192.0.2.1", 22, tls=True, matches="^5$")
    assert probe("tcp", "host=192.0.2.1", "port=22", "send=5") == Tcp("192.0.2.1", 22, send="5")


@pytest.mark.parametrize(
    "servers", ["servers=192.0.2.1,192.0.2.2", "servers=[192.0.2.1, 192.0.2.2]", 'servers=["192.0.2.1","192.0.2.2"]']
)
def test_a_list_is_written_with_commas_or_as_in_a_file(servers: str) -> None:
    assert probe("dns", servers, "name=acme.example") == Dns(("192.0.2.1", "192.0.2.2"), "acme.example")


def test_assertions_on_json_are_json_text_one_or_many() -> None:
    one = {"pointer": "/status", "equals": "UP"}
    wanted = Instance("https://mdm.acme.example/health", json=(one,), expect_status=(200, "300-302"), headers={"X-A": "b"})
    for text in ('json=[{"pointer": "/status", "equals": "UP"}]', 'json={"pointer":"/status","equals":"UP"}'):
        assert probe("instance", URL, text, "expect_status=200,300-302", 'headers={"X-A": "b"}') == wanted


def test_times_of_a_look_are_durations_with_their_unit() -> None:
    check, _ = read("tcp", ["host=192.0.2.1", "port=22", "deadline=1500ms", "slow_ms=3"], GROUND, "check")
    assert check is not None
    assert (check.deadline_ms, check.slow_ms) == (1500, 3)
    assert mistakes("tcp", "host=192.0.2.1", "port=22", "deadline=5") == [
        'check: deadline: needs a unit, got 5, expected e.g. "30s"'
    ]


def test_all_mistakes_come_at_once_in_the_configurations_words() -> None:
    assert mistakes("tcp", "hots=a", "tls=x", "bogus", "port=1", "port=2", "matches=(?=a)") == [
        'check: not a field, got "bogus", expected field=value',
        "check: port: used twice",
        'check: hots: unknown key, got "hots", expected one of the keys of a check; did you mean "host"?',
        "check: host: is missing, a tcp check needs it",
        'check: tls: does not fit, got "x", expected true or false',
        'check: matches: RE2 does not accept "(?=" (look-ahead), got "(?=a)"',
    ]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("json=[{",), "json: cannot be read, got"),
        (('json=[{"pointer": "status", "equals": 1}]',), 'json[0].pointer: must be an RFC 6901 pointer like "/status"'),
        (("max_body_bytes=1e3",), "max_body_bytes: does not fit, got 1000.0, expected a whole number"),
        (("headers=a",), 'headers: does not fit, got "a", expected a mapping'),
        (("family=5",), "family: not one of its words"),
        (("expect_status=",), "expect_status: must name at least one status"),
        (("slow_ms=",), 'slow_ms: does not fit, got ""'),
        (("body=\udcff",), "body: "),
        (("kind=tcp",), "kind: used twice"),
        (("from=moon",), 'no such vantage, got "moon"'),
    ],
)
def test_bad_values_say_the_field_what_was_got_and_what_was_expected(words: tuple[str, ...], wanted: str) -> None:
    (said,) = mistakes("instance", URL, *words)
    assert wanted in said


def test_a_needed_field_that_cannot_be_read_is_one_mistake_not_two() -> None:
    (said,) = mistakes("tcp", "host=a.example", "port=[")
    assert "port: cannot be read, got" in said


def test_an_unknown_kind_names_the_nearest() -> None:
    assert mistakes("tpc", "host=a")[-1].endswith(f'expected one of {", ".join(sorted(kinds()))}; did you mean "tcp"?')


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_every_kind_shows_all_its_fields_and_an_example_that_can_be_run(kind: str) -> None:
    shown = described(kinds()[kind])
    assert page(kinds()[kind]).strip().splitlines()[0] in shown
    words = shlex.split(command(page(kinds()[kind]).partition("```yaml\n")[2]))
    assert words[:4] == ["threenines", "check", "--kind", kind]
    assert probe(kind, *words[4:])
    fields = {line.split()[0] for line in shown.partition("Fields")[2].partition("Example")[0].splitlines()[1:] if line}
    assert {word.partition("=")[0] for word in words[4:]} <= fields
    assert {"deadline", "slow_ms"} <= fields


def test_a_field_shows_its_unit_and_its_default() -> None:
    lines = {line.split()[0]: line.split()[1:] for line in described(Instance).splitlines() if line.startswith("  ")}
    assert lines["max_body_bytes"] == ["bytes", "1048576"]
    assert lines["deadline"] == ["duration", "10s"]
    assert lines["url"] == ["text", "required"]
    assert lines["contains"] == ["text", "-"]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        (
            "control={strongswan: {socket: /run/x}}",
            ["control.strongswan.connection: is missing", "control.strongswan.child: is missing"],
        ),
        ("data={host: 192.0.2.1, prot: 443}", ['data.prot: unknown key, got "prot"']),
        ("knock={host: 192.0.2.1, style: ofer}", ['knock.style: not one of its words, got "ofer", expected version or offer']),
        ("knock={host: 192.0.2.1, port: '500'}", ['knock.port: does not fit, got "500", expected a whole number']),
        ("data=5", ["data: does not fit, got 5, expected a mapping"]),
        ("data={host: 192.0.2.1}", ["data: must have one of port, url or ping, got none"]),
    ],
)
def test_fields_inside_a_field_are_held_to_its_own_schema(word: str, said: list[str]) -> None:
    found = mistakes("vpn", word)
    assert len(found) == len(said)
    for mistake, words in zip(found, said, strict=True):
        assert words in mistake


STEP = "{name: login, url: 'https://a.example/', secret_form: {password: %s}}"


def test_a_secret_deep_inside_is_a_reference_that_leads_somewhere() -> None:
    good = probe("journey", f"steps=[{STEP % 'env:ACME_CONSOLE'}]")
    assert isinstance(good, Journey)
    assert good.steps[0].secret_form == {"password": SecretRef("env:ACME_CONSOLE")}
    for written, message in (
        ("hunter2-canary", "secrets are references"),
        ("[hunter2-canary]", "secrets are references"),
        ("env:NONE", "environment variable NONE is not set"),
    ):
        check, mistakes = read("journey", [f"steps=[{STEP % written}]"], GROUND, "check")
        assert check is None
        (mistake,) = mistakes
        assert mistake.key_path == "steps[0].secret_form.password"
        assert message in mistake.message
        assert "canary" not in str(mistake)


@pytest.mark.parametrize(
    ("words", "place", "message"),
    [
        ("steps=[{name: a, url: 'https://a.example/', nmae: b}]", "steps[0].nmae", "unknown key"),
        ("steps=[{name: a}]", "steps[0].url", "is missing"),
        ("steps=[a]", "steps[0]", "expected a mapping"),
        ("steps=[{name: a, url: 'https://a.example/', secret_form: canary}]", "steps[0].secret_form", "(value not shown)"),
        ("steps=[{name: a, url: 'https://a.example/', json: [{pointer: x, equals: 1}]}]", "steps[0].json[0].pointer", "RFC 6901"),
    ],
)
def test_a_mistake_inside_a_step_is_said_at_its_place(words: str, place: str, message: str) -> None:
    check, mistakes = read("journey", [words], GROUND, "check")
    assert check is None
    assert [mistake.key_path for mistake in mistakes] == [place]
    assert message in mistakes[0].message
    assert "canary" not in str(mistakes)

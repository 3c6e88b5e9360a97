"""Subscribers from the command line, on a store that nobody has open."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import typer
from desk_world import Store

from monitor.cli.main import call

URL = "https://hooks.example.com/status"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def subscriber(stored: Callable[..., Store], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command in the folder of a store: exit code, stdout, stderr."""
    monkeypatch.chdir(stored().folder)

    def run(*words: str) -> tuple[int, str, str]:
        try:
            code = call("subscriber", list(words))
        except typer.Exit as left:
            code = left.exit_code
        found = capsys.readouterr()
        return code, found.out, found.err

    return run


def test_a_webhook_is_set_up_gets_another_secret_and_goes(subscriber: Run) -> None:
    assert subscriber("list")[1] == "no subscribers\n"
    assert subscriber("add", "webhook", URL, "--page", "acme", "--dry-run")[0] == 0
    assert subscriber("list")[1] == "no subscribers\n"
    code, out, _ = subscriber("add", "webhook", URL, "--page", "acme", "--kind", "incident")
    secret = out.splitlines()[-1]
    assert (code, secret.startswith("whsec_"), len(secret)) == (0, True, 50)
    (one,) = json.loads(subscriber("list", "--json")[1])["subscribers"]
    assert (one["page"], one["channel"], one["address"], one["kinds"]) == ("acme", "webhook", URL, ["incident"])
    assert one["confirmed_at"] is None and "not confirmed" in subscriber("list")[1]
    assert secret not in subscriber("list", "--json")[1]
    again = subscriber("rotate", "1")[1].splitlines()[-1]
    assert again.startswith("whsec_") and again != secret
    assert subscriber("remove", "1")[1] == "ended subscription 1\n"
    assert subscriber("list")[1] == "no subscribers\n"


def test_what_is_refused_says_every_rule_and_nothing_is_kept(subscriber: Run) -> None:
    code, _, told = subscriber("add", "webhook", "https://10.0.0.1/", "--page", "acne", "--kind", "gossip", "--tell", "kim")
    assert code in (2, 65)
    for said in ("target-not-allowed", 'did you mean "acme"?', "no such kind of news", "tell is no mail address"):
        assert said in told
    assert subscriber("rotate", "9")[0] == subscriber("remove", "9")[0] == 2
    assert subscriber("list")[1] == "no subscribers\n"
    subscriber("add", "webhook", URL)
    code, _, told = subscriber("add", "webhook", URL)
    assert (code, "this webhook is there already" in told) == (65, True)
    assert subscriber("allow", "kim@reader.example")[1] == "nothing kept it from being signed up\n"

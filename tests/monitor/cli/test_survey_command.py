"""`threenines statement survey` by real processes: for people and as one document."""

from __future__ import annotations

import json
from collections.abc import Callable

from desk_world import Store
from test_exclusion_command import threenines

Make = Callable[..., Store]


def test_the_table_says_of_each_site_what_its_statement_says(stored: Make) -> None:
    folder = stored().folder
    done = threenines(folder, "statement", "survey", "--month", "2026-06", env={"COLUMNS": "200", "PATH": "/bin"})
    assert done.returncode == 0, done.stderr
    head, line, last = done.stdout.splitlines()
    assert head.split("  ")[0] == "site"
    assert line.startswith("Acme  breached")
    assert "99.847 % in 30 d to 2026-06-18" in line
    assert last == "1 of 1 sites were counted anew: what is kept packed of them was older, or of other rules or dates"


def test_as_json_its_members_are_those_of_the_statement(stored: Make) -> None:
    folder = stored().folder
    survey = json.loads(threenines(folder, "statement", "survey", "--month", "2026-06", "--json").stdout)
    show = json.loads(threenines(folder, "statement", "show", "acme", "--month", "2026-06", "--json").stdout)
    (site,) = survey["sites"]
    assert (site.pop("site"), site.pop("name"), site.pop("anew")) == ("acme", "Acme", True)
    assert (site["figures"], site["verdict"], site["judged_by"]) == (show["figures"], show["verdict"], show["judged_by"])
    assert site["any_days"]["worst"].items() <= show["any_days"]["worst"].items()
    assert site["rolling"]["worst"].items() <= show["rolling"]["worst"].items()


def test_what_is_wrong_with_the_question_is_said_at_once(stored: Make) -> None:
    done = threenines(stored().folder, "statement", "survey", "--month", "2026-13", "--last-days", "0")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 3

"""The command line as a person meets it: real processes, exit codes, words."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

THREENINES = str(Path(sys.executable).parent / "threenines")
APART = True
SAMPLE = Path(__file__).resolve().parents[1] / "importers" / "sample.csv"
CONFIG = """\
provider: {name: Example Cloud}
data: data
operator: {bind: "127.0.0.1:8490"}
vantages: {main: {}}
"""
SITE = """\
id: acme
name: Acme
customer: {id: acme, name: Acme GmbH}
contacts: [{name: Ada, email: ada@acme.example}]
components: [{id: node, name: Node, kind: instance}]
checks: [{id: node, component: node, kind: tcp, host: 127.0.0.1, port: PORT}]
"""


def threenines(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([THREENINES, *words], capture_output=True, text=True, cwd=cwd, timeout=60)


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A configuration whose only target refuses connections."""
    (tmp_path / "sites").mkdir()
    (tmp_path / "threenines.yaml").write_text(CONFIG)
    (tmp_path / "sites" / "acme.yaml").write_text(SITE.replace("PORT", "1"))
    return tmp_path


def test_help_lists_every_command() -> None:
    done = threenines("--help")
    assert done.returncode == 0
    assert all(word in done.stdout for word in ("demo", "run", "check", "config", "import", "doctor"))


def test_a_mistyped_command_names_the_nearest_and_exits_2() -> None:
    done = threenines("chek")
    assert done.returncode == 2
    assert "did you mean `check`?" in done.stderr
    assert done.stdout == ""


def test_a_check_that_is_refused_says_so_and_exits_1(closed: Path) -> None:
    done = threenines("check", "acme/node", cwd=closed)
    assert done.returncode == 1
    assert "down (tcp_refused)" in done.stdout


def test_a_check_as_json_has_cause_and_phases(closed: Path) -> None:
    done = threenines("check", "acme", "--json", cwd=closed)
    look = json.loads(done.stdout)["looks"][0]
    assert (look["state"], look["cause"], look["site"]) == ("down", "tcp_refused", "acme")


def test_a_plugin_line_is_critical_with_perfdata_and_exit_2(closed: Path) -> None:
    done = threenines("check", "acme/node", "--nagios", cwd=closed)
    assert done.returncode == 2
    assert done.stdout.startswith("TCP CRITICAL - node: ")
    assert "| node=" in done.stdout
    assert done.stdout.count("\n") == 1


def test_an_unknown_site_is_usage_and_for_a_plugin_unknown(closed: Path) -> None:
    done = threenines("check", "acne", cwd=closed)
    assert done.returncode == 2
    assert 'did you mean "acme"?' in done.stderr
    assert threenines("check", "acne", "--nagios", cwd=closed).returncode == 3


@pytest.mark.parametrize("noun", ["check", "run", "doctor"])
def test_a_bad_configuration_tells_all_mistakes_with_their_places(closed: Path, noun: str) -> None:
    bad = (closed / "sites" / "acme.yaml").read_text().replace("kind: tcp", "kind: tpc").replace("name: Acme\n", "nam: Acme\n")
    (closed / "sites" / "acme.yaml").write_text(bad)
    done = threenines(noun, *(["acme"] if noun == "check" else []), cwd=closed)
    said = done.stderr + done.stdout
    assert done.returncode == 78
    assert "sites/acme.yaml:2: nam: " in said
    assert "sites/acme.yaml:6: checks[0].kind: " in said
    assert "Traceback" not in said


def test_an_imported_history_admits_what_nobody_measured() -> None:
    done = threenines("import", "upptime", str(SAMPLE))
    assert done.returncode == 0
    assert "measured" in done.stdout.splitlines()[0]


def test_a_bad_history_tells_every_bad_row_and_imports_nothing(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("at_utc,endpoint,state,http_status,response_ms\nyesterday,a,up,200,1\n2026-05-10T17:13:31Z,a,sideways,200,1\n")
    done = threenines("import", "upptime", str(bad))
    assert done.returncode == 65
    assert "bad.csv:2:" in done.stderr
    assert "bad.csv:3:" in done.stderr
    assert done.stdout == ""


def test_a_file_that_is_not_there_is_an_io_error(tmp_path: Path) -> None:
    done = threenines("import", "upptime", str(tmp_path / "nothing.csv"))
    assert done.returncode == 74
    assert done.stderr == f"{tmp_path}/nothing.csv: cannot be read: No such file or directory\n"


@pytest.mark.parametrize(
    ("words", "code", "wanted"),
    [
        (("--zone", "CET+1"), 2, 'threenines import: --zone: not an IANA zone, got "CET+1"'),
        (("--into", "acne"), 2, 'threenines import: --into: no such site, got "acne"; did you mean "acme"?'),
        (("--into", "acme"), 65, 'sample.csv: no check of site acme is called "curc-docs-public-webpage"'),
        (("--into", "acme", "--config", "nothing.yaml"), 78, "nothing.yaml: cannot be read"),
        (("--hold", "0"), 2, "threenines import: invalid value for '--hold'"),
    ],
)
def test_an_import_that_cannot_be_kept_shows_nothing_and_says_why(
    closed: Path, words: tuple[str, ...], code: int, wanted: str
) -> None:
    done = threenines("import", "upptime", str(SAMPLE), *words, cwd=closed)
    assert (done.returncode, done.stdout) == (code, "")
    assert wanted in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("config", "chek"), "threenines config: no such command 'chek'. Did you mean 'check'"),
        (("config",), "threenines config: missing command; `threenines config --help` tells more"),
        (("doctor", "--jsn"), "threenines doctor: no such option: --jsn; did you mean --json?"),
        (("import", "upptime"), "threenines import: missing argument 'path'; `threenines import --help` tells more"),
    ],
)
def test_mistakes_of_use_are_one_line_with_the_nearest_name_and_exit_2(words: tuple[str, ...], wanted: str) -> None:
    done = threenines(*words)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith(wanted)


def test_a_reader_that_goes_away_ends_it_silently() -> None:
    command = f"{THREENINES} config schema --site | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert done.returncode in (0, 1)


def test_doctor_says_what_to_mend_and_how(closed: Path) -> None:
    done = threenines("doctor", cwd=closed)
    assert done.returncode == 0
    assert "ok    1 site, 1 check\n" in done.stdout
    assert "mend: name two hosts in different networks under vantages.main.canaries" in done.stdout
    (closed / "data").write_text("a file where a folder should be")
    done = threenines("doctor", cwd=closed)
    assert done.returncode == 1
    assert "fail  data is not a folder\n      mend: " in done.stdout
    assert threenines("doctor", "--config", "nothing.yaml", cwd=closed).returncode == 78

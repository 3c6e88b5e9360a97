"""The house keeps its shape: format, lint, types, layers, sizes, words that must never be committed."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("sla", "probes", "reports", "monitor")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
LONGEST_FUNCTION = 50
LONGEST_FILE = 400


def run(*command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NO_COLOR": "1"}
    return subprocess.run(
        [str(Path(sys.executable).parent / command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True, env=environment
    )


@pytest.mark.parametrize(
    "command",
    [("ruff", "format", "--check", "."), ("ruff", "check", "."), ("mypy",), ("lint-imports",)],
    ids=lambda command: " ".join(command[:2]),
)
@pytest.mark.timeout(300)
def test_the_tools_are_content(command: tuple[str, ...]) -> None:
    done = run(*command)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_grows_into_a_place_everything_passes_through(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= LONGEST_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{path.name}:{node.lineno} {node.name} has {length} lines"


HOMES = {
    "apscheduler": ("monitor/watch/schedule.py",),
    "sqlalchemy": (
        "monitor/store/",
        "monitor/intake.py",
        "monitor/condition.py",
        "monitor/importers/into.py",
        "monitor/desk/",
        "monitor/post/",
    ),  # those inside its transactions
    "alembic": ("monitor/store/",),
    "httpx": ("monitor/watch/web.py", "monitor/cli/desk.py"),
    "httpcore": ("monitor/watch/web.py",),
    "h2": ("monitor/watch/web.py",),
    "httptools": ("probes/http1.py",),
    "dateutil": ("monitor/desk/recurrence.py",),
    "dkim": ("monitor/post/signature.py",),
    "asyncpg": ("probes/postgresql.py",),
    "asyncmy": ("probes/mysql.py",),
    "defusedxml": ("probes/metadata.py",),
    "lxml": ("probes/metadata.py",),
    "signxml": ("probes/metadata.py",),
    "ldap3": ("probes/kinds/ldap.py",),
    "OpenSSL": ("probes/handshake.py", "probes/chain.py"),
    "opentelemetry": ("monitor/tracing.py",),
    "prometheus_client": ("monitor/metrics/",),
    "jinja2": ("reports/",),
    "ruamel": ("monitor/config/",),
    "pydantic": ("monitor/config/",),
    "re2": ("probes/", "monitor/config/"),
    "uvicorn": ("monitor/web/",),
    "starlette": ("monitor/web/",),
    "typer": ("monitor/cli/",),
    "rich": ("monitor/cli/",),
}


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("library", sorted(HOMES))
def test_each_outside_library_has_one_home(library: str) -> None:
    strangers = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if library in imported(path) and not str(path.relative_to(ROOT)).startswith(HOMES[library])
    ]
    assert strangers == []


def test_every_source_of_the_pure_rooms_has_a_test_of_the_same_name() -> None:
    tests = {path.name for path in (ROOT / "tests").rglob("test_*.py")}
    missing = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if path.relative_to(ROOT).parts[0] in ("sla", "probes", "reports")
        and path.name != "__init__.py"
        and f"test_{path.name}" not in tests
    ]
    assert missing == []


def test_no_path_of_a_machine_is_committed() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split()
    forbidden = re.compile(r"/(?:wo" + r"rk|fa" + r"rm|root/\.pyenv|opt/pypi)/")
    guilty = []
    for name in tracked:
        path = ROOT / name
        if path.suffix in {".png", ".gz"} or not path.is_file():
            continue
        if forbidden.search(path.read_text(errors="replace")):
            guilty.append(name)
    assert guilty == []

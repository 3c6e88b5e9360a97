"""Make .venv and sync it with uv.lock (hashes checked). Needs only python3.11 and PyPI; no root, no python3-venv package."""

import json
import subprocess
import sys
import tempfile
import urllib.request
import venv
from pathlib import Path
from urllib.parse import urljoin

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
UV = "uv>=0.9,<1"
PIP = "https://pypi.org/pypi/pip/json"


def fetch_pip(folder: Path) -> Path:
    """The newest pip wheel from PyPI: for Pythons without ensurepip, as Debian ships them. A wheel runs where it lies."""
    with urllib.request.urlopen(PIP, timeout=60) as answer:
        wheel = next(file for file in json.load(answer)["urls"] if file["packagetype"] == "bdist_wheel")
    path = folder / wheel["filename"]
    with urllib.request.urlopen(urljoin(PIP, wheel["url"]), timeout=120) as answer:
        path.write_bytes(answer.read())
    return path


def make() -> None:
    """An empty environment, with uv in it."""
    python = VENV / "bin" / "python"
    try:
        import ensurepip  # noqa: F401

        venv.create(VENV, with_pip=True, symlinks=True)
        pip = [str(python), "-m", "pip"]
        subprocess.run([*pip, "install", "--quiet", "--disable-pip-version-check", UV], check=True)
    except ImportError:
        venv.create(VENV, with_pip=False, symlinks=True)
        with tempfile.TemporaryDirectory() as folder:
            pip = [str(python), f"{fetch_pip(Path(folder))}/pip"]
            subprocess.run([*pip, "install", "--quiet", "--disable-pip-version-check", UV], check=True)


def main() -> None:
    """Make the environment if it is missing, then bring it to the lock."""
    if sys.version_info < (3, 11):
        sys.exit(f"threenines needs Python 3.11 or newer, got {sys.version.split()[0]}; call `make PYTHON=python3.11 …`")
    if not (VENV / "bin" / "uv").exists():
        print("making .venv …", flush=True)
        make()
    print("installing what uv.lock names …", flush=True)
    subprocess.run([str(VENV / "bin" / "uv"), "sync", "--quiet", "--locked", "--inexact", *sys.argv[1:]], cwd=ROOT, check=True)


main()

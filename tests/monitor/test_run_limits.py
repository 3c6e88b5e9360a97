"""A process may hold as many files open as the machine allows, wherever it was started from."""

import subprocess
import sys

SCRIPT = """
import resource
_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (256, most))
from monitor.run import allow_open_files
allow_open_files()
assert resource.getrlimit(resource.RLIMIT_NOFILE) == (most, most)
"""


def test_the_soft_limit_of_open_files_is_raised_to_the_hard_one() -> None:
    subprocess.run([sys.executable, "-c", SCRIPT], check=True)

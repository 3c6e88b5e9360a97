"""A new kind is one file: found by its place, configured, looked at and judged without another line."""

import sys
from pathlib import Path

import probes.kinds
from monitor.clock import monotonic, system_clock
from monitor.config.load import load
from monitor.watch.egress import Egress
from monitor.watch.resolver import Resolver
from monitor.watch.runner import Runner
from monitor.watch.stall import Stall
from probes.probe import Secret
from sla.state import Cause, State

KIND = '''
"""A kind that somebody adds.

```yaml
- {id: oracle, component: oracle, kind: oracle, answer: 42}
```
"""
from dataclasses import dataclass
from typing import ClassVar
from probes.probe import Defaults, Finding, Look, down, up
from sla.state import Cause

@dataclass(frozen=True, slots=True)
class Oracle:
    kind: ClassVar[str] = "oracle"
    defaults: ClassVar[Defaults] = Defaults(60, 5.0, "instance")
    failures: ClassVar[tuple[type[Exception], ...]] = ()
    answer: int

    async def check(self, look: Look) -> Finding:
        return up() if self.answer == 42 else down(Cause.ASSERT_FAILED, f"answered {self.answer}, wanted 42")
'''
SITE = """\
id: acme
name: Acme
customer: {id: acme, name: Acme GmbH}
contacts: [{name: Ada, email: ada@acme.example}]
components: [{id: oracle, name: Oracle, kind: instance}]
checks: [{id: oracle, component: oracle, kind: oracle, answer: 41}]
"""


async def test_a_file_in_the_folder_of_kinds_is_all_it_takes(tmp_path: Path) -> None:
    (tmp_path / "kinds").mkdir()
    (tmp_path / "kinds" / "oracle.py").write_text(KIND)
    (tmp_path / "sites").mkdir()
    main = tmp_path / "threenines.yaml"
    main.write_text('provider: {name: P}\noperator: {bind: "127.0.0.1:8490"}\nvantages: {main: {}}\n')
    (tmp_path / "sites" / "acme.yaml").write_text(SITE)
    probes.kinds.__path__.append(str(tmp_path / "kinds"))
    try:
        check = load(main, {}).sites[0].checks[0]
        runner = Runner(Egress(Resolver([]), monotonic), system_clock, monotonic, Stall(monotonic), lambda ref: Secret(""))
        finding = (await runner.look(check.probe, 1)).finding
    finally:
        probes.kinds.__path__.remove(str(tmp_path / "kinds"))
        sys.modules.pop("probes.kinds.oracle", None)
    assert (finding.state, finding.cause) == (State.DOWN, Cause.ASSERT_FAILED)
    assert finding.reason == "answered 41, wanted 42"

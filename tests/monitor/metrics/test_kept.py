from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.metrics.kept import Kept

NAMES = ["a", "b", "c"]
HEADS = {name: f"# TYPE {name} gauge\n".encode() for name in NAMES}
lines = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 9).map(lambda n: f"{n}\n".encode()))
acts = st.lists(st.tuples(st.integers(0, 4), lines | st.none()), max_size=30)


@given(acts)
def test_every_owner_says_what_was_put_last_and_metrics_stay_together(done: list[tuple[int, dict[str, bytes] | None]]) -> None:
    kept, said = Kept(HEADS), dict[int, dict[str, bytes]]()
    for owner, put in done:
        if put is None:
            said.pop(owner, None)
            kept.keep(frozenset(said))
        else:
            said[owner] = put
            kept.put(owner, put)
        kept.parts()  # what was joined for one scrape must not stand in the next
    blocks = b"".join(kept.parts()).split(b"# TYPE ")[1:]
    shown = {head.split(b" ")[0].decode(): sorted(of) for head, *of in (block.splitlines(keepends=True) for block in blocks)}
    assert shown == {
        name: sorted(put[name] for put in said.values() if name in put) for name in NAMES if any(name in p for p in said.values())
    }
    assert len(blocks) == len(shown)
    assert sum(kept.sizes.values()) == sum(len(of) for of in shown.values())

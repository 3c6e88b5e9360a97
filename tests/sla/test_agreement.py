from __future__ import annotations

from fractions import Fraction

from sla.agreement import PRESETS


def test_the_presets_differ_in_what_is_judged_and_left_out() -> None:
    old, new = PRESETS["slg-2018"], PRESETS["sla-2020"]
    assert old.goal == new.goal == Fraction(999, 1000)
    assert (old.judged_by, new.judged_by) == ("any_days", "month")
    assert (old.maintenance, new.maintenance) == ("counts", "excluded")
    assert (len(old.excluded_causes), len(new.excluded_causes)) == (14, 17)
    assert not any(cause.startswith("provider_") for cause in new.excluded_causes)

from __future__ import annotations

from markupsafe import Markup

from reports.plain import plain


def test_text_is_cut_at_512_characters() -> None:
    assert plain("é" * 513) == "é" * 511 + "…"


def test_controls_and_direction_marks_go_and_other_values_stay() -> None:
    assert plain("a\x07b\u202ec\n") == "abc"
    assert plain(7) == 7
    assert plain(Markup("<b>ours</b>")) == "<b>ours</b>"

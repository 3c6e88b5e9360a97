"""What says that a form is ours."""

from __future__ import annotations

import pytest

from monitor.desk.form_token import GOOD_FOR_MS, made, number_of

SECRET, PAGE, NOW = b"k" * 32, "/p/acme/", 1_795_527_440_000


def test_each_form_has_a_number_of_its_own_while_it_is_good() -> None:
    first, second = made(SECRET, PAGE, NOW), made(SECRET, PAGE, NOW)
    numbers = {number_of(SECRET, PAGE, token, NOW + GOOD_FOR_MS) for token in (first, second)}
    assert len(numbers) == 2 and None not in numbers
    assert number_of(SECRET, PAGE, first, NOW + GOOD_FOR_MS + 1) is None
    assert number_of(SECRET, PAGE, first, NOW - 1) is None, "given out in the future"
    assert number_of(SECRET, "/p/other/", first, NOW) is None
    assert number_of(b"x" * 32, PAGE, first, NOW) is None


@pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "1.n.é", "9" * 5000])
def test_what_is_forged_or_nonsense_is_not_ours(token: str) -> None:
    assert number_of(SECRET, PAGE, token, NOW) is None


def test_a_token_with_anything_changed_is_not_ours() -> None:
    token = made(SECRET, PAGE, NOW)
    for at in range(len(token)):
        other = token[:at] + ("0" if token[at] != "0" else "1") + token[at + 1 :]
        assert number_of(SECRET, PAGE, other, NOW) is None

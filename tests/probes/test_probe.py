"""The contract's values."""

from probes.probe import MAX_REASON, Secret, cannot_look, degraded, down, up
from sla.state import Cause, State


def test_up_has_no_cause_and_everything_else_has_one() -> None:
    assert up().cause is None
    assert degraded(Cause.SLOW, "took 2 s").cause is Cause.SLOW
    assert down(Cause.TCP_REFUSED, "refused").cause is Cause.TCP_REFUSED
    assert cannot_look("no secret").state is State.UNKNOWN


def test_a_reason_is_cut() -> None:
    assert len(down(Cause.DEADLINE, "x" * 10_000).reason) == MAX_REASON


def test_a_secret_shows_itself_only_when_asked() -> None:
    secret = Secret("hunter2")
    assert f"{secret} {secret!r} {secret:>10} {[secret]}" == "*** *** *** [***]"
    assert secret.reveal() == "hunter2"
    assert not hasattr(secret, "__dict__")

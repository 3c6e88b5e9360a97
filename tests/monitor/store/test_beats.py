from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import Connection

from monitor.store import beats
from monitor.store.beats import Beat, Sign, after, digest_of
from monitor.store.database import Database
from sla.span import DAY, Span


def test_what_each_word_leaves_standing() -> None:
    began = after(None, Sign("start", 1))
    assert began == Beat(1, started_at=1)
    failed = after(began, Sign("fail", 2, 3, "no room"))
    assert failed == Beat(2, failed_at=2, code=3, text="no room")
    again = after(failed, Sign("start", 4))
    assert again == Beat(4, started_at=4, failed_at=2, code=3), "a failure holds while the next run goes on"
    assert after(again, Sign("good", 5, 0)) == Beat(5, good_at=5, code=0)
    assert after(Beat(9, good_at=9), Sign("good", 5)) == Beat(5, good_at=5), "what comes last counts, whatever the clock says"


def test_a_sender_is_kept_without_its_token_and_survives_a_restart(tmp_path: Path) -> None:
    database, token = Database(tmp_path, 0), "canary-secret-0123456789"
    for sign in (Sign("good", 1), Sign("fail", 2, 7, "x")):
        database.writer.submit(lambda c, sign=sign: beats.keep(c, digest_of(token), sign)).result(10)  # type: ignore[misc]
    database.close()
    database = Database(tmp_path, 0)
    assert database.look(beats.every) == {digest_of(token): Beat(2, 1, None, 2, 7, "x")}
    database.close()
    assert token.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())


def test_spans_of_listening_grow_and_old_ones_go(tmp_path: Path) -> None:
    database = Database(tmp_path, 0)

    def live(connection: Connection) -> None:
        beats.listen(connection, Span(10, 20))
        beats.listen(connection, Span(10, 30))
        beats.listen(connection, Span(50, 60))

    database.writer.submit(live).result(10)
    assert database.look(beats.listened) == (Span(10, 30), Span(50, 60))
    database.writer.submit(lambda c: beats.listen(c, Span(900 * DAY, 900 * DAY + 1))).result(10)
    assert database.look(beats.listened) == (Span(900 * DAY, 900 * DAY + 1),)
    database.writer.submit(beats.forget).result(10)
    assert database.look(beats.listened) == ()
    database.close()

from __future__ import annotations

from reports.mail import Mail, rendered
from reports.subscription import Subscription

WAYS = Subscription('P "x"\r\nBcc: all', "https://p/m", "https://p/l", "https://p/one", "status.p.example", "ops@p.example")


def test_the_headers_end_it_by_one_post_or_by_mail() -> None:
    assert WAYS.headers["List-Unsubscribe"] == "<https://p/one>, <mailto:ops@p.example>"
    assert WAYS.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "mailto" not in Subscription("P", "m", "l", "https://p/one", "status.p").headers["List-Unsubscribe"]


def test_a_name_can_not_become_a_header() -> None:
    sender, recipient = ("P", "p@p.example"), ("", "kim@r.example")
    raw = rendered(Mail("1@p", sender, recipient, "s", 0, "en", "p", "<p>", headers=WAYS.headers)).decode()
    assert "\r\nBcc" not in raw
    assert 'List-Id: "P x Bcc: all" <status.p.example>' in raw or 'List-Id: "P xBcc: all" <status.p.example>' in raw

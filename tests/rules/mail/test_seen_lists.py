"""What people write to groups comes out of them with marks of machines: it is no automatic answer for that."""

from __future__ import annotations

import pytest

from keyue.channels.email.reader.mail import Mail
from tests.rules.mail.making import SENDER, read


def _mail(fields: str, subject: str = "Re: 水泵") -> Mail:
    return read(f"{SENDER}Subject: {subject}\n{fields}\n\n请看附件。\n")


@pytest.mark.parametrize(
    "fields",
    [
        "Precedence: bulk\nList-Id: <users.example.com>\nList-Post: <mailto:users@example.com>",
        "Precedence: bulk\nX-BeenThere: users@example.com\nX-Mailman-Version: 2.0",
        "Precedence: bulk\nMailing-List: contact users-help@example.com; run by ezmlm",
        "Precedence: bulk\nX-Mailing-List: kernel@example.com",
        "Precedence: bulk\nSender: owner-users@lists.example.com",
        "Precedence: bulk\nSender: users-bounces+lilei=example.com@lists.example.com",
        "Precedence: list\nX-Sequence: 12\nX-Loop: users@example.com",
        "X-Loop: owner@bugs.example.org\nList-Id: <bugs.example.org>",
        "Precedence: list\nX-Loop: users@example.com\nList-Post: <mailto:users@example.com>",
    ],
)
def test_a_letter_out_of_a_group_is_written_by_a_person(fields: str) -> None:
    assert not _mail(fields).auto_reply


@pytest.mark.parametrize(
    "fields",
    [
        "Precedence: bulk",
        "Precedence: junk\nX-BeenThere: users@example.com",
        "Precedence: bulk\nList-Id: <news.example.com>\nList-Unsubscribe: <https://example.com/u>",
        "Precedence: bulk\nList-Post: NO",
        "Precedence: list",
        "Precedence: bulk\nSender: news@example.com",
        "X-Loop: robot@example.com",
        "X-Autoreply: yes\nX-BeenThere: users@example.com",
        "Auto-Submitted: auto-replied\nPrecedence: bulk\nList-Post: <mailto:users@example.com>",
    ],
)
def test_what_machines_send_stays_automatic(fields: str) -> None:
    assert _mail(fields).auto_reply


def test_an_absence_that_went_to_a_group_is_automatic() -> None:
    fields = "Precedence: bulk\nList-Post: <mailto:users@example.com>"
    assert _mail(fields, "自动回复：水泵").auto_reply

"""Counts that several processes share, and what is left of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keyue.channels import actions
from keyue.channels.jobs import tidy
from keyue.channels.limits import Limit, digest_of, network_of
from keyue.channels.models import RateWindow
from keyue.channels.webform.guard import new_token, read_token
from keyue.kernel import clock
from keyue.kernel.errors import TooMany
from keyue.kernel.ids import CODE_ALPHABET
from keyue.ledger.facts import SYSTEM

pytestmark = pytest.mark.django_db
LIMIT = Limit("test", 2, 60)


def test_a_window_begins_with_the_first_and_ends_after_its_seconds() -> None:
    at = clock.now().replace(microsecond=0)
    for seconds in (0, 50):
        actions.take(LIMIT, "a", by=SYSTEM, at=at + timedelta(seconds=seconds))
    with pytest.raises(TooMany) as stopped:
        actions.take(LIMIT, "a", by=SYSTEM, at=at + timedelta(seconds=55))
    assert stopped.value.retry_after == 6
    actions.take(LIMIT, "b", by=SYSTEM, at=at + timedelta(seconds=55))
    actions.take(LIMIT, "a", by=SYSTEM, at=at + timedelta(seconds=60))


def test_rows_hold_no_address_and_go_after_two_days() -> None:
    at = clock.now()
    actions.take(LIMIT, "203.0.113.7", by=SYSTEM, at=at)
    row = RateWindow.objects.get()
    assert "203" not in row.key and row.key == digest_of(LIMIT, "203.0.113.7")
    tidy(at + timedelta(days=1))
    assert RateWindow.objects.exists()
    tidy(at + timedelta(days=2, seconds=1))
    assert not RateWindow.objects.exists()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("203.0.113.7", "203.0.113.8", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("unknown", "unknown", True),
    ],
)
def test_what_counts_as_one_sender(one: str, other: str, same: bool) -> None:
    assert (network_of(one) == network_of(other)) is same


def test_a_token_gives_the_same_code_each_time_and_another_one_to_each_form() -> None:
    at = clock.now()
    text, other = new_token(at), new_token(at)
    first, again, second = read_token(text, at), read_token(text, at), read_token(other, at)
    assert first is not None and again is not None and second is not None
    assert first.code == again.code != second.code
    assert len(first.code) == 8 and set(first.code) <= set(CODE_ALPHABET)
    assert first.is_answered_by("".join(chr(ord(c) + 0xFEE0) for c in str(sum(first.sum))))
    assert not first.is_answered_by("") and not first.is_answered_by("一")

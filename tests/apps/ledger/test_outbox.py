"""The outbox: each message at least once, by one worker at a time, given up aloud."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, transaction

from keyue.kernel import clock
from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.ledger import actions, selectors
from keyue.ledger.actions import outbox
from keyue.ledger.events import LEDGER
from keyue.ledger.models import OutboxItem
from tests.apps.ledger.test_concurrency import at_once


@pytest.fixture
def sent():
    """What the sender of this test's messages got, in order."""
    return []


@pytest.fixture
def senders(sent):
    return {"email": lambda payload, key: sent.append((key, dict(payload)))}


def put(*keys: str, at, kind="email"):
    with transaction.atomic():
        for key in keys:
            actions.enqueue(kind=kind, key=key, payload={"notice": key}, at=at)


class Broken:
    """A sender that fails as often as told."""

    def __init__(self, times: int = 10**6, error: Exception | None = None) -> None:
        self.times, self.calls, self.error = times, 0, error or ConnectionError("421 稍后再试")

    def __call__(self, payload, key) -> None:
        self.calls += 1
        if self.calls <= self.times:
            raise self.error


@pytest.mark.django_db
class TestOneWorker:
    def test_what_is_due_is_sent_once_and_marked(self, senders, sent, now):
        put("a", "b", at=now)
        done = actions.deliver(now=now, senders=senders)
        assert (done.sent, done.put_off, done.given_up) == (2, 0, 0)
        assert sent == [("a", {"notice": "a"}), ("b", {"notice": "b"})]
        assert actions.deliver(now=now + timedelta(days=9), senders=senders).sent == 0
        assert all(item.sent_at >= now and item.attempts == 1 for item in OutboxItem.objects.all())
        assert not selectors.unsent_messages().exists()

    def test_the_same_key_twice_is_one_message(self, senders, sent, now):
        put("a", at=now)
        actions.deliver(now=now, senders=senders)
        put("a", "a", "b", at=now)
        actions.deliver(now=now, senders=senders)
        assert [key for key, _payload in sent] == ["a", "b"]

    def test_a_message_for_later_waits(self, senders, now):
        put("a", at=now + timedelta(minutes=1))
        assert actions.deliver(now=now, senders=senders).sent == 0
        assert actions.deliver(now=now + timedelta(minutes=1), senders=senders).sent == 1

    def test_no_more_than_asked_for(self, senders, now):
        put(*"abc", at=now)
        assert actions.deliver(now=now, limit=2, senders=senders).sent == 2
        assert actions.deliver(now=now, limit=2, senders=senders).sent == 1

    def test_a_failure_is_kept_and_tried_again_later_and_later(self, now):
        put("a", at=now)
        sender = Broken()
        waits, at = [], now
        for _ in range(outbox.MOST_ATTEMPTS - 1):
            assert actions.deliver(now=at, senders={"email": sender}).put_off == 1
            item = OutboxItem.objects.get()
            assert item.last_error == "421 稍后再试"
            assert (
                actions.deliver(now=item.look_at - timedelta(seconds=1), senders={"email": sender}).put_off
                == 0
            )
            waits.append(round((item.look_at - at).total_seconds()))
            at = item.look_at
        assert waits == [30, 60, 120, 240, 480, 960, 1920, 3840, 7680, 15360, 21600]
        assert actions.deliver(now=at, senders={"email": sender}).given_up == 1
        item = OutboxItem.objects.get()
        assert item.failed_at is not None
        assert item.last_error == "421 稍后再试"
        assert sender.calls == outbox.MOST_ATTEMPTS
        assert actions.deliver(now=at + timedelta(days=9), senders={"email": sender}).given_up == 0
        assert list(selectors.failed_messages()) == [item]
        assert not selectors.unsent_messages().exists()

    def test_what_works_at_last_shows_no_error(self, now):
        put("a", at=now)
        sender = Broken(times=1)
        actions.deliver(now=now, senders={"email": sender})
        actions.deliver(now=now + timedelta(minutes=1), senders={"email": sender})
        item = OutboxItem.objects.get()
        assert (item.last_error, item.failed_at, item.attempts) == ("", None, 2)
        assert item.sent_at is not None

    def test_what_can_never_work_is_given_up_at_once(self, now):
        put("a", at=now)
        sender = Broken(error=actions.Undeliverable("550 没有这个地址"))
        assert actions.deliver(now=now, senders={"email": sender}).given_up == 1
        assert OutboxItem.objects.get().last_error == "550 没有这个地址"

    @pytest.mark.parametrize(
        ("said", "kept"),
        [
            ("550 <zhang.san@example.com>: no such user", "550 <***>: no such user"),
            ("{'a@b.cn': (450, b'later')}", "{'***': (450, b'later')}"),
            ("号码 13800138000 停机", "号码 *** 停机"),
        ],
    )
    def test_an_error_keeps_no_address(self, now, said, kept):
        put("a", at=now)
        actions.deliver(now=now, senders={"email": Broken(error=ValueError(said))})
        assert OutboxItem.objects.get().last_error == kept

    def test_one_failure_does_not_stop_the_others(self, senders, sent, now):
        put("a", "b", at=now)

        def picky(payload, key):
            if key == "a":
                raise ValueError
            senders["email"](payload, key)

        done = actions.deliver(now=now, senders={"email": picky})
        assert (done.sent, done.put_off) == (1, 1)
        assert OutboxItem.objects.get(key="a").last_error == "ValueError"

    def test_a_kind_without_a_sender_waits_for_one(self, senders, now):
        put("a", at=now, kind="sms")
        assert actions.deliver(now=now, senders=senders).put_off == 1
        assert "sms" in OutboxItem.objects.get().last_error

    def test_registered_senders_are_used(self, sent, now, monkeypatch):
        monkeypatch.setattr(outbox, "_senders", {})
        actions.register_sender("email", lambda payload, key: sent.append(key))
        put("a", at=now)
        assert actions.deliver(now=now).sent == 1
        assert sent == ["a"]

    def test_a_message_that_kills_its_workers_is_given_up(self, now):
        put("a", at=now)
        at = now

        def killed(payload, key):
            raise KeyboardInterrupt

        for _ in range(outbox.MOST_ATTEMPTS):
            with pytest.raises(KeyboardInterrupt):
                actions.deliver(now=at, senders={"email": killed})
            at += outbox.LEASE + timedelta(seconds=1)
        assert actions.deliver(now=at, senders={"email": killed}).given_up == 1
        assert OutboxItem.objects.get().last_error

    def test_a_failed_message_may_be_tried_again_by_hand(self, senders, sent, staff, now):
        put("a", at=now)
        actions.deliver(now=now, senders={"email": Broken(error=actions.Undeliverable("x"))})
        item = OutboxItem.objects.get()
        actions.retry(item.pk, by=staff, at=now)
        assert actions.deliver(now=now, senders=senders).sent == 1
        [fact] = selectors.chain_of(LEDGER)
        assert (fact.kind, fact.by, fact.data) == ("outbox.retried", staff, {"message": item.pk})
        with pytest.raises(Refused):
            actions.retry(item.pk, by=staff, at=now)
        with pytest.raises(NotFound):
            actions.retry(item.pk + 1, by=staff, at=now)

    def test_a_payload_is_plain(self, now):
        with pytest.raises(Invalid):
            actions.enqueue(kind="email", key="a", payload={"x": 1.5}, at=now)

    def test_unsent_messages_come_in_the_order_of_their_turn(self, now):
        put("b", at=now + timedelta(seconds=1))
        put("a", at=now)
        put("s", at=now, kind="sms")
        assert [i.key for i in selectors.unsent_messages()] == ["a", "s", "b"]
        assert [i.key for i in selectors.unsent_messages("sms")] == ["s"]


def test_a_message_stands_or_falls_with_its_fact(fresh_database, now):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        actions.enqueue(kind="email", key="a", payload={}, at=now)
        raise ZeroDivisionError
    assert not OutboxItem.objects.exists()


def test_workers_beside_each_other_send_each_message_once(fresh_database):
    put(*[f"m{n}" for n in range(60)], at=clock.now())
    sent, lock = [], threading.Lock()

    def send(payload, key):
        with lock:
            sent.append(key)

    def work():
        while actions.deliver(now=clock.now(), limit=7, senders={"email": send}).sent:
            pass

    at_once(*[work] * 5)
    assert Counter(sent) == {f"m{n}": 1 for n in range(60)}
    assert not selectors.unsent_messages().exists()


def test_a_message_being_sent_is_nobody_elses(fresh_database):
    put("slow", at=clock.now())
    busy, over = threading.Event(), threading.Event()
    calls = []

    def slow(payload, key):
        calls.append(key)
        busy.set()
        over.wait(10)

    def first():
        assert actions.deliver(now=clock.now(), senders={"email": slow}).sent == 1

    def second():
        busy.wait(10)
        try:
            assert actions.deliver(now=clock.now(), senders={"email": slow}).sent == 0
        finally:
            over.set()

    at_once(first, second)
    assert calls == ["slow"]


def test_a_worker_that_died_leaves_its_message_to_the_next(fresh_database, senders, sent, now):
    put("a", at=now)

    def dies(payload, key):
        raise SystemExit

    with pytest.raises(SystemExit):
        actions.deliver(now=now, senders={"email": dies})
    connection.close()
    assert actions.deliver(now=now + outbox.LEASE - timedelta(seconds=1), senders=senders).sent == 0
    assert actions.deliver(now=now + outbox.LEASE + timedelta(seconds=1), senders=senders).sent == 1
    assert [key for key, _payload in sent] == ["a"]


def test_a_slow_worker_that_succeeds_after_all_has_sent_it(fresh_database, now):
    """Its lease ran out and another failed meanwhile: the message was sent, and nobody sends it a third time."""
    put("a", at=now)

    def slow(payload, key):
        other = actions.deliver(
            now=now + outbox.LEASE + timedelta(seconds=1),
            senders={"email": Broken(error=actions.Undeliverable("x"))},
        )
        assert other.given_up == 1

    assert actions.deliver(now=now, senders={"email": slow}).sent == 1
    item = OutboxItem.objects.get()
    assert (item.failed_at, item.attempts) == (None, 2)
    assert item.sent_at is not None

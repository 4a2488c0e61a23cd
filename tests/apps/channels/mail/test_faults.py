"""Workers that die, networks that drop, servers that say nothing: no mail is lost, none comes twice.

KEYUE_KILLS and KEYUE_KILLS_SEED as in journeys/test_kill.py.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from functools import partial
from pathlib import Path

import pytest

from keyue.channels.email import actions as mails
from keyue.channels.email import fetching, imap
from keyue.channels.email.fetching import fetch
from keyue.channels.email.models import MailState, RawMail
from keyue.conversations import actions
from keyue.conversations.actions._ground import Words
from keyue.conversations.enums import Delivery
from keyue.conversations.models import Channel, Conversation, Line
from keyue.kernel import clock
from keyue.ledger import actions as ledger
from keyue.ledger import selectors as facts
from keyue.ledger.models import OutboxItem
from tests.apps.channels.mail.conftest import Post, build, inbound, letter, results
from tests.journeys.world import install
from tests.support.crashing import at_once, die_at, often, running, seeded
from tests.support.databases import FreshDatabase
from tests.support.mailserver import CUSTOMER, SALES, MailServer, Wire

PATIENCE = 90.0


@pytest.fixture
def movable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this test move the clock of all processes of its home."""
    monkeypatch.setenv("KEYUE_TEST_CLOCK", "1")


@pytest.fixture
def post(fresh_database: FreshDatabase, home: Path, mail_server: MailServer) -> Post:
    """The company in a database that other processes see."""
    return build(mail_server)


def until(what: Callable[[], bool], why: str) -> None:
    end = time.monotonic() + PATIENCE
    while not what():
        if time.monotonic() > end:
            outbox = list(
                OutboxItem.objects.values("attempts", "look_at", "sent_at", "failed_at", "last_error")
            )
            states = list(MailState.objects.values("channel", "last_uid", "claimed_until", "next_at", "said"))
            pytest.fail(f"not within {PATIENCE} s: {why}\n{outbox}\n{states}", pytrace=False)
        time.sleep(0.05)


def later(**span: float) -> None:
    """Let a claim or a lease run out."""
    clock.move_to(clock.now() + timedelta(**span))


def assert_each_once(bodies: list[str]) -> None:
    """Every mail is one line, in a conversation, with its bytes on disk."""
    counted = Counter(line.body for line in inbound())
    assert counted == Counter(bodies)
    for row in RawMail.objects.all():
        assert mails.CONTENTS.is_whole(row.sha256)
        assert row.line is not None
    told = [fact for talk in Conversation.objects.all() for fact in facts.facts_of(talk.subject)]
    said = [f.data["line"] for f in told if f.kind in {"conversation.asked", "conversation.message_received"}]
    assert Counter(said) == Counter(str(line.uid) for line in inbound())


# --- death ---


def test_a_worker_that_dies_at_any_statement_loses_nothing_and_doubles_nothing(post: Post, movable: None):
    """Each moment between the claim of the mailbox and its release, with a mail at each."""
    bodies: list[str] = []
    moment, died = 0, True
    step = max(1, 3 * 100 // (100 * often(1)))
    while died:
        bodies.append(f"第 {moment} 封")
        post.server.put(letter(bodies[-1]).as_bytes())
        channel = Channel.objects.get(pk=post.channel.pk)
        died = die_at(moment, partial(fetch, channel))
        later(minutes=2)
        fetch(channel)
        assert len(inbound()) == len(bodies), f"died at {moment}"
        moment += step
    assert moment > 20
    assert_each_once(bodies)


def test_workers_that_are_killed_while_mails_come_in(
    post: Post, home: Path, fresh_database: FreshDatabase, movable: None
):
    chance = seeded("mail")
    install(is_demo=True)
    bodies = [f"编号 {n} 的来信" for n in range(60)]
    for body in bodies:
        post.server.put(letter(body).as_bytes())
    environment = {**fresh_database.environment, "KEYUE_TEST_CLOCK": "1"}
    with running(home, environment) as product:
        workers = [product.command("work"), product.command("work")]
        for worker in workers:
            worker.start()
        for kill in range(often(8)):
            seen = Line.objects.count()
            until(lambda seen=seen: Line.objects.count() > seen or len(inbound()) == 60, "a mail came in")
            time.sleep(chance.uniform(0, 0.4))
            victim = workers[kill % 2]
            victim.kill()
            later(minutes=2)
            victim.start()
        until(lambda: later(seconds=30) or len(inbound()) == 60, "all mails came in")
        for worker in workers:
            worker.end()
        assert product.deaths() >= 8 * often(8) // 8
        product.assert_verified()
    assert_each_once(bodies)


def test_a_mail_at_which_workers_die_is_put_aside_and_the_next_ones_come(post: Post, movable: None):
    """A mail that kills whoever reads it, three times; then it is kept as it is."""
    post.server.put(letter("毒").as_bytes())
    post.server.put(letter("下一封").as_bytes())
    channel = Channel.objects.get(pk=post.channel.pk)

    def deadly(raw: bytes) -> None:
        import os
        import signal

        os.kill(os.getpid(), signal.SIGKILL)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fetching, "read_mail", deadly)
        for _death in range(3):
            assert die_at(10**6, lambda: fetch(channel))
            later(minutes=2)
    fetch(channel)
    assert results() == ["odd", "line"]
    assert "中断了 3 次" in RawMail.objects.order_by("pk")[0].why
    assert inbound()[1].body == "下一封"


# --- the network ---


def test_a_line_that_is_cut_anywhere_brings_each_mail_once(
    post: Post, movable: None, wire: Callable[[int], Wire]
):
    chance = seeded("wire")
    bodies = [f"编号 {n} 的来信" for n in range(20)]
    for n, body in enumerate(bodies):
        mail = letter(body)
        if n % 4 == 0:
            mail.add_attachment(
                b"%PDF-1.4 " + b"x" * 60_000, maintype="application", subtype="pdf", filename="a.pdf"
            )
        post.server.put(mail.as_bytes())
    way = wire(post.server.imaps)
    post.change(imap_port=way.port)
    cuts = 0
    while cuts < often(25):
        way.carried, way.cut_after = 0, chance.randrange(500, 60_000)
        cuts += bool(post.fetch().fault)
        later(minutes=11)
        if len(inbound()) == 20:
            break
    way.cut_after = None
    while post.fetch().is_more:
        pass
    assert cuts >= 3
    assert_each_once(bodies)


def test_a_large_mail_whose_line_is_cut_comes_whole_later(
    post: Post, movable: None, wire: Callable[[int], Wire]
):
    mail = letter("录像")
    content = b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 20_000
    mail.add_attachment(content, maintype="video", subtype="mp4", filename="录像.mp4")
    post.server.put(mail.as_bytes())
    way = wire(post.server.imaps)
    post.change(imap_port=way.port)
    for cut in (100_000, 3_000_000, 6_000_000):
        way.carried, way.cut_after = 0, cut
        assert post.fetch().fault
        assert inbound() == []
        later(minutes=11)
    way.cut_after = None
    post.fetch()
    assert inbound()[0].files.get().size == len(content)


def test_three_attempts_that_fail_are_a_failure_and_one_that_works_restores(post: Post, movable: None):
    right = post.channel.options["imap_port"]
    post.change(imap_port=1)
    for n in range(1, 4):
        assert "拒绝连接" in post.fetch().fault
        channel = Channel.objects.get(pk=post.channel.pk)
        assert (channel.failing_since is not None) is (n == 3)
        later(minutes=11)
    assert channel.failure == "unreachable"
    assert post.state.failures == 3 and "拒绝连接" in post.state.said
    post.change(imap_port=right)
    post.fetch()
    assert Channel.objects.get(pk=post.channel.pk).failing_since is None
    kinds = [fact.kind for fact in facts.facts_of(post.channel.subject)]
    assert kinds.count("channel.failed") == kinds.count("channel.restored") == 1


def test_a_wrong_password_is_said_without_the_password(post: Post, caplog: pytest.LogCaptureFixture):
    channel = post.open("错的", {"password": "geheim-9931"}, **post.server.options(SALES))
    fault = post.fetch(channel).fault
    assert "不让登录" in fault and "geheim" not in fault
    assert "geheim" not in caplog.text
    assert MailState.objects.get(channel=channel).said == fault


def test_a_certificate_that_nobody_vouches_for_is_refused(post: Post, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    assert "证书" in post.fetch().fault


def test_a_server_that_says_nothing_holds_up_no_other_mailbox(
    post: Post, home: Path, fresh_database: FreshDatabase, wire: Callable[[int], Wire]
):
    way = wire(post.server.imaps)
    way.is_held = True
    silent = [
        post.open(f"不说话的 {n}", **{**post.server.options(SALES), "imap_port": way.port}) for n in range(3)
    ]
    with running(home, fresh_database.environment) as product:
        worker = product.command("work")
        worker.start()
        until(lambda: way.connections >= 3, "the silent ones were asked")
        begun = time.monotonic()
        post.server.put(letter("等不及").as_bytes())
        MailState.objects.filter(channel=post.channel).update(next_at=clock.now())
        until(lambda: len(inbound()) == 1, "the mail came in")
        took = time.monotonic() - begun
        # the other jobs of the worker go on too
        talk = Conversation.objects.get()
        words = Words("马上来。")
        actions.answer(conversation=talk, words=words, user=post.world.agent, at=clock.now())
        until(lambda: Line.objects.get(kind="out").delivery == Delivery.SENT, "the answer went out")
    assert took < imap.SECONDS / 2
    assert len(silent) == 3


# --- beside each other ---


def test_two_workers_do_not_read_one_mailbox_at_once(post: Post):
    for n in range(5):
        post.server.put(letter(f"第 {n} 封").as_bytes())
    channel = Channel.objects.get(pk=post.channel.pk)
    turns = at_once(lambda: fetch(channel), lambda: fetch(channel), lambda: fetch(channel))
    assert sum(turn.taken for turn in turns) == 5
    assert [turn.taken for turn in turns].count(0) >= 1
    assert_each_once([f"第 {n} 封" for n in range(5)])


def test_one_mail_into_two_mailboxes_in_the_same_instant_is_one_line(post: Post):
    sales = post.open("销售邮箱", **post.server.options(SALES))
    for n in range(6):
        raw = letter(f"第 {n} 封").as_bytes()
        post.server.put(raw)
        post.server.put(raw, SALES)
    at_once(lambda: fetch(post.channel), lambda: fetch(sales))
    later_turns = [fetch(post.channel), fetch(sales)]
    assert not any(turn.fault for turn in later_turns)
    assert Counter(line.body for line in inbound()) == Counter(f"第 {n} 封" for n in range(6))
    assert Counter(results()) == Counter({"line": 6, "copy": 6})


# --- sending ---


def test_a_worker_killed_in_the_middle_of_sending_sends_once_more_under_the_same_id(
    post: Post, home: Path, fresh_database: FreshDatabase, movable: None, wire: Callable[[int], Wire]
):
    install(is_demo=True)
    post.server.put(letter().as_bytes())
    fetch(post.channel)
    way = wire(post.server.smtps)
    way.is_held = True
    post.change(smtp_port=way.port)
    talk = Conversation.objects.get()
    line = actions.answer(conversation=talk, words=Words("明天上门。"), user=post.world.agent, at=clock.now())
    environment = {**fresh_database.environment, "KEYUE_TEST_CLOCK": "1"}
    with running(home, environment) as product:
        worker = product.command("work")
        worker.start()
        until(lambda: way.connections > 0, "the worker is sending")
        worker.kill()
        way.is_held = False
        later(minutes=6)
        worker.start()
        until(lambda: Line.objects.get(pk=line.pk).delivery == Delivery.SENT, "it was sent after all")
    [sent] = post.server.wait_for(1, CUSTOMER)
    assert "明天上门" in message_from_bytes(sent, policy=policy.default).get_content()


def test_death_at_any_commit_of_sending_leaves_one_identity(post: Post, movable: None):
    """A mail may come twice where the worker dies between the server's yes and its own commit, under one Message-ID."""
    post.server.put(letter().as_bytes())
    fetch(post.channel)
    moment, died = 0, True
    while died:
        talk = Conversation.objects.get()
        words = Words(f"答复 {moment}")
        line = actions.answer(conversation=talk, words=words, user=post.world.agent, at=clock.now())
        died = die_at(moment, lambda: ledger.deliver(now=clock.now() + timedelta(seconds=1)), commits=True)
        later(minutes=6)
        ledger.deliver(now=clock.now())
        line.refresh_from_db()
        assert line.delivery == Delivery.SENT
        moment += 1
    sent = [message_from_bytes(raw, policy=policy.default) for raw in post.server.wait_for(moment, CUSTOMER)]
    by_id = Counter(str(mail["Message-ID"]) for mail in sent)
    assert len(by_id) == moment
    assert set(by_id.values()) <= {1, 2}
    assert OutboxItem.objects.filter(sent_at=None).count() == 0

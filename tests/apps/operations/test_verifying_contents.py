"""`keyue verify --files` reads what conversations, mailboxes and articles keep, and says what is gone or altered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from keyue.channels.email.actions import CONTENTS as MAILS
from keyue.channels.email.models import RawMail
from keyue.channels.email.verification import verify_mails
from keyue.conversations import actions
from keyue.conversations.actions._ground import CONTENTS as FILES
from keyue.conversations.actions.keeping import ChannelPlan
from keyue.conversations.actions.receiving import Incoming
from keyue.conversations.models import Channel, Line, LineFile
from keyue.conversations.verification import verify_line_files, verify_lines
from keyue.kernel import clock
from keyue.kernel.contents import Contents
from keyue.knowledge import actions as knowledge
from keyue.knowledge.actions import Text
from keyue.knowledge.files import CONTENTS as ARTICLES
from keyue.knowledge.models import ArticleFile
from keyue.ledger.facts import SYSTEM
from keyue.operations.verifying import verify_article_files
from keyue.ui.uploads import Upload
from tests.journeys.world import found, install

TEXT = b"plain words of a customer"


@pytest.fixture
def kept(fresh_database: object) -> Iterator[None]:
    """A line with a file, a mail as it came, an article with a file."""
    from hashlib import sha256

    world, at = found(packs=()), clock.now()
    install()
    plan = ChannelPlan("客服邮箱", department="service", keeper=world.agent)
    channel = actions.open_channel(kind="email", plan=plan, by=SYSTEM, at=at)
    incoming = Incoming("<1@x.example>", "zhou@example.com", "水泵漏水", uploads=[Upload("说明.txt", TEXT)])
    received = actions.receive(channel, incoming, by=SYSTEM, at=at, source="test")
    raw = b"Subject: x\r\n\r\nwords"
    digest = sha256(raw).hexdigest()
    MAILS.keep(digest, raw)
    RawMail.objects.create(
        channel=Channel.objects.get(pk=channel.pk), identity="i", uid_validity=1, mail_uid=1, sha256=digest, size=len(raw),
        arrived_at=at - timedelta(minutes=1), taken_at=at, result="line", line=received.line,
    )  # fmt: skip
    by = world.actor(world.agent)
    text = Text(title="滤芯", body="每六个月更换。", topic="维护保养", visibility="public")
    article = knowledge.draft_article(text=text, owner=world.agent, editor=world.agent, by=by, at=at)
    files = [Upload("步骤.txt", b"first this, then that")]
    knowledge.add_files(article=article, uploads=files, by=by, at=at)
    yield


def losses() -> list[str]:
    return [
        str(loss)
        for found_ in (verify_lines(), verify_line_files(), verify_mails(), verify_article_files())
        for loss in found_
    ]


def test_what_is_whole_is_not_complained_of(kept: None, keyue, fresh_database):
    assert losses() == []
    done = keyue("verify", "--files", environment=fresh_database.environment)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("store", ["line", "mail", "article"])
@pytest.mark.parametrize("harm", ["altered", "gone"])
def test_what_is_altered_or_gone_is_named(kept: None, keyue, fresh_database, store: str, harm: str):
    contents, row = {
        "line": (FILES, LineFile.objects.get()),
        "mail": (MAILS, RawMail.objects.get()),
        "article": (ARTICLES, ArticleFile.objects.get()),
    }[store]
    spoil(contents, row.sha256, harm)
    [said] = losses()
    assert ("改动过" if harm == "altered" else "不见了") in said
    done = keyue("verify", "--files", environment=fresh_database.environment)
    assert done.returncode == 1
    assert said in done.stdout
    # without the files it is as quick as before, and says nothing of them
    assert keyue("verify", environment=fresh_database.environment).returncode == 0


def spoil(contents: Contents, digest: str, harm: str) -> None:
    path: Path = contents.path_of(digest)
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes() + b"!")


def test_words_that_were_changed_behind_the_back_are_named(kept: None):
    Line.objects.update(body="水泵没有漏水")
    [said] = losses()
    assert "与留证时的散列不符" in said and Line.objects.get().conversation.number in said


def test_what_was_erased_is_gone_by_right(kept: None):
    at = clock.now()
    RawMail.objects.update(erased_at=at)
    LineFile.objects.update(erased_at=at)
    Line.objects.update(erased_at=at, body="")
    for contents, model in ((FILES, LineFile), (MAILS, RawMail)):
        contents.path_of(model.objects.get().sha256).unlink()
    assert losses() == []

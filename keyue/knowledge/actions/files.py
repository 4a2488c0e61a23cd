"""Pictures and attachments of articles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.kernel.errors import NotFound, Refused
from keyue.knowledge import rules
from keyue.knowledge.actions._ground import signature
from keyue.knowledge.enums import ArticleState
from keyue.knowledge.events import ArticleFileAdded, ArticleFileRemoved
from keyue.knowledge.files import CONTENTS
from keyue.knowledge.models import Article, ArticleEdition, ArticleFile
from keyue.knowledge.pictures import Unreadable, cleaned
from keyue.ledger.facts import Actor, Draft
from keyue.promises import actions as promises
from keyue.ui.uploads import Upload, checked, refuse

MOST = 60


@transaction.atomic
def add_files(*, article: Article, uploads: Sequence[Upload], by: Actor, at: datetime) -> list[ArticleFile]:
    """Keep files for an article; its texts name them as `file:<id>`. Raises Invalid for files that will not do, Refused for an
    article that was withdrawn."""
    row = Article.objects.select_for_update(of=("self",)).get(pk=article.pk)
    if row.state == ArticleState.WITHDRAWN:
        raise Refused(_("这篇文章已经撤下。"))
    files = checked(uploads)
    if not files:
        refuse(_("请选择文件。"))
    if row.files.count() + len(files) > MOST:
        refuse(_("一篇文章最多 %(most)d 个附件。") % {"most": MOST})
    rows, contents = [], {}
    for content_type, upload in files:
        content = _cleaned(content_type, upload)
        digest = sha256(content).hexdigest()
        # content stands on disk before the row that names it, and after it too
        CONTENTS.keep(digest, content)
        contents[digest] = content
        rows.append(
            ArticleFile.objects.create(
                article=row,
                name=upload.name[:200],
                content_type=content_type,
                size=len(content),
                sha256=digest,
                added_at=at,
                added_by=signature(by),
            )
        )
    transaction.on_commit(lambda: CONTENTS.keep_all(contents))
    event = ArticleFileAdded(tuple(one.pk for one in rows))
    promises.record(row.subject, [Draft(event.kind, event.data())], by=by, at=at, source="web")
    return rows


def _cleaned(content_type: str, upload: Upload) -> bytes:
    if content_type not in rules.PICTURES:
        return upload.content
    try:
        return cleaned(upload.content, content_type)
    except Unreadable:
        refuse(_("「%(name)s」不是完整的图片，或者太大。") % {"name": upload.name})


@transaction.atomic
def remove_file(*, article: Article, pk: int, by: Actor, at: datetime) -> None:
    """Delete a file that no edition names. Raises NotFound, and Refused where one does: what is published does not change."""
    row = Article.objects.select_for_update(of=("self",)).get(pk=article.pk)
    file = row.files.filter(pk=pk).first()
    if file is None:
        raise NotFound(_("没有这个附件。"))
    for edition in ArticleEdition.objects.filter(article=row).only("n", "body"):
        if pk in rules.files_in(edition.body):
            raise Refused(_("第 %(n)d 版的正文用着它，不能删。") % {"n": edition.n})
    digest = file.sha256
    file.delete()
    event = ArticleFileRemoved(pk)
    promises.record(row.subject, [Draft(event.kind, event.data())], by=by, at=at, source="web")
    transaction.on_commit(lambda: CONTENTS.drop(digest), robust=True)

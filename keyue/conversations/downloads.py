"""A file of a conversation, for whoever may see it."""

from __future__ import annotations

from datetime import datetime

from django.http import FileResponse
from django.utils.translation import gettext as _

from keyue.conversations import selectors
from keyue.conversations.actions._ground import CONTENTS
from keyue.kernel.errors import NotFound
from keyue.ledger.actions import record_access
from keyue.ledger.facts import Actor
from keyue.people.models import User
from keyue.ui import pages

PURPOSE = "handle_case"


def download(user: User, pk: int, *, by: Actor, at: datetime, via: str) -> FileResponse:
    """A file as it was sent, with a trace of who took it. The browser saves it and runs nothing of it. Raises NotFound."""
    found = selectors.file_for(user, pk)
    path = CONTENTS.path_of(found.sha256)
    if not path.is_file():
        raise NotFound(_("文件不在了。请联系系统管理员，从备份恢复。"))
    record_access(
        by=by,
        subject=found.line.conversation.subject,
        what=f"file/{found.pk}",
        purpose=PURPOSE,
        via=via,
        at=at,
    )
    return pages.download(path, found.name, found.content_type)

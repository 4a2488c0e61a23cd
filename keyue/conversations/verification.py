"""Proving what conversations hold: the words of each line by their salted digest, files by their content. Reads only."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from django.utils.translation import gettext as _

from keyue.cases.verification import Loss, lost_contents
from keyue.conversations.actions._ground import CONTENTS
from keyue.conversations.models import Line, LineFile


def verify_lines() -> Iterator[Loss]:
    """Every line whose words are not those of its digest; what was erased is gone by right."""
    rows = Line.objects.filter(erased_at=None).select_related("conversation")
    for line in rows.only("uid", "body", "salt", "digest", "conversation__opened_at").iterator(2_000):
        if sha256(f"{line.salt}{line.body}".encode()).hexdigest() != line.digest:
            yield Loss(
                line.conversation.number, _("消息 %(uid)s 的文字与留证时的散列不符") % {"uid": line.uid}
            )


def verify_line_files() -> Iterator[Loss]:
    """Every file that came with a line, read and compared with its SHA-256; each content once."""
    rows = (
        LineFile.objects.filter(erased_at=None).select_related("line__conversation").order_by("sha256", "pk")
    )
    named = ((row.sha256, row.line.conversation.number, row.pk) for row in rows.iterator(chunk_size=500))
    return lost_contents(CONTENTS, named)

"""Of which canned answers a message was made: kept with the message, so that what was said can be traced to who approved it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid
from keyue.knowledge import selectors
from keyue.knowledge.placeholders import PLACEHOLDERS
from keyue.knowledge.speech import bare
from keyue.people.models import User

MOST = 5
KEY = "scripts"
"""Under which it stands in the details of a message."""


def made_of(user: User | None, codes: Sequence[str], text: str) -> dict[str, Any]:
    """What a message keeps of the canned answers that were put into it: their codes, the editions in use, and whether their
    words were changed. One of whose words none are left is not named. Raises Invalid at `body` for one that is not
    approved, or not this person's to use."""
    found = []
    for code in list(dict.fromkeys(codes))[:MOST]:
        edition = selectors.usable_script(user, code) if user is not None else None
        if edition is None:
            said = _("话术「%(code)s」没有批准或已经停用，不能发出。") % {"code": code[:20]}
            raise Invalid(said, fields={"body": said}, code="not_sayable")
        pieces = [piece for part in PLACEHOLDERS.split(edition.body) if (piece := bare(part))]
        left = [piece for piece in pieces if piece in bare(text)]
        if left:
            found.append({"code": code, "edition": edition.n, "is_changed": len(left) < len(pieces)})
    return {KEY: found} if found else {}


def named(detail: Mapping[str, Any]) -> list[str]:
    """The canned answers of a message in words, as `话术 /tkjd 第 2 版`."""
    return [
        (_("话术 /%(code)s 第 %(n)d 版，有改动") if one["is_changed"] else _("话术 /%(code)s 第 %(n)d 版"))
        % {"code": one["code"], "n": one["edition"]}
        for one in detail.get(KEY, ())
    ]

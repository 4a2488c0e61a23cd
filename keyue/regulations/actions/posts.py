"""The posts that a text names: made where they are not there yet, and filled."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid
from keyue.ledger.facts import Actor
from keyue.people import actions as people
from keyue.people.models import User
from keyue.people.selectors import find_post
from keyue.regulations import selectors
from keyue.regulations.document import Document
from keyue.regulations.packs import ABOVE


def fill_posts(
    document: Document, holders: Mapping[str, Collection[User]], *, by: Actor, at: datetime
) -> None:
    """Make the posts that a text names and that are not there, and let these people hold them.

    Raises Invalid, by the code of a post, for one that the text does not name or that somebody holds already.
    """
    named = {post.code: post for post in selectors.posts_named(document, at)}
    faults: dict[str, object] = {
        code: _("制度没有提到这个岗位，请去掉。")
        if code not in named
        else _("已有人担任，要换人请到「岗位」里更改。")
        for code in holders
        if code not in named or not named[code].is_fillable
    }
    if faults:
        raise Invalid(_("有 %(n)d 处需要修改。") % {"n": len(faults)}, fields=faults)
    for code, post in named.items():
        if post.kind == "" and not post.people:
            above = named.get(ABOVE.get(code, ""))
            people.create_post(
                code=code,
                name=post.name,
                # highest first: the one above is there by now, if anybody names it
                reports_to=find_post(above.code)
                if above is not None and above.kind != "department"
                else None,
                holders=holders.get(code, ()),
                by=by,
                at=at,
            )
        elif code in holders:
            people.set_holders(post=find_post(code), holders=holders[code], by=by, at=at)

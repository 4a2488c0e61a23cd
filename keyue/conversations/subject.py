"""How channels and conversations are shown as subjects of promises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from keyue.conversations import proofs, selectors
from keyue.conversations.folding import CHANNEL, CONVERSATION
from keyue.conversations.models import Conversation
from keyue.customers.wording import EVIDENCE
from keyue.ledger.facts import Subject
from keyue.people.models import User
from keyue.promises.models import Promise
from keyue.promises.subjects import About, Derived, SubjectKind
from keyue.ui.addresses import address


def project(derived: Mapping[Subject, Derived]) -> None:
    """The columns are written by the actions; the promises stand in the promises' own table."""


def own_key(subject: Subject) -> Subject:
    """A channel's texts are sealed under its own key."""
    return subject


def owner_of(subject: Subject) -> Subject:
    """A conversation's texts are sealed under the customer's key, or that of whoever speaks."""
    row = Conversation.objects.select_related("customer", "party").filter(pk=int(subject.ref)).first()
    if row is None:
        return subject
    customer = row.customer
    return row.party.subject if customer is None or customer.is_erased else customer.subject


def conversation_abouts(user: User, rows: Sequence[Promise]) -> dict[int, About]:
    """What promises about conversations are about, as far as the reader may see them; two queries and the keys."""
    ids = {row.subject_id for row in rows}
    found = list(selectors.visible_to(user).filter(pk__in=ids).select_related("channel", "party"))
    names = selectors.names_of(found)
    by_id = {one.pk: one for one in found}
    shown = {}
    for row in rows:
        one = by_id.get(row.subject_id)
        if one is None:
            continue
        url = address("conversations:conversation", one.pk)
        who = names[one.pk] or one.channel.name
        said = _("%(name)s：%(who)s") % {"name": row.name, "who": who}
        shown[row.pk] = About(number=one.number, title=said, url=url, kind=_("会话"), act_url=url)
    return shown


def channel_abouts(user: User, rows: Sequence[Promise]) -> dict[int, About]:
    """What promises about channels are about: everybody of the staff may know which channels there are."""
    names = selectors.channel_names({row.subject_id for row in rows})
    shown = {}
    for row in rows:
        name = names.get(row.subject_id)
        if name is not None:
            said = _("%(name)s：%(who)s") % {"name": row.name, "who": name}
            url = address("conversations:channels")
            shown[row.pk] = About(number="", title=said, url=url, kind=_("渠道"), act_url=url)
    return shown


CHANNEL_SUBJECT = SubjectKind(
    model=CHANNEL,
    project=project,
    sealed_for=own_key,
    numbers=selectors.channel_names,
    proofs=EVIDENCE,
    abouts=channel_abouts,
    proven=proofs.of_channels,
    is_projected=False,
)
CONVERSATION_SUBJECT = SubjectKind(
    model=CONVERSATION,
    project=project,
    sealed_for=owner_of,
    numbers=selectors.numbers_of,
    proofs=EVIDENCE,
    abouts=conversation_abouts,
    proven=proofs.of_conversations,
    is_projected=False,
)

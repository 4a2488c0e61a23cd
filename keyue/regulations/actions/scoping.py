"""Publishing what binds the company towards one customer alone."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Actor
from keyue.regulations import rules, scoped
from keyue.regulations.actions.recording import check_runs, checked, doer, record
from keyue.regulations.document import Document, read_document
from keyue.regulations.events import Event
from keyue.regulations.models import Edition, Regulation
from keyue.regulations.vocabulary import check_vocabulary, registered

# why nobody reviewed it as a regulation: the record says it, in the language of records
AGREED = gettext_noop("双方在合同里约定的时限，随合同评审和签署，不另走制度审批。")


@transaction.atomic
def publish_scoped(
    *, text: str, scope: str, effective_from: datetime, by: Actor, at: datetime, source: str = "web"
) -> Edition:
    """Put a text in force for one scope, from an instant that is not before `at` (decision 26).

    What was agreed with the customer is approved where the contract is. Unlike editions of the company's own, one may
    take effect before another that was published earlier: a contract that is ended early ends before its term. The same
    text from the same instant again changes nothing. Raises Invalid for a text that does not run or that asks for more
    than deadlines, Refused for an instant in the past and for an id that is somebody else's.
    """
    document = checked(read_document(text))
    _check_kind(document, scope)
    check_runs(document, {})
    if effective_from < at:
        raise Refused(_("约定的时限不能早于发布时间生效：管不到以前的事。"))
    regulation, _made = Regulation.objects.get_or_create(
        pk=document.id,
        defaults={
            "title": document.title,
            "code": document.code,
            "keeper": document.keeper,
            "scope": scope,
        },
    )
    regulation = Regulation.objects.select_for_update().get(pk=regulation.pk)
    if regulation.scope != scope:
        raise Refused(_("「%(id)s」是另一方的约定。") % {"id": document.id})
    digest = rules.digest_of(text, {})
    rows = Edition.objects.filter(regulation=regulation)
    same = rows.filter(effective_from=effective_from, published_at__isnull=False).first()
    if same is not None:
        if same.digest == digest:
            return same
        raise Refused(_("从同一时刻起已有另一份约定。"))
    last = rows.order_by("-n").values_list("n", flat=True).first()
    edition = Edition.objects.create(
        regulation=regulation,
        n=(last or 0) + 1,
        title=document.title,
        source=text,
        digest=digest,
        drafted_at=at,
        drafted_by=doer(by),
        approved_at=at,
        approved_by=doer(by),
        published_at=at,
        published_by=doer(by),
        effective_from=effective_from,
    )
    said = {"digest": digest, "effective_from": effective_from.isoformat(), "scope": scope, "why": AGREED}
    record(edition, Event.EDITION_PUBLISHED, said, by=by, at=at, source=source)
    return edition


def _check_kind(document: Document, scope: str) -> None:
    """Only deadlines: a proof or an approval is asked for where a fact is recorded, before anybody has read what scopes
    it falls under, and a window opens for all subjects of a kind alike."""
    if not scoped.is_scoped(document.id) or not scope:
        raise ValueError(f"no scoped regulation: {document.id} for {scope!r}")
    check_vocabulary(document, registered())
    checked(document)
    for control in document.controls():
        if (
            control.gate
            or control.evidence
            or control.recurs
            or control.subject not in ("", document.subject)
        ):
            fault = _("控制 %(id)s：单独约定的只能是时限。") % {"id": control.id}
            raise Invalid(fault, fields={control.id: fault})

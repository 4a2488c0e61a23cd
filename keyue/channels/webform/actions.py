"""What the public does: sending feedback, adding to it, asking to hurry, rating, answering, withdrawing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from keyue.cases.actions import intake as intakes
from keyue.cases.actions import rounds, telling
from keyue.cases.actions.core import locked
from keyue.cases.actions.files import Upload
from keyue.cases.actions.intake import Intake, Registered
from keyue.cases.enums import FollowUpOutcome, Telling
from keyue.cases.models import Case
from keyue.channels.actions import count, keep_consent_text, take
from keyue.channels.limits import MESSAGE_OF_CASE, ONCE, REMINDER_OF_CASE
from keyue.channels.webform.guard import Token
from keyue.channels.webform.notice import Notice
from keyue.channels.webform.ratings import may_rate
from keyue.kernel.errors import NotFound, Refused, TooMany
from keyue.ledger.facts import Actor
from keyue.privacy import actions as privacy
from keyue.privacy import selectors as rights
from keyue.privacy.enums import Via
from keyue.promises import actions as promises
from keyue.promises import selectors as reading
from keyue.promises.enums import NoticeKind

CUSTOMER = Actor("customer", "portal")
SOURCE = "portal"


def submit(intake: Intake, *, token: Token, notice: Notice, by: Actor, at: datetime) -> Registered:
    """A form becomes a case. The same form again gives the case that is there, with the same code."""
    try:
        return _submit(intake, token, notice, by, at)
    except IntegrityError:
        # the same form twice in the same instant: the other one was first
        return _submit(intake, token, notice, by, at)


@transaction.atomic
def _submit(intake: Intake, token: Token, notice: Notice, by: Actor, at: datetime) -> Registered:
    registered = intakes.register(
        intake, by=by, at=at, source=SOURCE, source_key=f"web:{token.nonce}", code=token.code
    )
    if registered.is_new:
        intakes.acknowledge(registered.case, at=at, via="portal")
        if intake.consent_version:
            keep_consent_text(notice.version, notice.text, notice.consent, by=by, at=at)
    return registered


@transaction.atomic
def add_message(
    case: Case, *, body: str, uploads: Sequence[Upload] = (), once: str, by: Actor, at: datetime
) -> bool:
    """A further word; whoever works on the case is told. False where this very form has been sent before."""
    if count(ONCE, once, by=by, at=at).n > 1:
        return False
    take(MESSAGE_OF_CASE, case.pk, by=by, at=at)
    telling.receive(case.pk, body=body, via="portal", uploads=uploads, by=by, at=at, source=SOURCE)
    _tell_staff(case, at, "")
    return True


@transaction.atomic
def remind(case: Case, *, by: Actor, at: datetime) -> None:
    """Ask to hurry: a message of its own, once in a while. Raises Refused while the clock is stopped."""
    if not case.is_open:
        raise Refused(_("这件事已经结束，不用再催。"))
    if case.is_waiting:
        raise Refused(_("现在停表等待，催了也不会更快。要补充材料，请直接留言。"))
    counted = count(REMINDER_OF_CASE, case.pk, by=by, at=at)
    if counted.n > REMINDER_OF_CASE.most:
        until = f"{counted.until.astimezone(reading.zone()):%H:%M}"
        raise TooMany(
            _("4 小时内已经催过一次，办理人员已收到。%(until)s 以后可以再催。") % {"until": until},
            retry_after=int((counted.until - at).total_seconds()) + 1,
        )
    telling.receive(case.pk, body=_("催一下：请尽快处理。"), via="portal", by=by, at=at, source=SOURCE)
    with translation.override(settings.LANGUAGE_CODE):
        _tell_staff(case, at, _("客户催办 %(number)s") % {"number": case.number})


@transaction.atomic
def rate(case: Case, *, score: int, comment: str = "", by: Actor, at: datetime) -> None:
    """A score for what was told, once a round. Raises Refused."""
    held = locked(case.pk)
    reason = may_rate(held.held or ())
    if reason:
        raise Refused(reason)
    intakes.rate(held, score=score, by=by, at=at)
    if comment:
        telling.receive(case.pk, body=comment, via="portal", by=by, at=at, source=SOURCE)
        _tell_staff(case, at, "")


def answer(case: Case, *, again: bool, reason: str = "", by: Actor, at: datetime) -> Case:
    """Whether it is to be taken up again, once a round: the customer's own follow-up. Raises Refused."""
    said = _("需要重新处理。") if again else _("不需要重新处理，问题已解决。")
    return rounds.follow_up(
        case.pk,
        outcome=FollowUpOutcome.UNSATISFIED if again else FollowUpOutcome.SATISFIED,
        via=Telling.PORTAL,
        note=f"{said}\n{reason}".strip(),
        by=by,
        at=at,
        source=SOURCE,
    )


@transaction.atomic
def withdraw(case: Case, *, reason: str = "", by: Actor, at: datetime) -> None:
    """The sender takes it back. Raises Refused where it has ended."""
    if reason:
        telling.receive(case.pk, body=reason, via="portal", by=by, at=at, source=SOURCE)
    rounds.withdraw(case.pk, via="portal", by=by, at=at, source=SOURCE)


@transaction.atomic
def withdraw_consent(case: Case, *, consent: int, by: Actor, at: datetime) -> str:
    """The sender withdraws something they agreed to; the purpose's name. Raises NotFound."""
    standing = rights.consents_standing([case.contact_id]) if case.contact_id is not None else []
    found = next((one for one in standing if one.pk == consent), None)
    if found is None:
        raise NotFound(_("没有这份同意，或者已经撤回。"))
    privacy.withdraw_consent(consent=found, via=Via.PORTAL, by=by, at=at, source=SOURCE)
    return found.purpose.name


def _tell_staff(case: Case, at: datetime, text: str) -> None:
    """Whoever owes anything about the case hears of it; after the end, whoever owed the last of it."""
    rows = list(reading.promises_of(case.subject))
    owed = [row for row in rows if row.is_open] or rows[-1:]
    for person, code in {(row.holder_id, "" if row.holder_id else row.owner) for row in owed}:
        promises.tell(
            key=f"message:{case.pk}:{person or code}:{at.isoformat()}",
            kind=NoticeKind.MESSAGE,
            at=at,
            to_user_id=person,
            to_code=code,
            subject=case.subject,
            detail={"text": text} if text else {},
        )

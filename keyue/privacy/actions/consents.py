"""Purposes and their texts; consent given and withdrawn: 个人信息保护法 articles 13 to 15, 23, 29 and 31."""

from __future__ import annotations

import re
from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.customers.events import CustomerConsentGiven, CustomerConsentWithdrawn, CustomerUseStopped
from keyue.customers.models import Contact
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import SYSTEM, Actor
from keyue.people.models import User
from keyue.privacy import selectors
from keyue.privacy.actions._ground import (
    WEB,
    actor,
    locked,
    member,
    note,
    note_company,
    signature,
    text_of,
)
from keyue.privacy.actions.proofs import Upload, keep_proof
from keyue.privacy.enums import ProofKind, Via
from keyue.privacy.events import PurposeRetired, PurposeSet, TextPublished
from keyue.privacy.models import Consent, Purpose, PurposeText
from keyue.privacy.models.consents import CODE_LONGEST, NAME_LONGEST, TEXT_LONGEST
from keyue.privacy.sealed import seal

_CODE = re.compile(r"[a-z][a-z0-9_-]*")


@transaction.atomic
def create_purpose(
    *,
    code: str,
    name: str,
    text: str,
    user: User,
    at: datetime,
    is_separate: bool = False,
    is_used_elsewhere: bool = False,
    via: str = WEB,
) -> Purpose:
    """A purpose with the first version of its text. Raises Invalid."""
    code = code.strip()
    name = text_of(name, "name", missing=_("请写明目的，如「活动与优惠通知」。"), most=NAME_LONGEST)
    said = _text(text)
    if not _CODE.fullmatch(code) or len(code) > CODE_LONGEST:
        sentence = _("代码以小写字母开头，只用小写字母、数字、- 和 _。")
        raise Invalid(sentence, fields={"code": sentence})
    if Purpose.objects.filter(code=code).exists():
        raise Invalid(_("这个代码已经有了。"), fields={"code": _("这个代码已经有了。")})
    if Purpose.objects.filter(name=name).exists():
        raise Invalid(_("这个目的已经有了。"), fields={"name": _("这个目的已经有了。")})
    purpose = Purpose.objects.create(
        code=code,
        name=name,
        is_separate=is_separate,
        is_used_elsewhere=is_used_elsewhere,
        created_at=at,
        created_by=user,
    )
    event = PurposeSet(purpose=code, is_separate=is_separate, is_used_elsewhere=is_used_elsewhere)
    note_company(event, by=actor(user), at=at, via=via)
    _publish(purpose, 1, said, is_renewing=True, user=user, at=at, via=via)
    return purpose


@transaction.atomic
def publish_text(
    *,
    purpose: Purpose,
    text: str,
    is_renewing: bool,
    user: User,
    at: datetime,
    read: int | None = None,
    via: str = WEB,
) -> PurposeText:
    """The next version of a purpose's text; the ones before stay as they are.

    `is_renewing`: purpose, manner or kinds of data have changed, so consents to earlier versions no longer count.
    `read`: the number of the version that was read before. Raises Invalid, Refused (retired, changed meanwhile).
    """
    purpose = Purpose.objects.select_for_update().get(pk=purpose.pk)
    _refuse_retired(purpose)
    last = purpose.texts.order_by("-n")[0]
    if read is not None and read != last.n:
        raise Refused(_("别人刚发布了新版本，请核对后再发布。"), code="changed_meanwhile")
    said = _text(text)
    if said == last.text:
        raise Invalid(_("文字没有改动。"), fields={"text": _("文字没有改动。")})
    return _publish(purpose, last.n + 1, said, is_renewing=is_renewing, user=user, at=at, via=via)


def _publish(
    purpose: Purpose, n: int, text: str, *, is_renewing: bool, user: User, at: datetime, via: str
) -> PurposeText:
    row = PurposeText.objects.create(
        purpose=purpose, n=n, text=text, is_renewing=is_renewing, published_at=at, published_by=user
    )
    event = TextPublished(
        purpose=purpose.code,
        version=n,
        digest=sha256(text.encode()).hexdigest(),
        is_renewing=is_renewing,
    )
    note_company(event, by=actor(user), at=at, via=via)
    return row


def _text(value: str) -> str:
    missing = _("请写明处理目的、方式、信息种类和保存期限。")
    return text_of(value, "text", missing=missing, most=TEXT_LONGEST)


@transaction.atomic
def retire_purpose(*, purpose: Purpose, user: User, at: datetime, via: str = WEB) -> Purpose:
    """Nobody is asked for it any more, and nothing may rest on it from now on; consents and texts stay on record."""
    purpose = Purpose.objects.select_for_update().get(pk=purpose.pk)
    _refuse_retired(purpose)
    purpose.retired_at, purpose.retired_by = at, user
    purpose.save(update_fields=["retired_at", "retired_by"])
    note_company(PurposeRetired(purpose=purpose.code), by=actor(user), at=at, via=via)
    return purpose


def _refuse_retired(purpose: Purpose) -> None:
    if purpose.retired_at is not None:
        raise Refused(_("「%(name)s」已停用。") % {"name": purpose.name}, code="retired")


@transaction.atomic
def give_consent(
    *,
    contact: Contact,
    purpose: Purpose,
    via: str,
    by: Actor,
    at: datetime,
    text: int | None = None,
    is_minor: bool = False,
    guardian: str = "",
    paper: Upload | None = None,
    source: str = WEB,
) -> Consent:
    """A person agrees to a purpose as its text in force says it; an earlier consent is thereby given anew.

    `via`: one of `enums.Via`; on paper with the `paper`. `text`: the version that was shown, where a person read one on
    a screen. Of somebody under 14 the `guardian` agrees, who is named. Raises Invalid, Refused.
    """
    way = member(Via, via, "via")
    customer = locked(contact.customer_id)
    _refuse_retired(purpose)
    if selectors.is_restricted(customer.pk):
        raise Refused(_("该客户的信息只保存、不再使用，不能登记新的同意。"), code="restricted")
    current = _text_read(purpose, text, at)
    who = _guardian(guardian, is_minor)
    if way == Via.PAPER and paper is None:
        raise Invalid(_("书面同意请附上文件。"), fields={"paper": _("请附上书面同意")})
    proof = None
    if paper is not None:
        proof = keep_proof(customer=contact.customer, kind=ProofKind.CONSENT, upload=paper, by=by, at=at)
    standing = Consent.objects.filter(
        contact=contact, purpose=purpose, withdrawn_at=None, renewed_at=None
    ).first()
    if standing is not None:
        standing.renewed_at = at
        standing.save(update_fields=["renewed_at"])
    consent = Consent.objects.create(
        customer=contact.customer,
        contact=contact,
        purpose=purpose,
        text=current,
        is_separate=purpose.is_separate,
        is_minor=is_minor,
        guardian=seal(contact.customer_id, "Consent", "guardian", who),
        proof=proof,
        given_at=at,
        given_by=signature(by),
        given_via=way,
    )
    event = CustomerConsentGiven(
        consent=str(consent.pk),
        purpose=purpose.code,
        text=current.version,
        contact=str(contact.pk),
        is_separate=purpose.is_separate,
    )
    note(customer, event, by=by, at=at, via=source)
    return consent


def _text_read(purpose: Purpose, n: int | None, at: datetime) -> PurposeText:
    """The text in force, which must be the one that was read. Raises Refused."""
    current = selectors.text_in_force(purpose, at)
    if n is not None and n != current.n:
        raise Refused(_("同意文本刚更新过，请看过新的文字再决定。"), code="changed_meanwhile")
    return current


def _guardian(name: str, is_minor: bool) -> str:
    """Who agrees for somebody under 14; empty for everybody else. Raises Invalid."""
    who = text_of(name, "guardian", most=60) if is_minor else ""
    if is_minor and not who:
        raise Invalid(
            _("不满十四周岁的，要由监护人同意，请写明监护人。"), fields={"guardian": _("请写明监护人")}
        )
    return who


@transaction.atomic
def withdraw_consent(*, consent: Consent, via: str, by: Actor, at: datetime, source: str = WEB) -> Consent:
    """A consent is withdrawn; twice is once. Where nothing outside uses it, its use has stopped with that.

    Raises Refused where another one has been given since.
    """
    way = member(Via, via, "via")
    customer = locked(consent.customer_id)
    consent = Consent.objects.select_for_update(of=("self",)).select_related("purpose").get(pk=consent.pk)
    if consent.withdrawn_at is not None:
        return consent
    if consent.renewed_at is not None:
        raise Refused(_("这份同意已由新的一份代替，请撤回新的一份。"), code="renewed")
    consent.withdrawn_at, consent.withdrawn_by, consent.withdrawn_via = at, signature(by), way
    consent.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_via"])
    event = CustomerConsentWithdrawn(
        consent=str(consent.pk), purpose=consent.purpose.code, contact=str(consent.contact_id)
    )
    note(customer, event, by=by, at=at, via=source)
    if not consent.purpose.is_used_elsewhere:
        # every use inside asks `selectors.may_use`, so it has stopped at this instant
        stop_use(consent=consent, by=SYSTEM, at=at, via="privacy")
        consent.refresh_from_db()
    return consent


@transaction.atomic
def stop_use(*, consent: Consent, by: Actor, at: datetime, via: str = WEB) -> Consent:
    """What rested on a withdrawn consent has stopped everywhere. Twice is once. Raises Refused where it stands."""
    customer = locked(consent.customer_id)
    consent = Consent.objects.select_for_update(of=("self",)).select_related("purpose").get(pk=consent.pk)
    if consent.withdrawn_at is None:
        raise Refused(_("这份同意没有撤回，不用停用。"), code="not_withdrawn")
    if consent.stopped_at is not None:
        return consent
    consent.stopped_at, consent.stopped_by = at, signature(by)
    consent.save(update_fields=["stopped_at", "stopped_by"])
    event = CustomerUseStopped(purpose=consent.purpose.code, consent=str(consent.pk))
    note(customer, event, by=by, at=at, via=via)
    return consent

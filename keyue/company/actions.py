"""Writing what the installation knows about itself."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.company.models import Installation
from keyue.company.selectors import revision_of
from keyue.kernel import clock
from keyue.kernel.errors import NotFound, Refused
from keyue.ledger import actions as ledger
from keyue.ledger.facts import Actor, Draft, Subject

COMPANY = Subject("company", "1")


@transaction.atomic
def found_installation(
    *,
    company: str,
    is_demo: bool,
    service_phone: str,
    privacy_notice: str,
    joined: bool,
    by: Actor,
    at: datetime,
) -> Installation:
    """Begin. Raises Refused where a company is already there, and for a real one where the clock is not the real one."""
    if Installation.objects.exists():
        raise Refused(_("公司已经建立。"))
    if not is_demo and not clock.is_real():
        raise Refused(
            _(
                "这里用着测试时钟，不能建立真实的公司。请去掉 KEYUE_TEST_CLOCK，删除数据目录里的 clock.json，再重新启动。"
            )
        )
    made = Installation.objects.create(
        company=company.strip(),
        is_demo=is_demo,
        founded_at=at,
        service_phone=service_phone,
        privacy_notice=privacy_notice,
    )
    ledger.record(
        COMPANY,
        [Draft("company.founded", {"demo": is_demo, "joined": joined})],
        by=by,
        at=at,
        source="founding",
    )
    return made


@transaction.atomic
def change_portal(
    *,
    service_phone: str,
    privacy_notice: str,
    consent_text: str,
    revision: str,
    by: Actor,
    at: datetime,
) -> Installation:
    """What customers are told on the portal. `revision` is what was read before: Refused (`conflict`) where somebody
    else has changed it since."""
    found = Installation.objects.select_for_update().first()
    if found is None:
        raise NotFound(_("还没有建立公司。"))
    if revision_of(found) != revision:
        raise Refused(_("这一页刚被别人改过。您的内容还在，请对比后再保存。"), code="conflict")
    new = {"service_phone": service_phone, "privacy_notice": privacy_notice, "consent_text": consent_text}
    changed = [name for name, value in new.items() if getattr(found, name) != value]
    if not changed:
        return found
    for name in changed:
        setattr(found, name, new[name])
    found.save(update_fields=changed)
    data = {"fields": changed, "revision": revision_of(found)}
    ledger.record(COMPANY, [Draft("company.changed", data)], by=by, at=at, source="web")
    return found

"""Reading evidence packs. Fetching is authorising: who asked sees their own, who reads the audit records sees all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from keyue.compliance.enums import PackState
from keyue.compliance.models import EvidencePack
from keyue.kernel.errors import Denied, NotFound, Refused
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows, check, check_any

A_PAGE = 20
SEEING = (Permission.REPORT_VIEW, Permission.AUDIT_READ)
"""One of these is needed to see packs at all."""
RUNNING = (PackState.WAITING, PackState.MAKING)


def may_make(user: User) -> bool:
    """Whether this person may make packs: who may see every case and every figure."""
    return (
        allows(user, Permission.REPORT_VIEW)
        and allows(user, Permission.CASE_VIEW)
        and people.visible_departments(user) is None
    )


def check_may_make(user: User) -> None:
    """Raises Denied with a sentence: a pack is a whole, and holds what the whole company did."""
    check(user, Permission.REPORT_VIEW)
    check(user, Permission.CASE_VIEW)
    if not may_make(user):
        raise Denied(
            _(
                "证据包包含全公司的约定和事实，只有数据范围为「全部」的人可以制作。请找制度管理员、督察员或管理层。"
            ),
            code="not_everything",
        )


def packs_for(user: User, regulation: str = "") -> QuerySet[EvidencePack]:
    """The packs that this person may see, newest first: own ones, and all for auditors. Raises Denied."""
    check_any(user, *SEEING)
    rows = EvidencePack.objects.select_related("regulation", "asked_by").order_by("-pk")
    if regulation:
        rows = rows.filter(regulation=regulation)
    return rows if allows(user, Permission.AUDIT_READ) else rows.filter(asked_by=user)


def page_of_packs(
    user: User, regulation: str = "", *, before: int | None = None, size: int = A_PAGE
) -> tuple[Sequence[EvidencePack], int | None]:
    """A page of packs and where the next one begins."""
    rows = packs_for(user, regulation)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: size + 1])
    return found[:size], found[size - 1].pk if len(found) > size else None


def pack_for(user: User, uid: UUID) -> EvidencePack:
    """One pack. Raises NotFound where there is none for this person."""
    found = packs_for(user).filter(uid=uid).first()
    if found is None:
        raise NotFound(_("没有这个证据包，或者您无权查看。"))
    return found


def ready_pack_for(user: User, uid: UUID) -> EvidencePack:
    """A pack whose file can be taken. Raises NotFound, and Refused with a sentence where it cannot be taken."""
    found = pack_for(user, uid)
    if found.state == PackState.EXPIRED:
        raise Refused(_("证据包的文件只保留 7 天，已经清除。请重新制作。"), code="pack_expired")
    if found.state != PackState.READY:
        raise Refused(_("证据包还没有制成。"), code="pack_not_ready")
    return found


def waiting(worker: str, now: datetime) -> QuerySet[EvidencePack]:
    """Packs that nobody but this process works on, the oldest first."""
    free = EvidencePack.free_for(worker, now)
    return EvidencePack.objects.filter(free, state__in=RUNNING).order_by("pk")


def running_of(user: User) -> int:
    """How many of a person's packs are not finished."""
    return EvidencePack.objects.filter(asked_by=user, state__in=RUNNING).count()


def overdue(now: datetime) -> list[EvidencePack]:
    """Packs whose file has been kept long enough."""
    return list(EvidencePack.objects.filter(state=PackState.READY, expires_at__lte=now))

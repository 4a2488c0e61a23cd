"""Opinions that are heard at a project: each becomes a case (S2-5.2b)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.contracts import opening
from keyue.contracts.actions._ground import WEB, held_project, member, note, tidy
from keyue.contracts.enums import Opinion
from keyue.contracts.events import ProjectCaseOpened, ProjectOpinionHeard
from keyue.contracts.models import Project, ProjectOpinion
from keyue.contracts.sealed import key_of, opened, sealed
from keyue.kernel.errors import Refused
from keyue.ledger.facts import Actor
from keyue.people.models import User


@transaction.atomic
def hear_opinion(
    *,
    project: Project,
    type: str,
    text: str,
    staff: User,
    by: Actor,
    at: datetime,
    via: str = WEB,
) -> ProjectOpinion:
    """Keep what the customer said about a project; a case is to follow. Raises Invalid."""
    row = held_project(project)
    sort = member(Opinion, type, "type")
    said = tidy(text, "text", missing=_("请写明客户说了什么。"))
    opinion = ProjectOpinion.objects.create(
        project=row,
        type=sort.value,
        heard_at=at,
        staff=staff,
        **sealed(key_of(row.customer_id), ProjectOpinion, {"text": said}),
    )
    event = ProjectOpinionHeard(opinion=str(opinion.pk), type=sort.value)
    note(row, event, by=by, at=at, via=via, sealed={"text": said})
    return opinion


@transaction.atomic
def open_case(
    *, opinion: ProjectOpinion, staff: User, by: Actor, at: datetime, via: str = WEB
) -> ProjectOpinion:
    """Register an opinion as a case of the customer, received when it was heard. Raises Refused where there is one."""
    project = held_project(opinion.project)
    row = ProjectOpinion.objects.select_for_update().get(pk=opinion.pk)
    if row.case_number:
        raise Refused(_("这条意见已登记为 %(number)s。") % {"number": row.case_number})
    text = opened([(project.customer_id, row)], ("text",))[0]["text"]
    if not text:
        raise Refused(_("客户的个人信息已删除，意见内容已不可读。"), code="erased")
    title = opened([(project.customer_id, project)])[0]["title"]
    row.case_number = opening.open_case(
        opening.Heard(
            customer_id=project.customer_id,
            type=row.type,
            text=text,
            title=title,
            heard_at=row.heard_at,
            staff=staff,
        ),
        by,
        at,
    )
    row.save(update_fields=["case_number"])
    event = ProjectCaseOpened(opinion=str(row.pk), case=row.case_number)
    note(project, event, by=by, at=at, via=via)
    return row

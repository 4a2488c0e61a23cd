"""A grade explained to the customer it concerns, and looked at again by a person: 个人信息保护法 article 24."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from keyue.customers.models import Customer
from keyue.grading import actions as grading
from keyue.grading import selectors as grades
from keyue.ledger.facts import Actor


def explain(customer: Customer, at: datetime) -> Sequence[str]:
    """What counted for the grade, in sentences; nothing where the customer has no grade."""
    standard = grades.in_use(at)
    if not customer.grade:
        return ()
    first = _("您现在的等级是%(grade)s，决定您被联系和走访的频次，不影响您投诉和维权。") % {
        "grade": customer.get_grade_display()
    }
    if standard is None:
        return (first, _("等级由工作人员评定，没有使用评分标准。"))
    scored = grades.scored(standard, [customer.pk], at)[customer.pk]
    said = [first]
    if scored.score is not None:
        said.append(_("按现行分级标准计算，合计 %(score)s 分（满分 100）。") % {"score": scored.score})
    for reason in scored.reasons:
        values = {
            "label": reason.label,
            "points": reason.points,
            "weight": f"{reason.effective:.1f}",
            "adds": f"{reason.contribution:.2f}",
        }
        if reason.points is None:
            said.append(_("%(label)s：没有资料，不计入") % values)
        else:
            said.append(_("%(label)s：得 %(points)s 分，权重 %(weight)s%%，计 %(adds)s 分") % values)
    return said


def review(customer: Customer, said: str, by: Actor, at: datetime) -> None:
    """Ask for a person's decision about the grade. Raises Refused (no grade, a review waits already)."""
    grading.ask_review(customer=customer, request=said, by=by, at=at, via="privacy")

"""Walking a troubleshooting tree in a case: the steps that were taken are kept there, with the edition of the tree."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.cases import conduct
from keyue.cases.actions.core import locked, state_of, text_of, write_down
from keyue.cases.enums import MessageKind
from keyue.cases.events import CaseNoted
from keyue.cases.models import Case
from keyue.kernel.errors import Invalid, Refused
from keyue.knowledge import trees
from keyue.knowledge.models import ScriptEdition
from keyue.ledger.facts import Actor


@transaction.atomic
def keep_walk(
    case_id: int,
    *,
    edition: ScriptEdition,
    path: str,
    remark: str = "",
    by: Actor,
    at: datetime,
    source: str = "web",
) -> Case:
    """Keep the steps as a note of the house: what was asked, what was chosen, and what came of it. Raises Invalid where no
    step was taken, and Refused where the case has ended."""
    case = locked(case_id)
    reason = conduct.ended(state_of(case))
    if reason:
        raise Refused(reason)
    place = trees.walked(trees.read(edition.body), path)
    if not place.steps:
        said = _("还没有走任何一步。")
        raise Invalid(said, fields={"path": said})
    more = [text_of(remark, field="remark", most=1000)] if remark.strip() else []
    write_down(
        case,
        MessageKind.NOTE,
        "\n".join([*_lines(edition, place), *more]),
        lambda message: CaseNoted(message=message),
        detail={"script": edition.script_id, "edition": edition.n, "path": place.path},
        by=by,
        at=at,
        source=source,
    )
    return case


def _lines(edition: ScriptEdition, place: trees.Place) -> Sequence[str]:
    head = _("排查流程「%(title)s」（%(code)s 第 %(n)d 版）") % {
        "title": edition.title,
        "code": edition.script.code,
        "n": edition.n,
    }
    steps = [f"{n}. {step.question} → {step.choice}" for n, step in enumerate(place.steps, start=1)]
    end = _("结果：%(text)s") if place.node.is_outcome else _("停在：%(text)s")
    return [head, *steps, end % {"text": place.node.said}]

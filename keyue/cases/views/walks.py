"""Troubleshooting trees inside a case: choosing one, walking it step by step, and keeping the steps."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from keyue.cases import acts, selectors
from keyue.cases.actions.walking import keep_walk
from keyue.cases.links import case_url
from keyue.cases.views._page import crumbs
from keyue.kernel.errors import Invalid, Refused
from keyue.knowledge import scripts, trees
from keyue.knowledge.script_views import walking
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows
from keyue.ui.components import Crumb
from keyue.ui.pages import CONFLICT, MISTAKEN, go, page


@never_cache
@require_safe
@staff_page(Permission.CASE_NOTE)
def walks(request: StaffRequest, number: str) -> HttpResponse:
    """The trees that can be walked for a case."""
    case = selectors.case_for(request.user, number)
    trail = crumbs(Crumb(case.number, case_url(case.number)), Crumb(_("排查")))
    context = {"case": case, "trees": scripts.trees_for(request.user)}
    return page(request, "cases/walks.html", context, crumbs=trail)


@never_cache
@staff_page(Permission.CASE_NOTE)
def walk(request: StaffRequest, number: str, pk: int) -> HttpResponse:
    """A place in a tree; posted, the steps up to it are kept in the case."""
    case = selectors.case_for(request.user, number)
    edition = scripts.tree_for(request.user, pk)
    posted = request.method == "POST"
    given = request.POST if posted else request.GET
    path, remark, fault, status = given.get("path", ""), given.get("remark", ""), "", 200
    if posted and given.get("edition") != str(edition.n):
        # a newer edition may ask something else under the same path
        fault, status = _("流程刚出了新版，请从头再走一遍。"), CONFLICT
        path = ""
    elif posted:
        try:
            keep_walk(case.pk, edition=edition, path=path, remark=remark, by=actor_of(request), at=request.at)
            return go(request, case_url(number), _("排查步骤已记入事项。"))
        except Invalid as error:
            fault, status = str(error), MISTAKEN
        except Refused as error:
            fault, status = str(error), CONFLICT
    place = trees.walked(trees.read(edition.body), path)
    context = {
        **walking(request, edition, place),
        "base": reverse("cases:walk", args=[number, pk]),
        "case": case,
        "fault": fault,
        "remark": remark,
        "acts": _named_acts(request, number, place),
    }
    trail = crumbs(
        Crumb(case.number, case_url(case.number)),
        Crumb(_("排查"), reverse("cases:walks", args=[number])),
        Crumb(edition.title),
    )
    return page(request, "cases/walk.html", context, crumbs=trail, status=status)


def _named_acts(request: StaffRequest, number: str, place: trees.Place) -> list[dict[str, str]]:
    """The acts on a case that an outcome names and this person may do."""
    wanted = {name.strip() for name in place.node.acts}
    return [
        {"label": str(act.label), "url": reverse("cases:act", args=[number, act.code])}
        for act in acts.ACTS.values()
        if {str(act.label), act.code} & wanted and allows(request.user, act.permission)
    ]

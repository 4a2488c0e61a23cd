"""The funnel and the targets by person and period, and their workbook."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from keyue.company.selectors import installation
from keyue.customers.area import tabs_for
from keyue.kernel.errors import Denied
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows
from keyue.promises.selectors import zone
from keyue.sales import actions, funnel
from keyue.sales.enums import PeriodKind
from keyue.sales.forms import TargetForm
from keyue.sales.funnel import FunnelRow
from keyue.sales.rules import Period, parse_period, period_of
from keyue.sales.views._page import Ask, Done, ask, bound, crumbs, opened_from
from keyue.ui import workbooks
from keyue.ui.components import Crumb
from keyue.ui.marks import percent
from keyue.ui.pages import page

HERE = "sales:funnel"


def _period(request: StaffRequest) -> Period:
    today = request.at.astimezone(zone()).date()
    return parse_period(request.GET.get("period", "")) or period_of("month", today)


def named(period: Period) -> str:
    """2026 年 3 月, 2026 年第 1 季度, 2026 年."""
    year = period.start.year
    if period.kind == "month":
        return _("%(year)d 年 %(n)d 月") % {"year": year, "n": period.start.month}
    if period.kind == "quarter":
        return _("%(year)d 年第 %(n)d 季度") % {"year": year, "n": (period.start.month + 2) // 3}
    return _("%(year)d 年") % {"year": year}


@never_cache
@require_safe
@staff_page(Permission.LEAD_REGISTER)
def funnel_page(request: StaffRequest) -> HttpResponse:
    """How far the leads of a period have come, and what was won against the targets, a row a person."""
    period = _period(request)
    sheet = funnel.funnel_sheet(request.user, period, request.at)
    today = request.at.astimezone(zone()).date()
    context = {
        "sheet": sheet,
        "named": named(period),
        "kinds": [
            (period_of(kind, period.start), kind == period.kind, label) for kind, label in PeriodKind.choices
        ],
        "before": period.before,
        "after": period.after
        if period.after.start <= today or allows(request.user, Permission.LEAD_MANAGE)
        else None,
        "may_manage": allows(request.user, Permission.LEAD_MANAGE),
        "tabs": tabs_for(request.user, HERE),
    }
    return page(request, "sales/funnel.html", context, crumbs=crumbs(Crumb(_("漏斗与目标"))))


@never_cache
@staff_page(Permission.LEAD_MANAGE)
def target(request: StaffRequest) -> HttpResponse:
    """Set somebody's target of a period."""
    period = _period(request)
    shown = {user.pk: user for user in funnel.people_shown(request.user, request.at)}
    here = f"{reverse(HERE)}?period={period.code}"

    def perform(given: dict[str, Any]) -> Done:
        pk = int(given["staff"])
        if pk not in shown:
            raise Denied(_("您看不到这位同事的开发情况。"))
        actions.set_target(
            user=people.find_user(pk),
            period=period.code,
            customers=given["customers"],
            amount=given["amount"],
            by=actor_of(request),
            at=request.at,
        )
        return Done(_("%(name)s的目标已设定。") % {"name": shown[pk].name}, here)

    initial = {"staff": request.GET.get("staff", "")}
    form = bound(
        request, TargetForm, colleagues=[(user.pk, user.name) for user in shown.values()], initial=initial
    )
    asked = Ask(
        _("设定目标"),
        form,
        _("设定"),
        opened_from(request, here),
        note=_("期间：%(period)s") % {"period": named(period)},
    )
    return ask(request, asked, perform, Crumb(_("漏斗与目标"), here))


@never_cache
@require_safe
@staff_page(Permission.LEAD_REGISTER)
def funnel_file(request: StaffRequest) -> HttpResponse:
    """The same as a workbook, with who took it along and when."""
    period = _period(request)
    sheet = funnel.funnel_sheet(request.user, period, request.at)
    target_ = BytesIO()
    found = installation()
    headings = [
        _("姓名"), _("报备线索"), _("潜在客户"), _("转化率"), _("意向客户"), _("转化率"), _("签约客户"), _("转化率"),
        _("期内新签客户"), _("目标客户"), _("完成率"), _("期内赢单金额"), _("目标金额"), _("完成率"),
    ]  # fmt: skip
    workbooks.write(
        target_,
        [_cells(row) for row in [*sheet.rows, sheet.total]],
        name=_("漏斗与目标"),
        headings=headings,
        widths=[14, *[12] * 13],
        note=[
            (_("公司"), found.company if found else ""),
            (_("导出人"), request.user.name),
            (_("导出时间"), workbooks.stamp(request.at, zone())),
            (_("期间"), named(period)),
            (_("说明"), _("漏斗只数本期报备的线索，之后走到哪一步；期内新签和赢单按发生的时间数。")),
        ],
    )
    answer = HttpResponse(target_.getvalue(), content_type=workbooks.XLSX)
    answer["Content-Disposition"] = f'attachment; filename="funnel-{period.code}.xlsx"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _cells(row: FunnelRow) -> list[str]:
    f, won = row.funnel, row.won
    return [
        row.name or _("合计"),
        str(f.leads),
        str(f.prospects),
        percent(f.prospects, f.leads),
        str(f.intents),
        percent(f.intents, f.prospects),
        str(f.signed),
        percent(f.signed, f.intents),
        str(won.customers),
        "—" if won.target_customers is None else str(won.target_customers),
        percent(won.customers, won.target_customers or 0),
        f"{won.amount:.2f}",
        "—" if won.target_amount is None else f"{won.target_amount:.2f}",
        percent(won.amount, won.target_amount or 0),
    ]
